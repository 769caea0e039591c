/**
 * The world of an outpatient visit: a bureau and three desks, four processes.
 * @module
 */
import type { Desk } from '../../contract/station.ts';
import { createDeskWorld, type DeskWorld } from './desk-world.ts';

/** Readers by who uses them. */
const READERS = ['Issuing', 'Registration', 'Clinic', 'Pharmacy'] as const;
export type ReaderName = (typeof READERS)[number];

/** The desks of a visit: the card office and the emergency room are none. */
export type VisitDesk = Exclude<Desk, 'card-office' | 'emergency'>;

export type OutpatientWorld = DeskWorld<VisitDesk, ReaderName>;

/** Builds it; takes about two seconds. */
export const createOutpatientWorld = (): Promise<OutpatientWorld> =>
  createDeskWorld(READERS, {
    registration: { reader: 'Registration' },
    clinic: { reader: 'Clinic' },
    pharmacy: { reader: 'Pharmacy' },
  });
