/**
 * A view on the 74-byte ctx of NHI-GSIG-V1: ver(1) ‖ purpose(1) ‖ epoch(6) ‖ class(2) ‖ aud(32) ‖ pid(16) ‖ sid(16)
 * (groupsig note, "Group key, opener set, context"). What the fields must be is the scheme's matter; here they are only compared.
 * Pure.
 * @module
 */

/** Length of ctx in bytes. */
export const NHI_CONTEXT_BYTES = 74;

/** Fields that a receiver compares. */
export interface NhiContextView {
  readonly version: number;
  readonly purpose: number;
  /** SHA-256 of the recipient's SubjectPublicKeyInfo, 32 bytes; zero for purpose 02. */
  readonly audience: Uint8Array;
  /** PID_P, 16 bytes; zero for purpose 04. */
  readonly pid: Uint8Array;
  /** Visit, prescription or claim, 16 bytes. */
  readonly sid: Uint8Array;
}

/** Purpose 02, a prescription: it names no recipient, the patient's designation does. */
export const PURPOSE_PRESCRIPTION = 2;

/** Cuts ctx into its fields. Throws RangeError on another length. */
export function viewNhiContext(ctx: Uint8Array): NhiContextView {
  if (ctx.length !== NHI_CONTEXT_BYTES) throw new RangeError('ctx has 74 bytes');
  return {
    version: ctx[0] ?? 0,
    purpose: ctx[1] ?? 0,
    audience: ctx.subarray(10, 42),
    pid: ctx.subarray(42, 58),
    sid: ctx.subarray(58, 74),
  };
}
