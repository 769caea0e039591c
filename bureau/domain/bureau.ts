/**
 * What the bureau's domain functions work with: keys, store, clock. Wired once, in main/app.
 * @module
 */

import type { PublicMaterial } from '../../contract/bureau-api.ts';
import type { Clock } from '../../contract/clock.ts';
import type { StaffRole, TerminalRole } from '../../contract/formats.ts';
import type { AttributeSigner } from '../../crypto/envelope/attribute-signer.ts';
import type { RecipientKey } from '../../crypto/envelope/recipient-key.ts';
import type { GroupVerifier } from '../../crypto/envelope/verify-signed-message.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import type { GroupKey } from '../../crypto/groupsig/group-key.ts';
import type { CertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import type { Store } from '../store/store.ts';
import type { BreakGlassLog } from './break-glass.ts';
import type { EnrolledFingers } from './enrolled-fingers.ts';
import type { Epochs, GroupIssuer } from './epochs.ts';

/** An institution the bureau knows. */
export type Institution = PublicMaterial['institutions'][number];

/** Keys and trust. */
export interface BureauKeys {
  /** The bureau's own ten-digit code. */
  readonly institution: string;
  readonly ca: { readonly certificate: Certificate; readonly signer: CertificateSigner };
  readonly signing: { readonly certificate: Certificate; readonly signer: AttributeSigner };
  readonly encryption: { readonly certificate: Certificate; readonly key: RecipientKey };
  /** Signs card-verifiable certificates under its reference. */
  readonly cardAuthority: {
    readonly certificate: Certificate;
    readonly reference: string;
    readonly signer: CertificateSigner;
  };
  /** Authorities of others: citizens (Cert_P) and professions (Cert_D). */
  readonly civilCa: Certificate;
  readonly professionalCa: Certificate;
  /** 32 bytes each: seals the identity table, finds a person again without opening it. */
  readonly identity: { readonly sealingKey: Uint8Array; readonly tagKey: Uint8Array };
  readonly group: {
    readonly backend: GroupBackend;
    readonly key: GroupKey;
    readonly certificate: Certificate;
    readonly openerSet: Uint8Array;
    /** Verifies for everybody here. */
    readonly verifier: GroupVerifier;
    /** Where gamma is, and the only way to it. */
    readonly issuer: GroupIssuer;
  };
}

/** Policy values, each with a default that main/app fills in. */
export interface BureauPolicy {
  /** Most that the clocks of desk and bureau may differ, ms (product.md 1: 120 s). */
  readonly maxSkew: number;
  /** How late a message may come that waited in an outbox, ms (product.md 3: 72 h). */
  readonly lateDelivery: number;
  /** How long a challenge may be answered, ms. */
  readonly challengeLife: number;
  /** How long a sign-on lasts, ms. */
  readonly operatorLife: number;
  /** Days of insurance that an enrolment starts with. */
  readonly initialStandingDays: number;
  /** Most days for which an agent is approved. */
  readonly warrantDays: number;
  /** How many earlier records an opening releases. */
  readonly recentRecords: number;
  /** How long a consent to fingerprints may wait at the desk, ms. */
  readonly consentLife: number;
  /** After how long fingerprints are due for renewal, ms. */
  readonly fingerprintLife: number;
  /** How long the challenge of an emergency query may be answered, ms: fingers are captured in between. */
  readonly emergencyChallengeLife: number;
  /** Queries that an emergency terminal may ask within an hour. */
  readonly emergencyQueries: number;
  /** How long a query waits for the second person, ms. */
  readonly emergencyLife: number;
  /** People that a query shows at most. */
  readonly emergencyCandidates: number;
  /** Share of strangers that look as alike as the least likely whom a query shows. */
  readonly emergencyRate: number;
}

/** The bureau. */
export interface Bureau {
  readonly keys: BureauKeys;
  readonly policy: BureauPolicy;
  readonly store: Store;
  readonly clock: Clock;
  readonly institutions: readonly Institution[];
  /** The newest revocation list of the authority of citizens that somebody brought here, DER and unchecked; undefined when nobody did. */
  readonly civilRevocationList: Uint8Array | undefined;
  readonly epochs: Epochs;
  readonly fingers: EnrolledFingers;
  readonly breakGlass: BreakGlassLog;
  /** Ends what runs for it and closes the store. */
  close(): Promise<void>;
}

/** The terminal behind a request: its certificate has been checked. */
export interface Terminal {
  /** 32 hex digits. */
  readonly id: string;
  readonly institution: string;
  readonly role: TerminalRole;
}

/** The member of staff behind a request. */
export interface Operator {
  readonly role: StaffRole;
  readonly certificateSerial: string;
}

/** One request, past the door. */
export interface RequestContext {
  readonly terminal: Terminal;
  readonly operator: Operator | undefined;
  /** Token of an opening, as it came. */
  readonly presence: string | undefined;
  readonly signal: AbortSignal;
}

/** Who stands behind a request, as logs name it: the serial number of the operator's certificate. */
export const clerkOf = ({ operator }: RequestContext): string => operator?.certificateSerial ?? 'nobody';
