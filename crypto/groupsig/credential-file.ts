/**
 * EF GCRED of the doctor card, read after the PIN: the bundle key, and the credential of the epoch in which the doctor joined, so that any
 * host can sign with it at once and find its successors in later bundles (groupsig note, "Join" 4 and "Bundle").
 * @module
 */
import { concat, readUint, uint } from '../common/bytes.ts';
import type { Attributes } from './context.ts';
import { GroupSigError } from './groupsig-error.ts';
import { type Credential, ISSUED_BYTES } from './member-credential.ts';

const VERSION = 2;
const BYTES = 1 + 32 + 4 + 2 + 2 + 48 + ISSUED_BYTES;

/** What the file holds; `bundleKey` (rk, 32 bytes) is secret: who has it finds this doctor in every bundle. */
export interface CredentialFile extends Credential, Attributes {
  readonly bundleKey: Uint8Array;
}

/** ver(1)=02 ‖ rk(32) ‖ day(4) ‖ seq(2) ‖ class(2) ‖ Q(48) ‖ A ‖ e (80): 169 bytes. */
export function encodeCredentialFile(file: CredentialFile): Uint8Array {
  const { bundleKey, Q, issued, epoch, classNumber } = file;
  if (Q.length !== 48 || issued.length !== ISSUED_BYTES || bundleKey.length !== 32)
    throw new RangeError('rk has 32 bytes, Q 48, A ‖ e 80');
  const head = concat(Uint8Array.of(VERSION), bundleKey);
  return concat(head, uint(epoch.day, 4), uint(epoch.seq, 2), uint(classNumber, 2), Q, issued);
}

/** Strict inverse; bytes after the 169 are padding of the file and must be zero. Throws CREDENTIAL_INVALID. */
export function decodeCredentialFile(bytes: Uint8Array): CredentialFile {
  const padding = bytes.subarray(BYTES);
  if (bytes.length < BYTES || bytes[0] !== VERSION || padding.some((byte) => byte !== 0)) {
    throw new GroupSigError('CREDENTIAL_INVALID', 'not a credential file of version 2');
  }
  return {
    bundleKey: bytes.slice(1, 33),
    epoch: { day: readUint(bytes.subarray(33, 37)), seq: readUint(bytes.subarray(37, 39)) },
    classNumber: readUint(bytes.subarray(39, 41)),
    Q: bytes.slice(41, 89),
    issued: bytes.slice(89, BYTES),
  };
}
