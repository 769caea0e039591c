/**
 * The join statement J = lp1("NHI-GSIG-V1-JOIN") ‖ pkh ‖ lp(ID) ‖ nonce ‖ Q and the proof that its maker knows sk with Q = sk*h.
 * The card's ECDSA signatures over J (sig_D, att) are checked by whoever holds the certificates, not here.
 * @module
 */
import { concat, equalBytes, lp, lp1, readUint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { GroupBackend } from './backend.ts';
import { GroupSigError } from './groupsig-error.ts';
import { decodeScalar, modOrder, scalarOfHash } from './scalar.ts';
import { PREFIX, SCALAR_DST } from './tags.ts';

/** What J says: pkh (32 bytes), the doctor's ID out of CERT_D, the issuer's nonce (32) and Q (48). */
export interface JoinStatement {
  readonly pkh: Uint8Array;
  readonly doctorId: Uint8Array;
  readonly nonce: Uint8Array;
  readonly Q: Uint8Array;
}

const TAG = lp1(PREFIX.join);

/** J. Throws RangeError when pkh, nonce or Q has another length. */
export function encodeJoinStatement({ pkh, doctorId, nonce, Q }: JoinStatement): Uint8Array {
  if (pkh.length !== 32 || nonce.length !== 32 || Q.length !== 48)
    throw new RangeError('J: a field has a wrong length');
  return concat(TAG, pkh, lp(doctorId), nonce, Q);
}

/** Strict inverse; throws JOIN_INVALID. Says nothing about Q being a point: {@link isJoinProofValid} does. */
export function decodeJoinStatement(J: Uint8Array): JoinStatement {
  const idAt = TAG.length + 32 + 4;
  const idLength = J.length - idAt - 80;
  if (
    idLength < 0 ||
    !equalBytes(J.subarray(0, TAG.length), TAG) ||
    readUint(J.subarray(idAt - 4, idAt)) !== idLength
  ) {
    throw new GroupSigError('JOIN_INVALID', 'join statement is malformed');
  }
  const nonceAt = idAt + idLength;
  return {
    pkh: J.slice(TAG.length, TAG.length + 32),
    doctorId: J.slice(idAt, nonceAt),
    nonce: J.slice(nonceAt, nonceAt + 32),
    Q: J.slice(nonceAt + 32),
  };
}

/** H256 over lp of J, c, z, sig_D and Cert_D: what a log of joins holds of a record. */
export const joinRecordHash = (record: {
  readonly J: Uint8Array;
  readonly c: Uint8Array;
  readonly z: Uint8Array;
  readonly sigD: Uint8Array;
  readonly certD: Uint8Array;
}): Uint8Array => h256(lp(record.J), lp(record.c), lp(record.z), lp(record.sigD), lp(record.certD));

/** c = H2S(J ‖ N, "join"). */
export const joinChallenge = (J: Uint8Array, N: Uint8Array): bigint => scalarOfHash(concat(J, N), SCALAR_DST.join);

/** Does (c, z), 32 bytes each, prove sk for the Q in J, a subgroup point other than O? N = z*h - c*Q. False for a malformed J. */
export function isJoinProofValid(
  backend: GroupBackend,
  { J, c, z }: { readonly J: Uint8Array; readonly c: Uint8Array; readonly z: Uint8Array },
): boolean {
  const Q = J.length < 48 ? undefined : backend.decodeG1(J.slice(-48));
  const challenge = decodeScalar(c);
  const response = decodeScalar(z);
  if (Q === undefined || backend.isIdentity(Q) || challenge === undefined || response === undefined) return false;
  const N = backend.msm([backend.generators.h, Q], [response, modOrder(-challenge)]);
  return joinChallenge(J, backend.encodeG1(N)) === challenge;
}
