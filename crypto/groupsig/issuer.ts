/**
 * The issuer: its key, the check of a join and the issue of credentials. It never learns sk, so it cannot sign as a doctor.
 * @module
 */
import { concat, wipe } from '../common/bytes.ts';
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { GroupBackend } from './backend.ts';
import { type Attributes, encodeAttributes } from './context.ts';
import { issueOver } from './credential.ts';
import { type GroupKey, proveIssuerKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import { encodeJoinStatement, isJoinProofValid, type JoinStatement } from './join.ts';
import { decodeScalar, encodeScalar, ORDER, scalarOfHash } from './scalar.ts';
import { SCALAR_DST } from './tags.ts';

/** A new issuer: secret = gamma(32) ‖ K_e(32), w = gamma*g2 (96 bytes), proof of gamma (64 bytes). The caller keeps and wipes the secret. */
export function setUpIssuer(
  backend: GroupBackend,
  rng: Rng = secureRng,
): { readonly secret: Uint8Array; readonly w: Uint8Array; readonly proof: Uint8Array } {
  const gamma = randomScalar(ORDER, rng);
  const w = backend.encodeG2(backend.mulG2(backend.g2, gamma));
  return { secret: concat(encodeScalar(gamma), rng(32)), w, proof: proveIssuerKey(backend, gamma, w, rng) };
}

/**
 * Does the card's answer (Q, c, z) prove sk for the statement the issuer expects? Q is then a subgroup point other than O.
 * sig_D and att over {@link encodeJoinStatement}'s bytes, and "not yet registered", are the caller's to check.
 */
export function checkJoin(
  backend: GroupBackend,
  expected: Omit<JoinStatement, 'Q'>,
  answer: { readonly Q: Uint8Array; readonly c: Uint8Array; readonly z: Uint8Array },
): boolean {
  if (answer.Q.length !== 48) return false;
  const J = encodeJoinStatement({ ...expected, Q: answer.Q });
  return isJoinProofValid(backend, { J, c: answer.c, z: answer.z });
}

/**
 * A ‖ e, 80 bytes: e = H2S(K_e ‖ pkh ‖ epoch ‖ class ‖ Q, "iss-e"), A = (B+Q)/(gamma+e). The same input gives the same bytes, and no two
 * (Q, B) share an e: with a common e, affine combinations of credentials are credentials.
 * Throws ISSUER_SECRET_INVALID, JOIN_INVALID (Q is O or no point) or ISSUE_REFUSED.
 */
export function issueCredential(
  backend: GroupBackend,
  input: Attributes & { readonly secret: Uint8Array; readonly groupKey: GroupKey; readonly Q: Uint8Array },
  rng: Rng = secureRng,
): Uint8Array {
  const gamma = decodeScalar(input.secret.subarray(0, 32));
  if (gamma === undefined || gamma === 0n || input.secret.length !== 64) {
    throw new GroupSigError('ISSUER_SECRET_INVALID', 'issuer secret is malformed');
  }
  const Q = backend.decodeG1(input.Q);
  if (Q === undefined || backend.isIdentity(Q))
    throw new GroupSigError('JOIN_INVALID', 'Q is not a point other than O');
  const attributes = encodeAttributes(input);
  const preimage = concat(input.secret.subarray(32), input.groupKey.pkh, attributes, input.Q);
  try {
    const e = scalarOfHash(preimage, SCALAR_DST.credential);
    const A = issueOver(backend, gamma, e, backend.add(input.groupKey.baseOf(attributes).B, Q), rng);
    return concat(backend.encodeG1(A), encodeScalar(e));
  } finally {
    wipe(preimage);
  }
}
