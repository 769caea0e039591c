/**
 * Classes of doctors: the one thing besides the epoch that a group signature discloses about its signer, and what each class may sign
 * (groupsig note, "Group key, opener set, context"; product note 4). A doctor may hold several; each is a credential of its own.
 * @module
 */
import { z } from 'zod';

/** Class numbers as they stand in ctx. Never reused. */
const DOCTOR_CLASSES = {
  physician: 1,
  dentist: 2,
  chineseMedicine: 3,
  /** May open a record in the emergency room. */
  emergency: 4,
  /** May prescribe controlled drugs. */
  controlledDrugs: 5,
} as const;

/** Name of a class. */
export type DoctorClassName = keyof typeof DOCTOR_CLASSES;

/** A class number. */
export const DoctorClass = z.literal(Object.values(DOCTOR_CLASSES));
export type DoctorClass = z.infer<typeof DoctorClass>;

/** The classes of a doctor, each once. */
export const DoctorClasses = z
  .array(DoctorClass)
  .min(1)
  .refine((classes) => new Set(classes).size === classes.length);

/** Every class number, ascending. */
export const ALL_CLASSES: readonly DoctorClass[] = Object.values(DOCTOR_CLASSES);

/** Classes whose members a larger class's bundle may serve when they are too few: a profession gives no right that another lacks. */
export const MERGEABLE: readonly DoctorClass[] = [DOCTOR_CLASSES.dentist, DOCTOR_CLASSES.chineseMedicine];

/** The class that serves them. */
export const MERGED_INTO: DoctorClass = DOCTOR_CLASSES.physician;

/** What is to be signed; `controlled` only says something of a prescription. */
export interface SignedMatter {
  readonly purpose: 'record' | 'prescription' | 'claim' | 'emergency' | 'presence' | 'cancellation';
  readonly controlled?: boolean;
}

const { emergency, controlledDrugs } = DOCTOR_CLASSES;
const PROFESSIONS = ALL_CLASSES.filter((number) => number !== emergency && number !== controlledDrugs);

/** The classes under which such a thing may be signed, the most common first: who signs under a common class is one of many. */
export function classesFor({ purpose, controlled = false }: SignedMatter): readonly number[] {
  switch (purpose) {
    case 'emergency':
      return [emergency];
    case 'prescription':
    case 'cancellation':
      return controlled ? [controlledDrugs] : [...PROFESSIONS, controlledDrugs];
    case 'record':
    case 'claim':
    case 'presence':
      return [...PROFESSIONS, controlledDrugs, emergency];
  }
}
