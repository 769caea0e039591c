/**
 * A prover that holds every secret in one place and may deviate: what an attacker with a host, a card's sk, or a home-made credential would run.
 * Written from the equations, apart from coupon and sign-host, so it is a second voice for them as well.
 * @module
 */
import { concat } from '../../common/bytes.ts';
import { bytes32 } from '../../common/hash.ts';
import { type Rng, randomScalar } from '../../common/random.ts';
import { attributeBase } from '../attribute-base.ts';
import type { G1, GroupBackend } from '../backend.ts';
import { attributesOf } from '../context.ts';
import type { GroupKey } from '../group-key.ts';
import { inverse, modOrder, ORDER } from '../scalar.ts';
import { challengeOf, challengeScalar, transcriptHash } from '../transcript.ts';

/** What is proved with; `encrypted` is the Q put in E2 and E3, by default sk*h, and `twin` that of E3 alone. */
export interface OpenWitness {
  readonly sk: bigint;
  readonly A: G1;
  readonly e: bigint;
  /** gamma*A, or what the attacker claims it is; by default (B+Q) - e*A. */
  readonly d0?: G1;
  readonly encrypted?: G1;
  readonly twin?: G1;
}

/** 400 bytes that satisfy every equation the witness allows. */
export function proveOpenly(
  backend: GroupBackend,
  groupKey: GroupKey,
  ctx: Uint8Array,
  messageHash: Uint8Array,
  witness: OpenWitness,
  rng: Rng,
): Uint8Array {
  const { h, G, K2 } = backend.generators;
  const { sk, A, e } = witness;
  const mul = (point: G1, k: bigint): G1 => backend.mul(point, k);
  const add = (a: G1, b: G1): G1 => backend.add(a, b);
  const sub = (a: G1, b: G1): G1 => backend.sub(a, b);
  const encodeG1 = (point: G1): Uint8Array => backend.encodeG1(point);
  const draw = (): bigint => randomScalar(ORDER, rng);
  const [r, rho, ks, kr, ke, krho] = [draw(), draw(), draw(), draw(), draw(), draw()];
  const B = attributeBase(backend, attributesOf(ctx));
  const Q = mul(h, sk);
  const d0 = witness.d0 ?? sub(add(B, Q), mul(A, e));
  const blinded = mul(A, r);
  const Abar = mul(d0, r);
  const E1 = mul(G, rho);
  const E2 = add(witness.encrypted ?? Q, mul(groupKey.K1, rho));
  const E3 = add(witness.twin ?? witness.encrypted ?? Q, mul(K2, rho));
  const N = mul(h, ks);
  const T1 = sub(add(mul(Abar, kr), mul(blinded, ke)), N);
  const T2 = mul(G, krho);
  const T3 = add(N, mul(groupKey.K1, krho));
  const T4 = sub(mul(K2, krho), mul(groupKey.K1, krho));
  const points = concat(...[blinded, Abar, E1, E2, E3].map(encodeG1));
  const commitments = [T1, T2, T3, T4].map(encodeG1);
  const tx = transcriptHash({ pkh: groupKey.pkh, B: encodeG1(B), ctx, points, commitments });
  const n = rng(16);
  const challenge = challengeOf({ pkh: groupKey.pkh, n, head: ctx.slice(0, 8), messageHash, tx });
  const c = challengeScalar(challenge);
  const answers = [ks + c * sk, kr + c * inverse(r), ke + c * e * inverse(r), krho + c * rho];
  return concat(points, n, challenge, ...answers.map((answer) => bytes32(modOrder(answer))));
}
