/**
 * The host's side of a doctor's credential (A, e): checked once for its epoch and class, then ready to sign with.
 * @module
 */
import type { FixedBase, G1, GroupBackend } from './backend.ts';
import { type Attributes, encodeAttributes } from './context.ts';
import { isIssuedOver } from './credential.ts';
import type { GroupKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import { decodeScalar } from './scalar.ts';

/** Length of A ‖ e. */
export const ISSUED_BYTES = 80;

/** What a doctor's host keeps: the card's Q (48 bytes) and the issuer's A ‖ e (80 bytes) of one epoch and class. */
export interface Credential {
  readonly Q: Uint8Array;
  readonly issued: Uint8Array;
}

/** A checked credential: c0 = A and d0 = gamma*A = (B+Q) - e*A are its constants. Secret from everybody but host and card. */
export interface MemberCredential {
  /** pkh of the group it is for. */
  readonly pkh: Uint8Array;
  /** epoch(6) ‖ class(2). */
  readonly attributes: Uint8Array;
  readonly Q: G1;
  readonly A: G1;
  readonly d0: G1;
  readonly e: bigint;
  /** A and d0 for one-time randomness, Q for 128-bit challenges. */
  readonly bases: { readonly A: FixedBase; readonly d0: FixedBase; readonly Q: FixedBase };
}

/** Strict; throws CREDENTIAL_INVALID unless e(A, w + e*g2) = e(B + Q, g2) for these attributes. */
export function loadCredential(
  backend: GroupBackend,
  groupKey: GroupKey,
  credential: Credential,
  attributes: Attributes,
): MemberCredential {
  const { Q: encodedQ, issued } = credential;
  const Q = backend.decodeG1(encodedQ);
  const A = backend.decodeG1(issued.subarray(0, 48));
  const e = decodeScalar(issued.subarray(48));
  if (Q === undefined || A === undefined || e === undefined || backend.isIdentity(Q)) {
    throw new GroupSigError('CREDENTIAL_INVALID', 'credential is malformed');
  }
  const encoded = encodeAttributes(attributes);
  const signed = backend.add(groupKey.baseOf(encoded).B, Q);
  if (!isIssuedOver(backend, groupKey.w, A, e, signed)) {
    throw new GroupSigError('CREDENTIAL_INVALID', 'credential fails the pairing check');
  }
  const d0 = backend.sub(signed, backend.mul(A, e));
  const bases = {
    A: backend.prepareBase(A),
    d0: backend.prepareBase(d0),
    Q: backend.prepareBase(Q, 128),
  };
  return { pkh: groupKey.pkh, attributes: encoded, Q, A, d0, e, bases };
}
