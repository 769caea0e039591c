/**
 * The issuer: its key, the check of a join, the issue of credentials and their re-issue for a whole class at every epoch. It never learns sk,
 * so it cannot sign as a doctor.
 * @module
 */
import { concat, lp1, wipe } from '../common/bytes.ts';
import { hmac256 } from '../common/hash.ts';
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import { packBundle, sealEntry } from './bundle.ts';
import { type Attributes, encodeAttributes } from './context.ts';
import { issueOver } from './credential.ts';
import { type GroupKey, proveIssuerKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import { encodeJoinStatement, isJoinProofValid, type JoinStatement } from './join.ts';
import { decodeScalar, encodeScalar, ORDER, scalarOfHash } from './scalar.ts';
import { PREFIX, SCALAR_DST } from './tags.ts';

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

/** Whose key issues, and for which group. */
interface Issuing {
  readonly secret: Uint8Array;
  readonly groupKey: GroupKey;
}

function gammaOf(secret: Uint8Array): bigint {
  const gamma = decodeScalar(secret.subarray(0, 32));
  if (gamma === undefined || gamma === 0n || secret.length !== 64) {
    throw new GroupSigError('ISSUER_SECRET_INVALID', 'issuer secret is malformed');
  }
  return gamma;
}

function memberPoint(backend: GroupBackend, encoded: Uint8Array): G1 {
  const Q = backend.decodeG1(encoded);
  if (Q === undefined || backend.isIdentity(Q))
    throw new GroupSigError('JOIN_INVALID', 'Q is not a point other than O');
  return Q;
}

/** e = H2S(K_e ‖ pkh ‖ epoch ‖ class ‖ Q, "iss-e"). */
function exponentOf({ secret, groupKey }: Issuing, attributes: Uint8Array, Q: Uint8Array): bigint {
  const preimage = concat(secret.subarray(32), groupKey.pkh, attributes, Q);
  try {
    return scalarOfHash(preimage, SCALAR_DST.credential);
  } finally {
    wipe(preimage);
  }
}

/**
 * A ‖ e, 80 bytes: e = H2S(K_e ‖ pkh ‖ epoch ‖ class ‖ Q, "iss-e"), A = (B+Q)/(gamma+e). The same input gives the same bytes, and no two
 * (Q, B) share an e: with a common e, affine combinations of credentials are credentials.
 * Throws ISSUER_SECRET_INVALID, JOIN_INVALID (Q is O or no point) or ISSUE_REFUSED.
 */
export function issueCredential(
  backend: GroupBackend,
  input: Attributes & Issuing & { readonly Q: Uint8Array },
  rng: Rng = secureRng,
): Uint8Array {
  const gamma = gammaOf(input.secret);
  const Q = memberPoint(backend, input.Q);
  const attributes = encodeAttributes(input);
  const e = exponentOf(input, attributes, input.Q);
  const B = backend.add(input.groupKey.baseOf(attributes).B, Q);
  return concat(...issueOver(backend, gamma, [{ e, B }], rng).map((A) => backend.encodeG1(A)), encodeScalar(e));
}

/**
 * rk, 32 bytes: HMAC(K_e, lp1("NHI-GSIG-V1-RK") ‖ pkh ‖ Q), the key that masks a doctor's entries. Derived, so that the register holds
 * nothing that finds anybody in a bundle.
 */
export function bundleKeyOf({ secret, groupKey }: Issuing, Q: Uint8Array): Uint8Array {
  gammaOf(secret);
  return hmac256(secret.subarray(32), concat(lp1(PREFIX.bundleKey), groupKey.pkh, Q));
}

/** How many are inverted together; bounds the memory. */
const CHUNK = 1024;

/**
 * The bundle of one epoch and class: every member's credential anew, without talking to them. `members` are their Q, 48 bytes each.
 * Throws as {@link issueCredential}.
 */
export function issueBundle(
  backend: GroupBackend,
  input: Attributes & Issuing & { readonly members: readonly Uint8Array[] },
  rng: Rng = secureRng,
): Uint8Array {
  const gamma = gammaOf(input.secret);
  const attributes = encodeAttributes(input);
  const place = { pkh: input.groupKey.pkh, attributes };
  const { B } = input.groupKey.baseOf(attributes);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < input.members.length; at += CHUNK) {
    const members = input.members.slice(at, at + CHUNK);
    const issues = members.map((Q) => ({
      e: exponentOf(input, attributes, Q),
      B: backend.add(B, memberPoint(backend, Q)),
    }));
    const credentials = issueOver(backend, gamma, issues, rng).map((A) => backend.encodeG1(A));
    for (const [i, Q] of members.entries()) {
      const [A, issue] = [credentials[i], issues[i]];
      if (A === undefined || issue === undefined) throw new Error('issueBundle: one credential a member');
      entries.push(sealEntry(bundleKeyOf(input, Q), place, concat(A, encodeScalar(issue.e))));
    }
  }
  return packBundle(entries, rng);
}
