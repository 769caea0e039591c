/**
 * Verification of many signatures with one pairing product (Bellare, Garay, Rabin 1998; Ferrara et al. 2009), naming the bad ones.
 * @module
 */

import { bigintOf } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import type { G1, GroupBackend, SignedItem } from './backend.ts';
import { isContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import { SIGNATURE_BYTES } from './signature.ts';
import { verifyInG1 } from './verify.ts';

/** Bytes of a random exponent: a batch with a bad signature passes with probability 2^-128. */
const EXPONENT_BYTES = 16;

/** What is left of one signature after its G1 part. */
interface Candidate {
  readonly index: number;
  readonly A: G1;
  readonly Abar: G1;
}

const isWellFormed = ({ ctx, messageHash, signature }: SignedItem): boolean =>
  messageHash.length === 32 && signature.length === SIGNATURE_BYTES && isContext(ctx);

function exponents(count: number, rng: Rng): bigint[] {
  const drawn: bigint[] = [];
  while (drawn.length < count) {
    const delta = bigintOf(rng(EXPONENT_BYTES));
    if (delta !== 0n) drawn.push(delta);
  }
  return drawn;
}

/** e(sum delta_i*A'_i, w) * e(-sum delta_i*Abar_i, g2) = 1, with exponents nobody could know before; a single one needs none. */
function pairTogether(backend: GroupBackend, groupKey: GroupKey, candidates: readonly Candidate[], rng: Rng): boolean {
  const [first] = candidates;
  if (first !== undefined && candidates.length === 1) {
    return backend.pairsToOne(first.A, groupKey.w, backend.neg(first.Abar));
  }
  const deltas = exponents(candidates.length, rng);
  const sum = (points: readonly G1[]): G1 => backend.msm(points, deltas);
  const Abar = sum(candidates.map((candidate) => candidate.Abar));
  return backend.pairsToOne(sum(candidates.map(({ A }) => A)), groupKey.w, backend.neg(Abar));
}

/** The good ones among candidates; `isBad` says that together they are known not to pair to one. */
function passing(
  backend: GroupBackend,
  groupKey: GroupKey,
  candidates: readonly Candidate[],
  rng: Rng,
  isBad = false,
): readonly Candidate[] {
  if (candidates.length === 0) return [];
  if (!isBad && pairTogether(backend, groupKey, candidates, rng)) return candidates;
  if (candidates.length === 1) return [];
  const middle = candidates.length >> 1;
  const left = candidates.slice(0, middle);
  const passed = passing(backend, groupKey, left, rng);
  // With a good left half the fault is on the right, and asking again would be a pairing for nothing.
  const right = passing(backend, groupKey, candidates.slice(middle), rng, passed.length === left.length);
  return [...passed, ...right];
}

/**
 * A verdict for each item, in order; false for a malformed one. Epochs and classes may mix. Items are copied before anything random is drawn.
 * Costs one pairing product when all are good, and about 2*log2(n) more for each bad one that passes the G1 part.
 */
export function verifyBatch(
  backend: GroupBackend,
  groupKey: GroupKey,
  items: readonly SignedItem[],
  rng: Rng = secureRng,
): readonly boolean[] {
  const verdicts = items.map(() => false);
  const copies: { readonly index: number; readonly item: SignedItem }[] = [];
  for (const [index, { ctx, messageHash, signature }] of items.entries()) {
    const item = { ctx: ctx.slice(), messageHash: messageHash.slice(), signature: signature.slice() };
    if (isWellFormed(item)) copies.push({ index, item });
  }
  if (groupKey.prepared !== undefined) {
    const whole = groupKey.prepared.verifyBatch(
      copies.map(({ item }) => item),
      rng(32),
    );
    for (const [i, { index }] of copies.entries()) verdicts[index] = whole[i] ?? false;
    return verdicts;
  }
  const candidates: Candidate[] = [];
  for (const { index, item } of copies) {
    const points = verifyInG1(groupKey, item.ctx, item.messageHash, item.signature);
    if (points !== undefined) candidates.push({ index, ...points });
  }
  for (const { index } of passing(backend, groupKey, candidates, rng)) verdicts[index] = true;
  return verdicts;
}
