/**
 * ctx, the 74 bytes every group signature is bound to:
 * ver(1)=01 ‖ purpose(1) ‖ epoch(6) = day since 1970-01-01 (4), seq (2) ‖ class(2) ‖ aud(32) ‖ pid(16) ‖ sid(16).
 * @module
 */
import { concat, readUint, uint } from '../common/bytes.ts';
import { GroupSigError } from './groupsig-error.ts';

/** Length of ctx. */
export const CONTEXT_BYTES = 74;
/** head = ver ‖ purpose ‖ epoch, what the card sees of ctx. */
export const HEAD_BYTES = 8;

const VERSION = 1;

/** What a signature is for, and its byte: eq 9, 10, 12, 13, 6-8, and cancellation of a prescription. */
export const PURPOSES = {
  record: 1,
  prescription: 2,
  claim: 3,
  emergency: 4,
  presence: 5,
  cancellation: 6,
} as const;

/** One of {@link PURPOSES}. */
export type Purpose = keyof typeof PURPOSES;

/** Day since 1970-01-01 (4 bytes) and a number within it (2 bytes), raised when an epoch ends early. */
export interface Epoch {
  readonly day: number;
  readonly seq: number;
}

/** What a credential certifies beside the secret: epoch and class (2 bytes). */
export interface Attributes {
  readonly epoch: Epoch;
  readonly classNumber: number;
}

/** ctx in fields: aud 32 bytes (all zero exactly for a prescription), pid 16 (all zero exactly for an emergency), sid 16. */
export interface SignatureContext extends Attributes {
  readonly purpose: Purpose;
  readonly aud: Uint8Array;
  readonly pid: Uint8Array;
  readonly sid: Uint8Array;
}

/** epoch(6) ‖ class(2). Throws RangeError when a number does not fit. */
export const encodeAttributes = ({ epoch, classNumber }: Attributes): Uint8Array =>
  concat(uint(epoch.day, 4), uint(epoch.seq, 2), uint(classNumber, 2));

/** epoch(6) ‖ class(2) as they stand in ctx. */
export const attributesOf = (ctx: Uint8Array): Uint8Array => ctx.slice(2, 10);

const purposeOf = (byte: number | undefined): Purpose | undefined => {
  for (const [name, value] of Object.entries(PURPOSES)) {
    // The keys of the table are the purposes and nothing else.
    if (value === byte) return name as Purpose;
  }
  return undefined;
};

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

function parse(ctx: Uint8Array): SignatureContext | string {
  if (ctx.length !== CONTEXT_BYTES) return `ctx has ${ctx.length} bytes`;
  if (ctx[0] !== VERSION) return `ctx version ${ctx[0]}`;
  const purpose = purposeOf(ctx[1]);
  if (purpose === undefined) return `ctx purpose ${ctx[1]}`;
  const aud = ctx.slice(10, 42);
  const pid = ctx.slice(42, 58);
  if (isZero(aud) !== (purpose === 'prescription')) return 'aud is zero for a prescription and for nothing else';
  if (isZero(pid) !== (purpose === 'emergency')) return 'pid is zero for an emergency and for nothing else';
  return {
    purpose,
    epoch: { day: readUint(ctx.subarray(2, 6)), seq: readUint(ctx.subarray(6, 8)) },
    classNumber: readUint(ctx.subarray(8, 10)),
    aud,
    pid,
    sid: ctx.slice(58, 74),
  };
}

/** Is it a well-formed ctx? */
export const isContext = (ctx: Uint8Array): boolean => typeof parse(ctx) !== 'string';

/** Strict; throws CONTEXT_INVALID. */
export function decodeContext(ctx: Uint8Array): SignatureContext {
  const parsed = parse(ctx);
  if (typeof parsed === 'string') throw new GroupSigError('CONTEXT_INVALID', parsed);
  return parsed;
}

/** 74 bytes; throws CONTEXT_INVALID for what {@link decodeContext} would refuse, RangeError for a number that does not fit. */
export function encodeContext(context: SignatureContext): Uint8Array {
  const { aud, pid, sid } = context;
  if (aud.length !== 32 || pid.length !== 16 || sid.length !== 16) {
    throw new GroupSigError('CONTEXT_INVALID', 'aud, pid and sid have 32, 16 and 16 bytes');
  }
  const ctx = concat(Uint8Array.of(VERSION, PURPOSES[context.purpose]), encodeAttributes(context), aud, pid, sid);
  decodeContext(ctx);
  return ctx;
}
