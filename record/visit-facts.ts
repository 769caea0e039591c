/**
 * About whom, where and when a visit's documents speak, and how its FHIR resources refer to that.
 * @module
 */

/** About whom, where and when. */
export interface VisitFacts {
  /** PID_P, 32 hex digits. */
  readonly pid: string;
  readonly visitId: string;
  readonly institution: string;
  /** Day of the visit, YYYY-MM-DD. */
  readonly day: string;
}

/** Reference to the pseudonymous patient. */
export const subjectOf = ({ pid }: VisitFacts) => ({ reference: `Patient/${pid}` });

/** Reference to the visit. */
export const encounterOf = ({ visitId }: VisitFacts) => ({ reference: `Encounter/${visitId}` });

/** The first element of what a schema promises to have one; throws a plain Error when it has none. */
export const only = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined) throw new Error('a schema that promises one element let none through');
  return first;
};
