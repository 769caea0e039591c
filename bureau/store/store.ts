/**
 * The bureau's store as its domain sees it. Every method is one atomic step: what it refuses it has not changed.
 * Arguments and results are plain data. Implementations: kysely-store.ts (SQLite now, PostgreSQL behind the same suite later).
 * @module
 */
import type { AgentStore, NewErasure, WarrantUse } from './agent-store.ts';
import type { CardStore, OrderRow } from './card-store.ts';
import type { EmergencyStore, FingerChange, NewConfirmation, NewQuery } from './emergency-store.ts';
import type { Row } from './tables.ts';

/** A certificate as it enters the register. */
export type NewCertificate = Omit<Row<'certificate'>, 'hold'>;

/** What a challenge turned out to be when somebody came back with it. */
export type ChallengeUse = 'ok' | 'stale' | 'used';

/** An accepted message with everything that becomes true with it. */
export interface Acceptance {
  readonly message: Row<'message'>;
  readonly evidence: readonly EvidenceRow[];
  readonly record?: Row<'clinical_record'>;
  readonly prescription?: Row<'prescription'>;
  readonly change?: PrescriptionChange;
  readonly approval?: Row<'agent_approval'>;
  readonly erasure?: NewErasure;
  readonly fingers?: FingerChange;
  readonly query?: NewQuery;
  readonly confirmation?: NewConfirmation;
}

/** One event in the life of a prescription with everything that becomes true with it. */
export interface PrescriptionChange {
  /** Its `revision` is one above the one the change was decided on. */
  readonly event: Row<'prescription_event'>;
  readonly phase: string;
  readonly life: string;
  readonly used: number;
  readonly pharmacy: string;
  readonly dispensing?: Omit<Row<'dispensing'>, 'position'>;
  /** Of an agent's dispensing: `changed` when the warrant has no use left for its pickup. */
  readonly warrant?: WarrantUse;
  /** Another pharmacy: the patient's word, and the prescription sealed to it. */
  readonly designated?: { readonly designation: Uint8Array; readonly ciphertext: Uint8Array };
  /** Orders for the patient's cards; each number must be the one after its card's last. */
  readonly orders: readonly OrderRow[];
}

/** A line of evidence before it has a position. */
export type EvidenceRow = Omit<Row<'evidence'>, 'position'>;

/** An epoch with its bundles, as it is published. */
export interface NewEpoch {
  readonly epoch: Omit<Row<'epoch'>, 'position'>;
  readonly bundles: readonly Row<'bundle'>[];
  /** How many revoked certificates the head counted. */
  readonly revokedCount: number;
  /** And how many erased warrants. */
  readonly erasedCount: number;
}

/** A line of the opening log before it has a position. */
export type OpeningLogRow = Omit<Row<'opening_log'>, 'position'>;

/** `stored`: new. `repeated`: the same request came before, here is its answer. `changed`: decided on what is no longer so; nothing was stored. */
export type AcceptResult =
  | { readonly result: 'stored' | 'repeated'; readonly answer: string }
  | { readonly result: 'id-reused' | 'changed' };

export interface Store extends CardStore, AgentStore, EmergencyStore {
  savePerson(row: Row<'person'>, signal: AbortSignal): Promise<void>;
  person(pid: string, signal: AbortSignal): Promise<Row<'person'> | undefined>;
  personByTag(identityTag: string, signal: AbortSignal): Promise<Row<'person'> | undefined>;
  saveCertificates(rows: readonly NewCertificate[], signal: AbortSignal): Promise<void>;
  certificate(serial: string, signal: AbortSignal): Promise<Row<'certificate'> | undefined>;
  /** Every certificate of a kind that a patient ever had, newest first. */
  certificatesOf(pid: string, type: string, signal: AbortSignal): Promise<readonly Row<'certificate'>[]>;
  /** Insurance standing: the last day that is paid. False when there is no such person. */
  setPaidUntil(pid: string, day: string, signal: AbortSignal): Promise<boolean>;
  /** False when there is no such certificate. Dated later than the newest epoch head, which counts what was revoked before it. */
  revokeCertificate(serial: string, at: number, signal: AbortSignal): Promise<boolean>;
  /** Everything the revocation list holds; what is `resumed` among it is good at the bureau. */
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
  /** An event without a message of its own. False, and nothing stored, when it was decided on what is no longer so. */
  changePrescription(change: PrescriptionChange, signal: AbortSignal): Promise<boolean>;
  /** Oldest first. */
  prescriptionEvents(rxId: string, signal: AbortSignal): Promise<readonly Row<'prescription_event'>[]>;
  /** What was dispensed, oldest first. */
  dispensings(rxId: string, signal: AbortSignal): Promise<readonly Row<'dispensing'>[]>;
  inbox(pharmacy: string, today: string, signal: AbortSignal): Promise<readonly Row<'prescription'>[]>;
  appendEvidence(rows: readonly EvidenceRow[], signal: AbortSignal): Promise<void>;
  evidence(signal: AbortSignal): Promise<readonly Row<'evidence'>[]>;
  /**
   * `stored` with its line in the member log, and with the card that joined. `exists`: that Q is registered already. `revoked`: the doctor was revoked and not readmitted,
   * decided in the same step, so that nobody joins while being revoked.
   */
  saveMember(
    row: Row<'group_member'>,
    classes: readonly number[],
    hash: string,
    card: string | null,
    signal: AbortSignal,
  ): Promise<'stored' | 'exists' | 'revoked'>;
  member(q: string, signal: AbortSignal): Promise<Row<'group_member'> | undefined>;
  /** Q of every active member who holds one of the classes, each once, in no order that tells anything. */
  activeMembers(classes: readonly number[], signal: AbortSignal): Promise<readonly string[]>;
  /** What happened to the group after a position of the member log. */
  memberLog(after: number, signal: AbortSignal): Promise<readonly Row<'member_log'>[]>;
  /** The newest position of the member log; 0 when it is empty. */
  memberPosition(signal: AbortSignal): Promise<number>;
  /** Revokes every active Q of a doctor; answers how many of the doctor's there are, revoked before included. */
  revokeMember(doctorId: string, at: number, signal: AbortSignal): Promise<number>;
  /** Lets a doctor who was revoked join again with another card; the old Q stay out. False for one who is not revoked. */
  readmitMember(doctorId: string, at: number, signal: AbortSignal): Promise<boolean>;
  /** Gives a doctor other classes from the next epoch on, on the same cards; answers how many members it concerns. */
  setMemberClasses(
    doctorId: string,
    classes: readonly [number, ...number[]],
    at: number,
    signal: AbortSignal,
  ): Promise<number>;
  /** Epochs published after a position, from the first on that ends after an instant, the newest in any case, in the order of publication. */
  epochsAfter(position: number, endingAfter: number, signal: AbortSignal): Promise<readonly Row<'epoch'>[]>;
  epoch(name: string, signal: AbortSignal): Promise<Row<'epoch'> | undefined>;
  /**
   * False, and nothing stored, when another process published after the same head before, or when the certificates that count as revoked
   * at `issued_at` (in whole seconds) are not as many as the head counted: a revocation arrived meanwhile; likewise erased warrants. What is
   * `resumed` leaves the list.
   */
  saveEpoch(epoch: NewEpoch, signal: AbortSignal): Promise<boolean>;
  /** Forgets the bundles of all epochs but these; heads stay. */
  keepBundles(epochs: readonly string[], signal: AbortSignal): Promise<void>;
  bundle(epoch: string, doctorClass: number, signal: AbortSignal): Promise<Row<'bundle'> | undefined>;
  /**
   * Opens a case, or a further revision of it for the same message, with its line in the log. `case`: that revision is there, or the case is
   * about another message. `message`: another case is about this message.
   */
  saveCase(row: Row<'opening_case'>, log: OpeningLogRow, signal: AbortSignal): Promise<'stored' | 'case' | 'message'>;
  /** Its newest revision. */
  openingCase(caseId: string, signal: AbortSignal): Promise<Row<'opening_case'> | undefined>;
  /** False when this opener's share is there already. */
  saveShare(row: Row<'opening_share'>, log: OpeningLogRow, signal: AbortSignal): Promise<boolean>;
  shares(caseId: string, revision: number, signal: AbortSignal): Promise<readonly Row<'opening_share'>[]>;
  appendOpeningLog(row: OpeningLogRow, signal: AbortSignal): Promise<void>;
  /** Oldest first; of one case, or of all. */
  openingLog(caseId: string | undefined, signal: AbortSignal): Promise<readonly Row<'opening_log'>[]>;
  close(): Promise<void>;
}
