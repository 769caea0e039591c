/**
 * EF GCRED of the doctor card: the public part of a member credential, so that any host can load it (groupsig note, "Join" 4).
 * @module
 */
import { concat, readUint, uint } from '../common/bytes.ts';
import type { Attributes } from './context.ts';
import { GroupSigError } from './groupsig-error.ts';
import { type Credential, ISSUED_BYTES } from './member-credential.ts';

const VERSION = 1;
const BYTES = 1 + 4 + 2 + 2 + 48 + ISSUED_BYTES;

/** ver(1) ‖ day(4) ‖ seq(2) ‖ class(2) ‖ Q(48) ‖ A ‖ e (80): 137 bytes. */
export function encodeCredentialFile(credential: Credential & Attributes): Uint8Array {
  const { Q, issued, epoch, classNumber } = credential;
  if (Q.length !== 48 || issued.length !== ISSUED_BYTES) throw new RangeError('Q has 48 bytes, A ‖ e has 80');
  return concat(Uint8Array.of(VERSION), uint(epoch.day, 4), uint(epoch.seq, 2), uint(classNumber, 2), Q, issued);
}

/** Strict inverse; bytes after the 137 are padding of the file and must be zero. Throws CREDENTIAL_INVALID. */
export function decodeCredentialFile(bytes: Uint8Array): Credential & Attributes {
  const padding = bytes.subarray(BYTES);
  if (bytes.length < BYTES || bytes[0] !== VERSION || padding.some((byte) => byte !== 0)) {
    throw new GroupSigError('CREDENTIAL_INVALID', 'not a credential file of version 1');
  }
  return {
    epoch: { day: readUint(bytes.subarray(1, 5)), seq: readUint(bytes.subarray(5, 7)) },
    classNumber: readUint(bytes.subarray(7, 9)),
    Q: bytes.slice(9, 57),
    issued: bytes.slice(57, BYTES),
  };
}
