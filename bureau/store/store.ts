/**
 * The bureau's store as its domain sees it. Every method is one atomic step: what it refuses it has not changed.
 * Arguments and results are plain data. Implementations: kysely-store.ts (SQLite now, PostgreSQL behind the same suite later).
 * @module
 */
import type { Row } from './tables.ts';

/** What a challenge turned out to be when somebody came back with it. */
export type ChallengeUse = 'ok' | 'stale' | 'used';

/** An accepted message with everything that becomes true with it. */
export interface Acceptance {
  readonly message: Row<'message'>;
  readonly evidence: readonly EvidenceRow[];
  readonly record?: Row<'clinical_record'>;
  readonly prescription?: Row<'prescription'>;
  readonly pickup?: Row<'pickup'>;
}

/** A line of evidence before it has a position. */
export type EvidenceRow = Omit<Row<'evidence'>, 'position'>;

/** An epoch with its bundles, as it is published. */
export interface NewEpoch {
  readonly epoch: Omit<Row<'epoch'>, 'position'>;
  readonly bundles: readonly Row<'bundle'>[];
}

/** The register of the group in numbers. */
export interface Membership {
  readonly members: number;
  readonly membersBefore: number;
  readonly revoked: number;
}

/** A line of the opening log before it has a position. */
export type OpeningLogRow = Omit<Row<'opening_log'>, 'position'>;

/** `stored`: new. `repeated`: the same request came before, here is its answer. The rest are refusals. */
export type AcceptResult =
  | { readonly result: 'stored' | 'repeated'; readonly answer: string }
  | { readonly result: 'id-reused' | 'rx-unknown' | 'rx-collected' | 'rx-part-invalid' };

export interface Store {
  savePerson(row: Row<'person'>, signal: AbortSignal): Promise<void>;
  person(pid: string, signal: AbortSignal): Promise<Row<'person'> | undefined>;
  personByTag(identityTag: string, signal: AbortSignal): Promise<Row<'person'> | undefined>;
  saveCertificates(rows: readonly Row<'certificate'>[], signal: AbortSignal): Promise<void>;
  certificate(serial: string, signal: AbortSignal): Promise<Row<'certificate'> | undefined>;
  /** Every certificate of a kind that a patient ever had, newest first. */
  certificatesOf(pid: string, type: string, signal: AbortSignal): Promise<readonly Row<'certificate'>[]>;
  /** Insurance standing: the last day that is paid. False when there is no such person. */
  setPaidUntil(pid: string, day: string, signal: AbortSignal): Promise<boolean>;
  /** False when there is no such certificate. */
  revokeCertificate(serial: string, at: number, signal: AbortSignal): Promise<boolean>;
  revokedCertificates(signal: AbortSignal): Promise<readonly Row<'certificate'>[]>;
  saveChallenge(row: Row<'challenge'>, signal: AbortSignal): Promise<void>;
  /** Marks a challenge used if it was issued to this terminal for this purpose and is still fresh. */
  useChallenge(
    use: { challenge: string; type: string; terminal: string; subject: string | null; now: number },
    signal: AbortSignal,
  ): Promise<ChallengeUse>;
  saveOperatorSession(row: Row<'operator_session'>, signal: AbortSignal): Promise<void>;
  operatorSession(token: string, signal: AbortSignal): Promise<Row<'operator_session'> | undefined>;
  /** Opens a visit and gives it the institution's next queue number of that day. */
  openVisit(row: Omit<Row<'visit'>, 'queue_number'>, signal: AbortSignal): Promise<Row<'visit'>>;
  visit(id: string, signal: AbortSignal): Promise<Row<'visit'> | undefined>;
  /** The newest visit of a patient, at this institution if there is one. */
  latestVisit(pid: string, institution: string, signal: AbortSignal): Promise<Row<'visit'> | undefined>;
  visitByPresence(token: string, signal: AbortSignal): Promise<Row<'visit'> | undefined>;
  /** True for the first caller only: records are released once a visit. */
  releaseVisit(
    release: { id: string; token: string; terminal: string; at: number },
    evidence: readonly EvidenceRow[],
    signal: AbortSignal,
  ): Promise<boolean>;
  message(id: string, signal: AbortSignal): Promise<Row<'message'> | undefined>;
  accept(acceptance: Acceptance, signal: AbortSignal): Promise<AcceptResult>;
  recordsOf(pid: string, limit: number, signal: AbortSignal): Promise<readonly Row<'clinical_record'>[]>;
  prescription(rxId: string, signal: AbortSignal): Promise<Row<'prescription'> | undefined>;
  inbox(pharmacy: string, today: string, signal: AbortSignal): Promise<readonly Row<'prescription'>[]>;
  appendEvidence(rows: readonly EvidenceRow[], signal: AbortSignal): Promise<void>;
  evidence(signal: AbortSignal): Promise<readonly Row<'evidence'>[]>;
  /** False when that Q is registered already. */
  saveMember(row: Row<'group_member'>, classes: readonly number[], signal: AbortSignal): Promise<boolean>;
  member(q: string, signal: AbortSignal): Promise<Row<'group_member'> | undefined>;
  /** Q of every active member who holds one of the classes, each once, in no order that tells anything. */
  activeMembers(classes: readonly number[], signal: AbortSignal): Promise<readonly string[]>;
  /** How many have ever joined, how many of them before an instant, and how many are revoked. */
  membership(before: number, signal: AbortSignal): Promise<Membership>;
  /** Sets the status of every Q of a doctor; answers how many there are. */
  setMemberStatus(doctorId: string, status: 'active' | 'revoked', signal: AbortSignal): Promise<number>;
  /** Epochs published after a position, from the first on that ends after an instant, in the order of publication. */
  epochsAfter(position: number, endingAfter: number, signal: AbortSignal): Promise<readonly Row<'epoch'>[]>;
  epoch(name: string, signal: AbortSignal): Promise<Row<'epoch'> | undefined>;
  /** False when another process published after the same head before. */
  saveEpoch(epoch: NewEpoch, signal: AbortSignal): Promise<boolean>;
  bundle(epoch: string, doctorClass: number, signal: AbortSignal): Promise<Row<'bundle'> | undefined>;
  /** Opens a case with its line in the log. `case` or `message` says what was there before: that case, or another one for this message. */
  saveCase(row: Row<'opening_case'>, log: OpeningLogRow, signal: AbortSignal): Promise<'stored' | 'case' | 'message'>;
  openingCase(caseId: string, signal: AbortSignal): Promise<Row<'opening_case'> | undefined>;
  /** False when this opener's share is there already. */
  saveShare(row: Row<'opening_share'>, log: OpeningLogRow, signal: AbortSignal): Promise<boolean>;
  shares(caseId: string, signal: AbortSignal): Promise<readonly Row<'opening_share'>[]>;
  appendOpeningLog(row: OpeningLogRow, signal: AbortSignal): Promise<void>;
  /** Oldest first; of one case, or of all. */
  openingLog(caseId: string | undefined, signal: AbortSignal): Promise<readonly Row<'opening_log'>[]>;
  close(): Promise<void>;
}
