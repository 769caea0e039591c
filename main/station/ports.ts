/**
 * What a station works with. Every port is asynchronous and cancellable, and what crosses it survives structuredClone (HOUSE R15);
 * main/app puts the adapters in.
 * @module
 */
import type { BasicData } from '../../contract/basic-data.ts';
import type { Ack, PublicMaterial } from '../../contract/bureau-api.ts';
import type { cardServiceContract, PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Api } from '../../contract/dispatch.ts';
import type { MedicationLine } from '../../contract/medication-line.ts';
import type { Allergy } from '../../contract/safety.ts';
import type { Desk } from '../../contract/station.ts';
import type { RecipientKey } from '../../crypto/envelope/recipient-key.ts';
import type { GroupVerifier } from '../../crypto/envelope/verify-signed-message.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import type { BureauClient } from '../../nhi-client/bureau-client.ts';
import type { Outbox } from '../../nhi-client/outbox.ts';
import type { SafetyTable } from '../../record/safety-table.ts';
import type { FingerScanner } from './finger-scanner.ts';

/** The terminal this desk is, from its certificate. */
export interface TerminalIdentity {
  /** 16 bytes, hex. */
  readonly id: string;
  readonly institution: string;
  readonly institutionName: string;
  /** SHA-256 of the terminal key's SubjectPublicKeyInfo, hex. */
  readonly keyId: string;
}

/** Evidence of a verification made at this desk (eq 16), kept here and readable by the dispute tools. */
export interface DeskEvidence {
  readonly version: 1;
  readonly type: 'verification';
  readonly institution: string;
  readonly keyId: string;
  readonly equation: string;
  readonly messageHash: string;
  /** base64 */
  readonly signature: string;
  readonly epoch: string;
  readonly result: string;
  readonly at: string;
  readonly verifier: string;
}

/** Eq 11 of a visit signed at this desk, kept until its card holds it. */
export interface KeptSet {
  readonly version: 1;
  /** Id of the message whose acceptance decides about it, hex. */
  readonly reference: string;
  /** Fingerprint of the card, hex. */
  readonly card: string;
  readonly recordId: string;
  /** The bureau has acknowledged its messages. */
  readonly accepted: boolean;
  readonly visit: VisitOnCard;
  readonly prescription?: {
    readonly record: Omit<PrescriptionOnCard, 'used' | 'status'>;
    readonly body: Uint8Array;
  };
  readonly allergies?: Allergy[];
  /** Its prescription was cancelled before the card had it: whatever of the set lies on the card is taken back first. */
  readonly withdrawn?: true;
}

/** A pickup that was begun and has not reached the outbox: asked again with the same nonce, the card answers the same bytes. */
export interface BegunPickup {
  readonly version: 1;
  readonly rxId: string;
  readonly part: number;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

/** A prescription that was issued at this desk, kept until it is over: whoever cancels it has to know for whom it was. */
export interface KeptIssue {
  readonly version: 1;
  readonly rxId: string;
  readonly pid: string;
  readonly visitId: string;
  readonly person: { name: string; birthYear: number; sex: 'male' | 'female' };
  readonly at: string;
  /** YYYY-MM-DD in Taiwan. */
  readonly expires: string;
  readonly pharmacy: string;
  readonly parts: number;
  readonly controlled: boolean;
  readonly lines: MedicationLine[];
  /** What the bureau said of it last that is the end of it, and when that was heard. */
  readonly over?: { readonly state: 'dispensed' | 'cancelled' | 'expired'; readonly at: string };
}

/** A prescription of the pharmacy's inbox, as the bureau passed it on. */
export interface KeptPrescription {
  readonly version: 1;
  readonly rxId: string;
  /** base64 */
  readonly ciphertext: string;
  readonly designation: string;
  readonly ack: Ack;
  readonly keptAt: string;
}

/** A message that the bureau refused for good, and what a person did about it. */
export interface SettledConflict {
  readonly version: 1;
  readonly id: string;
  readonly reference: string;
  readonly code: string;
  readonly note: string;
  readonly at: string;
  /** The sealed message, base64: it is not lost. */
  readonly message: string;
}

/** A lock that this pharmacy holds at the bureau: the secret only it has, 64 hex digits. */
export interface HeldLock {
  readonly version: 1;
  readonly rxId: string;
  readonly part: number;
  readonly secret: string;
}

/** A sheet that was printed: how often, and last when (contract/paper.ts). */
export interface PrintedSheet {
  readonly version: 1;
  readonly paper: 'pickup-slip' | 'label' | 'owed-slip';
  readonly rxId: string;
  /** 0 for a pickup slip, which is for all parts. */
  readonly part: number;
  /** From 1; of a slip that says what is owed how many lines are; 0 for a pickup slip. */
  readonly line: number;
  readonly count: number;
  /** YYYY-MM-DD in Taiwan. */
  readonly day: string;
}

/** Where a desk keeps what must survive it: every promise is kept through a loss of power once it has resolved. */
export interface DeskStore {
  /** Keeps a set, or what has become of it, by its reference. */
  keepSet(set: KeptSet, signal: AbortSignal): Promise<void>;
  /** Oldest first. */
  keptSets(signal: AbortSignal): Promise<readonly KeptSet[]>;
  dropSet(reference: string, signal: AbortSignal): Promise<void>;
  /** Keeps what was issued, one for each R_X_ID. */
  keepIssue(issue: KeptIssue, signal: AbortSignal): Promise<void>;
  /** Oldest first. */
  issues(signal: AbortSignal): Promise<readonly KeptIssue[]>;
  dropIssue(rxId: string, signal: AbortSignal): Promise<void>;
  /** Keeps the pickup of a prescription that is begun, one for each. */
  keepPickup(pickup: BegunPickup, signal: AbortSignal): Promise<void>;
  begunPickups(signal: AbortSignal): Promise<readonly BegunPickup[]>;
  dropPickup(rxId: string, signal: AbortSignal): Promise<void>;
  /** Keeps prescriptions of the inbox, all or none, one for each R_X_ID. */
  keepInbox(items: readonly KeptPrescription[], signal: AbortSignal): Promise<void>;
  inbox(signal: AbortSignal): Promise<readonly KeptPrescription[]>;
  dropInbox(rxId: string, signal: AbortSignal): Promise<void>;
  /** What a person has dealt with, oldest first; never dropped. */
  keepSettled(conflict: SettledConflict, signal: AbortSignal): Promise<void>;
  settled(signal: AbortSignal): Promise<readonly SettledConflict[]>;
  /** Keeps the lock of a prescription, one for each. */
  keepLock(lock: HeldLock, signal: AbortSignal): Promise<void>;
  heldLocks(signal: AbortSignal): Promise<readonly HeldLock[]>;
  dropLock(rxId: string, signal: AbortSignal): Promise<void>;
  /** Keeps the counts of these sheets, all or none, one for each paper, prescription, part and line. */
  keepPrinted(sheets: readonly PrintedSheet[], signal: AbortSignal): Promise<void>;
  printedSheets(signal: AbortSignal): Promise<readonly PrintedSheet[]>;
  /** Those printed last before a day. */
  dropPrinted(before: string, signal: AbortSignal): Promise<void>;
  appendEvidence(rows: readonly DeskEvidence[], signal: AbortSignal): Promise<void>;
  evidence(signal: AbortSignal): Promise<readonly DeskEvidence[]>;
  /** The newest public material that was checked, as it came; undefined before there was any. */
  material(signal: AbortSignal): Promise<PublicMaterial | undefined>;
  saveMaterial(material: PublicMaterial, signal: AbortSignal): Promise<void>;
}

/** Told of what went wrong and why; never of a PIN, a name or a drug. */
export type StationLog = (event: string, cause: unknown) => void;

/** Runs something later; the answer calls it off. */
export type Later = (ms: number, work: () => void) => () => void;

/** Reads a virtual NHI card from what a scanner read. Rejects with the VIRTUAL_CARD codes, NHI_CARD_CANCELLED, CERT_EXPIRED, INSURANCE_UNPAID or CANCELLED. */
export interface VirtualCardReader {
  read(qr: string, signal: AbortSignal): Promise<BasicData>;
}

/** One desk's collaborators. */
export interface DeskPorts {
  readonly desk: Desk;
  readonly terminal: TerminalIdentity;
  readonly cards: Api<typeof cardServiceContract>;
  /** Where this desk has a component for virtual cards. */
  readonly virtualCard?: VirtualCardReader | undefined;
  /** What drafts are compared with at a clinic, where its institution has loaded a table. */
  readonly safetyTable?: SafetyTable | undefined;
  /** Where fingers are taken: emergency desk and card office. */
  readonly fingerScanner?: FingerScanner | undefined;
  /** Slots that belong to this desk, in the order of the counter. */
  readonly ownsSlot: (slot: string) => boolean;
  readonly bureau: BureauClient;
  readonly outbox: Outbox;
  readonly store: DeskStore;
  readonly clock: Clock;
  /** Made when first needed: a registration desk never loads it. */
  readonly groupBackend: () => Promise<GroupBackend>;
  /** Verifies for one encoded group key, outside this thread; what is asked together is verified together. */
  readonly groupVerifier: (groupKey: Uint8Array) => GroupVerifier;
  /** The institution's decryption key, at a pharmacy. */
  readonly institutionKey: RecipientKey | undefined;
  /** DER of the bureau's authority, from the desk's own folder: the anchor of everything. */
  readonly bureauCa: Uint8Array;
  readonly later: Later;
  readonly log: StationLog;
}
