/**
 * The one error table. Every layer's codes stand here with what a desk needs: a short reference for the telephone, the HTTP status,
 * whether the same call may be tried again, who can put it right, and the CSHIS number where one corresponds (card.md 1.3).
 * Screens map code -> copy; messages of exceptions never cross a process.
 * @module
 */
import { z } from 'zod';

/** Who can put it right. */
export type Actor = 'patient' | 'staff' | 'doctor' | 'pharmacist' | 'bureau' | 'technician';

/** One row of the table. */
export interface ErrorEntry {
  /** Letter of the layer and a number: C card, P PIN, R request, T time and terminal, K certificate, E envelope, V visit, X prescription, G group signature, N network, D dispute, S local store, F fingerprint, B emergency (break-glass). */
  readonly ref: string;
  /** Status of the HTTP answer that carries this code. */
  readonly http: number;
  /** Whether the identical call may succeed later. */
  readonly retry: boolean;
  readonly who: Actor;
  /** CSHIS return code with the same meaning. */
  readonly cshis?: number;
}

const row = (ref: string, http: number, retry: boolean, who: Actor, cshis?: number): ErrorEntry =>
  cshis === undefined ? { ref, http, retry, who } : { ref, http, retry, who, cshis };

/** Code -> what it means for the caller. */
export const ERRORS = {
  CARD_ABSENT: row('C-101', 409, true, 'patient', 4013),
  CARD_LOST: row('C-102', 409, true, 'patient', 1102),
  CARD_MUTE: row('C-103', 409, true, 'staff'),
  CARD_UNKNOWN: row('C-104', 409, false, 'patient', 4033),
  CARD_WRONG_KIND: row('C-105', 409, false, 'staff', 4034),
  CARD_ANSWER_INVALID: row('C-106', 409, true, 'staff'),
  CARD_FULL: row('C-107', 409, false, 'staff'),
  CARD_REFUSED: row('C-108', 409, false, 'staff'),
  CARD_RECORD_NOT_FOUND: row('C-109', 409, false, 'staff', 5022),
  CARD_ALREADY_USED: row('C-110', 409, false, 'patient'),
  CARD_OTHER_PERSON: row('C-111', 409, false, 'staff', 5020),
  CARD_NOT_WRITTEN: row('C-112', 409, true, 'staff', 5033),
  CARD_OUTSIDE_WINDOW: row('C-115', 409, false, 'patient'),
  CARD_NOT_BLANK: row('C-116', 409, false, 'bureau'),
  CARD_CHANNEL_BROKEN: row('C-117', 409, true, 'staff'),
  CARD_NOT_GENUINE: row('C-118', 409, false, 'bureau'),
  CARD_TERMINAL_REFUSED: row('C-119', 409, false, 'technician'),
  CARD_ROLE_REFUSED: row('C-120', 409, false, 'staff', 5009),
  CARD_WARRANT_REFUSED: row('C-126', 409, false, 'patient'),
  CARD_RESET: row('C-124', 409, true, 'staff'),
  CARD_SLOW: row('C-125', 503, true, 'technician'),
  CARD_BLOCKED: row('C-127', 409, false, 'bureau'),
  CARD_STATE_CONFLICT: row('C-128', 409, false, 'bureau'),
  NHI_CARD_MALFORMED: row('C-121', 409, true, 'staff'),
  NHI_CARD_CANNOT_SIGN: row('C-122', 409, false, 'staff'),
  NHI_CARD_CANCELLED: row('C-123', 409, false, 'patient', 5002),
  VIRTUAL_CARD_EXPIRED: row('C-131', 409, false, 'patient', 1018),
  VIRTUAL_CARD_REUSED: row('C-132', 409, false, 'patient', 1020),
  VIRTUAL_CARD_INVALID: row('C-133', 409, false, 'patient', 1520),
  VIRTUAL_CARD_UNAVAILABLE: row('C-134', 503, true, 'technician', 1099),
  VIRTUAL_CARD_NOT_OFFERED: row('C-135', 409, false, 'technician', 1042),
  VIRTUAL_CARD_ANSWER_INVALID: row('C-136', 502, true, 'technician'),
  DOCTOR_CARD_ABSENT: row('C-113', 409, true, 'doctor', 4014),
  STAFF_CARD_ABSENT: row('C-114', 409, true, 'staff'),
  AGENT_CARD_ABSENT: row('C-129', 409, true, 'patient'),
  AGENT_CARD_OTHER: row('C-130', 409, true, 'patient'),
  AGENT_CARD_CIVIL: row('C-137', 409, true, 'patient'),
  READER_FAILED: row('C-201', 503, true, 'technician', 4000),
  READER_BUSY: row('C-202', 503, true, 'staff'),
  READER_SERVICE_DOWN: row('C-203', 503, true, 'technician', 9204),
  READER_UNKNOWN: row('C-204', 409, false, 'technician'),
  PIN_WRONG: row('P-101', 403, true, 'staff', 9039),
  PIN_BLOCKED: row('P-102', 403, false, 'bureau', 9043),
  PIN_REQUIRED: row('P-103', 403, true, 'staff', 4042),
  PIN_FORMAT: row('P-104', 400, true, 'staff', 9041),
  PIN_CHANGE_REQUIRED: row('P-105', 403, true, 'staff'),
  PIN_MISMATCH: row('P-106', 400, true, 'staff'),
  PIN_WEAK: row('P-107', 400, true, 'staff'),
  AGENT_PIN_WRONG: row('P-110', 403, true, 'patient'),
  AGENT_PIN_BLOCKED: row('P-111', 403, false, 'patient'),
  CIVIL_PIN_BLOCKED: row('P-112', 403, false, 'patient'),
  PUK_WRONG: row('P-108', 403, true, 'staff'),
  PUK_EXHAUSTED: row('P-109', 403, false, 'bureau'),
  REQUEST_MALFORMED: row('R-101', 400, false, 'technician'),
  REQUEST_TOO_LARGE: row('R-102', 413, false, 'technician'),
  NOT_FOUND: row('R-103', 404, false, 'technician'),
  VERSION_UNSUPPORTED: row('R-104', 400, false, 'technician', 1043),
  ID_REUSED: row('R-105', 409, false, 'technician', 3236),
  STEP_OUT_OF_ORDER: row('R-106', 409, false, 'staff'),
  CANCELLED: row('R-107', 409, true, 'staff'),
  INTERNAL: row('R-199', 500, true, 'technician'),
  TIME_SKEW: row('T-101', 409, false, 'technician'),
  TERMINAL_UNKNOWN: row('T-102', 403, false, 'technician', 4050),
  TERMINAL_NOT_ALLOWED: row('T-103', 403, false, 'technician'),
  OPERATOR_REQUIRED: row('T-104', 401, true, 'staff'),
  OPERATOR_NOT_ALLOWED: row('T-105', 403, false, 'staff', 9100),
  CERT_MALFORMED: row('K-101', 400, false, 'bureau'),
  CERT_UNKNOWN_ISSUER: row('K-102', 403, false, 'bureau', 1423),
  CERT_SIGNATURE_INVALID: row('K-103', 403, false, 'bureau'),
  CERT_EXPIRED: row('K-104', 403, false, 'bureau', 5003),
  CERT_NOT_YET_VALID: row('K-105', 403, true, 'technician'),
  CERT_REVOKED: row('K-106', 403, false, 'bureau', 9045),
  CERT_WRONG_KIND: row('K-107', 403, false, 'bureau'),
  CERT_SWAPPED: row('K-108', 403, false, 'bureau'),
  CERT_KIND_UNKNOWN: row('K-109', 403, false, 'bureau'),
  CERT_ALGORITHM_REFUSED: row('K-110', 403, false, 'bureau'),
  CERT_PATH_TOO_LONG: row('K-111', 403, false, 'bureau'),
  CERT_UNKNOWN: row('K-112', 403, false, 'bureau'),
  CRL_MALFORMED: row('K-121', 503, false, 'bureau'),
  CRL_WRONG_ISSUER: row('K-122', 503, false, 'bureau'),
  CRL_SIGNATURE_INVALID: row('K-123', 503, false, 'bureau'),
  CRL_NOT_YET_VALID: row('K-124', 503, true, 'technician'),
  CRL_STALE: row('K-125', 503, true, 'technician'),
  KEY_NAME_INVALID: row('K-131', 500, false, 'technician'),
  KEY_NOT_FOUND: row('K-132', 500, false, 'technician'),
  KEY_UNREADABLE: row('K-133', 500, false, 'technician'),
  KEY_PERMISSIONS: row('K-134', 500, false, 'technician'),
  KEY_MISMATCH: row('K-135', 500, false, 'technician'),
  ENVELOPE_MALFORMED: row('E-101', 400, false, 'technician'),
  ENVELOPE_TAMPERED: row('E-102', 400, false, 'technician'),
  ENVELOPE_TOO_LARGE: row('E-103', 413, false, 'technician'),
  NOT_A_RECIPIENT: row('E-104', 403, false, 'technician'),
  ALGORITHM_REFUSED: row('E-105', 400, false, 'technician'),
  SIGNATURE_INVALID: row('E-106', 403, false, 'bureau', 6014),
  CONTEXT_MISMATCH: row('E-107', 403, false, 'technician'),
  SIGNED_MALFORMED: row('E-108', 400, false, 'technician'),
  SIGNER_COUNT: row('E-109', 400, false, 'technician'),
  SIGNER_CERTIFICATE: row('E-110', 400, false, 'technician'),
  SIGNER_UNTRUSTED: row('E-111', 403, false, 'bureau'),
  ATTRIBUTES_MISSING: row('E-112', 400, false, 'technician'),
  ATTRIBUTES_REFUSED: row('E-113', 400, false, 'technician'),
  UNSIGNED_ATTRIBUTE_REFUSED: row('E-114', 400, false, 'technician'),
  CONTEXT_MALFORMED: row('E-115', 400, false, 'technician'),
  CONTENT_TYPE_MISMATCH: row('E-116', 403, false, 'technician'),
  DIGEST_MISMATCH: row('E-117', 403, false, 'technician'),
  BODY_MALFORMED: row('E-118', 400, false, 'technician'),
  CHALLENGE_STALE: row('V-101', 409, true, 'staff'),
  CHALLENGE_USED: row('V-102', 409, false, 'staff'),
  INSURANCE_UNPAID: row('V-103', 403, false, 'patient', 5012),
  VISIT_NOT_FOUND: row('V-104', 404, false, 'staff', 3208),
  VISIT_OTHER_INSTITUTION: row('V-105', 403, false, 'staff', 3211),
  VISIT_CLOSED: row('V-106', 409, false, 'staff'),
  PRESENCE_REQUIRED: row('V-107', 403, true, 'doctor'),
  PATIENT_PROOF_REQUIRED: row('V-109', 403, true, 'patient'),
  RECORDS_RELEASED: row('V-108', 409, false, 'doctor'),
  SAFETY_UNANSWERED: row('V-110', 409, true, 'doctor'),
  SAFETY_OVERRIDE_UNKNOWN: row('V-111', 409, true, 'doctor'),
  SAFETY_TABLE_MALFORMED: row('V-112', 500, false, 'technician'),
  SAFETY_TABLE_TOO_LARGE: row('V-113', 500, false, 'technician'),
  SAFETY_TABLE_CONTRADICTORY: row('V-114', 500, false, 'technician'),
  RX_NOT_FOUND: row('X-101', 404, false, 'pharmacist'),
  RX_ALTERED: row('X-102', 403, false, 'pharmacist'),
  RX_OTHER_PHARMACY: row('X-103', 403, false, 'patient'),
  RX_COLLECTED: row('X-104', 409, false, 'patient'),
  RX_EXPIRED: row('X-105', 409, false, 'patient'),
  PICKUP_MALFORMED: row('X-107', 400, false, 'technician'),
  BUREAU_TOKEN_MALFORMED: row('X-108', 400, false, 'technician'),
  WARRANT_MALFORMED: row('X-109', 400, false, 'technician'),
  BUREAU_ORDER_MALFORMED: row('X-110', 400, false, 'technician'),
  WARRANT_FOREIGN: row('X-121', 403, false, 'patient'),
  WARRANT_UNAPPROVED: row('X-122', 403, false, 'bureau'),
  WARRANT_NOT_YET: row('X-123', 409, true, 'patient'),
  WARRANT_EXPIRED: row('X-124', 409, false, 'patient'),
  WARRANT_ERASED: row('X-125', 403, false, 'patient'),
  WARRANT_SCOPE: row('X-126', 403, false, 'patient'),
  CONTROLLED_NEEDS_BOTH: row('X-127', 403, false, 'patient'),
  PROXY_SHARE_INVALID: row('X-128', 409, true, 'staff'),
  ERASED_LIST_MALFORMED: row('X-129', 503, false, 'technician'),
  ERASED_LIST_STALE: row('X-130', 503, true, 'technician'),
  WARRANT_SPENT: row('X-131', 409, false, 'patient'),
  WARRANT_ONLINE_ONLY: row('X-132', 503, true, 'staff'),
  RX_PART_INVALID: row('X-106', 409, false, 'pharmacist'),
  RX_LOCKED: row('X-141', 409, true, 'pharmacist'),
  RX_NOT_ACCEPTED: row('X-142', 409, false, 'pharmacist'),
  RX_SECRET_WRONG: row('X-143', 403, false, 'pharmacist'),
  RX_CANCELLED: row('X-144', 409, false, 'patient'),
  RX_TOO_EARLY: row('X-145', 409, true, 'patient'),
  RX_EXCEPTION_USED: row('X-146', 409, false, 'patient'),
  RX_LINE_SETTLED: row('X-147', 409, false, 'pharmacist'),
  RX_PICKUP_VOID: row('X-148', 409, false, 'pharmacist'),
  RX_NOT_DISPENSED: row('X-149', 409, false, 'pharmacist'),
  RX_UNDISPENSE_LATE: row('X-150', 409, false, 'pharmacist'),
  RX_ONLINE_ONLY: row('X-152', 409, true, 'pharmacist'),
  RX_OTHER_PRESCRIBER: row('X-151', 403, false, 'doctor'),
  RX_CODE_INVALID: row('X-161', 409, false, 'pharmacist'),
  RX_NOT_ON_CARD: row('X-162', 409, false, 'pharmacist'),
  RX_COPY_GONE: row('X-163', 409, false, 'patient'),
  GROUP_KEY_UNKNOWN: row('G-101', 403, false, 'bureau'),
  EPOCH_NOT_IN_FORCE: row('G-102', 403, false, 'doctor'),
  PURPOSE_NOT_ALLOWED: row('G-103', 403, false, 'doctor'),
  MEMBER_PROOF_INVALID: row('G-104', 403, false, 'bureau'),
  MEMBER_EXISTS: row('G-105', 409, false, 'bureau'),
  MEMBER_REVOKED: row('G-108', 403, false, 'bureau'),
  DOCTOR_NOT_IN_EPOCH: row('G-106', 403, false, 'bureau'),
  CLASS_NOT_ALLOWED: row('G-107', 403, false, 'doctor'),
  CONTEXT_INVALID: row('G-111', 400, false, 'technician'),
  GROUP_KEY_INVALID: row('G-112', 500, false, 'bureau'),
  OPENER_SET_INVALID: row('G-113', 500, false, 'bureau'),
  ISSUER_SECRET_INVALID: row('G-114', 500, false, 'bureau'),
  JOIN_INVALID: row('G-115', 400, false, 'bureau'),
  ISSUE_REFUSED: row('G-116', 403, false, 'bureau'),
  CREDENTIAL_INVALID: row('G-117', 409, false, 'doctor'),
  COUPON_USED: row('G-118', 409, true, 'technician'),
  EPOCH_MISMATCH: row('G-119', 409, false, 'doctor'),
  SHARE_KEY_MISMATCH: row('G-121', 409, false, 'bureau'),
  SHARE_COUNT: row('G-122', 409, true, 'bureau'),
  SHARE_INDEX_RANGE: row('G-123', 409, false, 'bureau'),
  SHARE_INDEX_REPEATED: row('G-124', 409, true, 'bureau'),
  SHARE_INVALID: row('G-125', 409, false, 'bureau'),
  EPOCH_HEAD_INVALID: row('G-126', 503, false, 'bureau'),
  CEREMONY_PLAN_INVALID: row('G-131', 400, false, 'bureau'),
  CEREMONY_FOREIGN: row('G-132', 409, false, 'bureau'),
  CEREMONY_MESSAGE_INVALID: row('G-133', 400, false, 'bureau'),
  CEREMONY_REPEATED: row('G-134', 409, false, 'bureau'),
  CEREMONY_INCOMPLETE: row('G-135', 409, true, 'bureau'),
  CEREMONY_COMMITMENT_MISMATCH: row('G-136', 409, false, 'bureau'),
  CEREMONY_DEAL_INVALID: row('G-137', 409, false, 'bureau'),
  CEREMONY_SHARE_INVALID: row('G-138', 409, false, 'bureau'),
  CEREMONY_BROADCAST_SPLIT: row('G-139', 409, false, 'bureau'),
  CEREMONY_COMPLAINT: row('G-140', 409, false, 'bureau'),
  CEREMONY_DEGENERATE: row('G-141', 409, true, 'bureau'),
  ORDER_INVALID: row('D-101', 403, false, 'bureau'),
  CASE_EXISTS: row('D-102', 409, false, 'bureau'),
  CASE_CONFLICT: row('D-103', 409, false, 'bureau'),
  CASE_NOT_READY: row('D-104', 409, true, 'bureau'),
  PROOF_INVALID: row('D-105', 403, false, 'bureau'),
  BUREAU_UNREACHABLE: row('N-101', 503, true, 'technician', 4061),
  BUREAU_ANSWER_INVALID: row('N-102', 502, true, 'technician'),
  STORE_LOCKED: row('S-101', 403, true, 'staff'),
  STORE_PIN_FORMAT: row('S-102', 400, true, 'staff'),
  STORE_KEY_UNAVAILABLE: row('S-103', 503, false, 'technician'),
  STORE_KEY_LOST: row('S-104', 500, false, 'technician'),
  STORE_DAMAGED: row('S-105', 500, false, 'technician'),
  IMAGE_MALFORMED: row('F-101', 400, false, 'technician'),
  IMAGE_UNSUPPORTED: row('F-102', 400, false, 'technician'),
  IMAGE_TOO_LARGE: row('F-103', 413, false, 'technician'),
  IMAGE_TOO_SMALL: row('F-104', 400, false, 'technician'),
  FINGER_ABSENT: row('F-105', 409, true, 'patient'),
  FINGER_PARTIAL: row('F-106', 409, true, 'patient'),
  TEMPLATE_MALFORMED: row('F-121', 400, false, 'technician'),
  TEMPLATE_VERSION: row('F-122', 400, false, 'technician'),
  CONSENT_MISMATCH: row('F-131', 403, false, 'staff'),
  PHOTO_REFUSED: row('F-132', 400, true, 'staff'),
  FINGER_REPEATED: row('F-133', 409, true, 'staff'),
  FINGER_DUPLICATE: row('F-134', 409, false, 'bureau'),
  SCANNER_ABSENT: row('F-201', 409, true, 'staff'),
  SCANNER_BUSY: row('F-202', 409, true, 'staff'),
  SCANNER_GONE: row('F-203', 409, true, 'staff'),
  SCANNER_STALLED: row('F-204', 409, true, 'staff'),
  SCANNER_DAMAGED: row('F-205', 409, true, 'technician'),
  SCANNER_PROTOCOL: row('F-206', 409, false, 'technician'),
  SCANNER_FAILED: row('F-207', 409, true, 'technician'),
  SCANNER_UNTRUSTED: row('F-208', 409, false, 'technician'),
  SCANNER_REFUSED: row('F-209', 409, false, 'technician'),
  SCANNER_TOO_SMALL: row('F-210', 409, false, 'technician'),
  SCANNER_KEY_UNSUPPORTED: row('F-211', 409, false, 'technician'),
  SCANNER_KEY_FOREIGN: row('F-212', 409, false, 'technician'),
  EMERGENCY_RATE: row('B-101', 429, true, 'staff'),
  EMERGENCY_QUERY_UNKNOWN: row('B-102', 404, false, 'staff'),
  EMERGENCY_EXPIRED: row('B-103', 409, false, 'doctor'),
  EMERGENCY_CONFIRMED: row('B-104', 409, false, 'staff'),
  EMERGENCY_CANDIDATE_UNKNOWN: row('B-105', 409, false, 'staff'),
  CONFIRMER_REFUSED: row('B-106', 403, true, 'staff'),
  GALLERY_UNAVAILABLE: row('B-107', 503, true, 'technician'),
} as const satisfies Record<string, ErrorEntry>;

/** One of the codes of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** True when a text is one of the codes. */
export const isErrorCode = (text: unknown): text is ErrorCode =>
  typeof text === 'string' && Object.hasOwn(ERRORS, text);

/** How a refusal travels as data: the code, and the tries that are left after a wrong PIN. */
export const Refusal = z.strictObject({
  code: z.custom<ErrorCode>(isErrorCode),
  triesLeft: z.int().min(0).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** An error with a code of the table; thrown by bureau, client and station. */
export class ImisError extends Error {
  override readonly name = 'ImisError';
  readonly code: ErrorCode;
  readonly triesLeft: number | undefined;
  constructor(code: ErrorCode, message: string, options: ErrorOptions & { triesLeft?: number | undefined } = {}) {
    super(message, options);
    this.code = code;
    this.triesLeft = options.triesLeft;
  }
}

/** Folds anything thrown by any layer into a refusal; what carries no code of the table is INTERNAL. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof Error)) return { code: 'INTERNAL' };
  if (thrown.name === 'AbortError') return { code: 'CANCELLED' };
  const code = 'code' in thrown ? thrown.code : undefined;
  // The envelope says only that the signer was not accepted; why stands in the cause.
  if (code === 'SIGNER_UNTRUSTED' && thrown.cause instanceof Error) {
    const why = refusalOf(thrown.cause);
    return why.code === 'INTERNAL' ? { code } : why;
  }
  if (!isErrorCode(code)) return { code: 'INTERNAL' };
  const tries = 'triesLeft' in thrown ? thrown.triesLeft : undefined;
  return typeof tries === 'number' ? { code, triesLeft: tries } : { code };
}
