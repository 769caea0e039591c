/**
 * The part of the bureau's store that knows fingerprints and the emergency room. As in store.ts every method is one atomic step.
 * @module
 */
import type { Row } from './tables.ts';

/** A decision about fingerprints with everything that becomes true with it. */
export interface FingerChange {
  readonly standing: Row<'finger_standing'>;
  /** Message of the decision that was in force when this one was taken; null for the first. */
  readonly after: string | null;
  /** What is enrolled from now on. */
  readonly set: Row<'finger_set'> | null;
  /** Number of the set that is erased. */
  readonly erased: string | null;
  readonly events: readonly FingerLogRow[];
}

/** A line of a patient's fingerprint log before it has a position. */
export type FingerLogRow = Omit<Row<'finger_log'>, 'position'>;

/** A query that was answered with candidates, and its line. */
export interface NewQuery {
  readonly query: Row<'emergency_query'>;
  /** `changed` when this terminal has asked so often since. */
  readonly limit: { readonly queries: number; readonly since: number };
  readonly line: Row<'break_glass'>;
}

/** Who it is, the line about it, and what the patient will be told. */
export interface NewConfirmation {
  readonly queryId: string;
  readonly at: number;
  readonly line: Row<'break_glass'>;
  readonly notice: Pick<Row<'patient_notice'>, 'pid' | 'notice'>;
}

export interface EmergencyStore {
  fingerStanding(pid: string, signal: AbortSignal): Promise<Row<'finger_standing'> | undefined>;
  /** Those of the numbers that are enrolled. */
  fingerSets(numbers: readonly string[], signal: AbortSignal): Promise<readonly Row<'finger_set'>[]>;
  /** Numbers of all sets after a number, ascending, at most `limit`. */
  fingerNumbers(after: string, limit: number, signal: AbortSignal): Promise<readonly string[]>;
  /** How many sets there are. */
  fingerCount(signal: AbortSignal): Promise<number>;
  appendFingerLog(row: FingerLogRow, signal: AbortSignal): Promise<void>;
  /** Oldest first. */
  fingerLog(pid: string, signal: AbortSignal): Promise<readonly Row<'finger_log'>[]>;
  /** What the gallery has still to be told, in order. */
  galleryTasks(signal: AbortSignal): Promise<readonly Row<'gallery_task'>[]>;
  /** Forgets tasks up to a position. */
  galleryTasksDone(position: number, signal: AbortSignal): Promise<void>;
  /** Leaves nothing of erased rows in files, as far as the database's files go. */
  scrub(signal: AbortSignal): Promise<void>;
  emergencyQuery(id: string, signal: AbortSignal): Promise<Row<'emergency_query'> | undefined>;
  /** Answered queries of a terminal since an instant. */
  emergencyQueriesSince(terminal: string, since: number, signal: AbortSignal): Promise<number>;
  /** Forgets who was among the candidates of queries that are over. */
  forgetCandidates(now: number, signal: AbortSignal): Promise<void>;
  /** False, and nothing written, when its position is taken. */
  appendBreakGlass(line: Row<'break_glass'>, signal: AbortSignal): Promise<boolean>;
  lastBreakGlass(signal: AbortSignal): Promise<Row<'break_glass'> | undefined>;
  /** Lines after a position, at most `limit`, in order. */
  breakGlass(after: number, limit: number, signal: AbortSignal): Promise<readonly Row<'break_glass'>[]>;
  /** Notices that were not handed over on an earlier day, oldest first; they count as handed over on this one. */
  handOverNotices(pid: string, day: string, signal: AbortSignal): Promise<readonly Row<'patient_notice'>[]>;
}
