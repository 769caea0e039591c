/**
 * What runs on the doctor's card: join, commit, respond. The secret never leaves it; one base point, Schnorr answers only, and a challenge the
 * card makes itself with its own secret n, so stored commitments do not help a forger (Camenisch et al., S&P 2017; Benhamouda et al. 2021).
 * @module
 */
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { GroupBackend } from './backend.ts';
import { HEAD_BYTES } from './context.ts';
import { encodeJoinStatement, joinChallenge } from './join.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER } from './scalar.ts';
import { challengeOf, challengeScalar } from './transcript.ts';

function secretScalar(bytes: Uint8Array, name: string): bigint {
  const value = decodeScalar(bytes);
  if (value === undefined || value === 0n) throw new RangeError(`${name} is not a scalar in [1, r)`);
  return value;
}

/**
 * GS JOIN: sk <- Zr*, Q = sk*h, J, N = k*h, c = H2S(J ‖ N), z = k + c*sk. sk (32 bytes) stays on the card; Q (48), c and z (32 each) go out, and
 * the card signs J. pkh and nonce have 32 bytes; RangeError otherwise.
 */
export function joinOnCard(
  backend: GroupBackend,
  input: { readonly pkh: Uint8Array; readonly doctorId: Uint8Array; readonly nonce: Uint8Array },
  rng: Rng = secureRng,
): {
  readonly sk: Uint8Array;
  readonly Q: Uint8Array;
  readonly c: Uint8Array;
  readonly z: Uint8Array;
  readonly J: Uint8Array;
} {
  const { h } = backend.generators;
  const sk = randomScalar(ORDER, rng);
  const k = randomScalar(ORDER, rng);
  const Q = backend.encodeG1(backend.mulSecret(h, sk));
  const J = encodeJoinStatement({ ...input, Q });
  const c = joinChallenge(J, backend.encodeG1(backend.mulSecret(h, k)));
  return { sk: encodeScalar(sk), Q, c: encodeScalar(c), z: encodeScalar(modOrder(k + c * sk)), J };
}

/** k_s and n (16 random bytes), both secret until the answer, and N = k_s*h (48 bytes), which goes out at once. */
export function commitOnCard(
  backend: GroupBackend,
  rng: Rng = secureRng,
): { readonly ks: Uint8Array; readonly n: Uint8Array; readonly N: Uint8Array } {
  const ks = randomScalar(ORDER, rng);
  return { ks: encodeScalar(ks), n: rng(16), N: backend.encodeG1(backend.mulSecret(backend.generators.h, ks)) };
}

/**
 * c = H256(.. pkh ‖ n ‖ head ‖ H_M ‖ tx)[0..16), z_s = k_s + c*sk. The caller has erased its stored k_s before calling: a second answer with
 * one k_s publishes sk. Lengths: pkh, sk, ks, hm, tx 32, n 16, head 8; RangeError otherwise.
 */
export function respondOnCard(
  // Multiplying modulo r needs no group operation, yet every backend has the same call.
  _backend: GroupBackend,
  input: {
    readonly pkh: Uint8Array;
    readonly sk: Uint8Array;
    readonly ks: Uint8Array;
    readonly n: Uint8Array;
    readonly head: Uint8Array;
    readonly hm: Uint8Array;
    readonly tx: Uint8Array;
  },
): { readonly n: Uint8Array; readonly zs: Uint8Array } {
  const { pkh, n, head, hm, tx } = input;
  if (pkh.length !== 32 || n.length !== 16 || head.length !== HEAD_BYTES || hm.length !== 32 || tx.length !== 32) {
    throw new RangeError('respondOnCard: a field has a wrong length');
  }
  const sk = secretScalar(input.sk, 'sk');
  const ks = secretScalar(input.ks, 'k_s');
  const c = challengeScalar(challengeOf({ pkh, n, head, messageHash: hm, tx }));
  return { n: n.slice(), zs: encodeScalar(modOrder(ks + c * sk)) };
}
