/**
 * Signed items every backend must give the same verdict on: good ones and the ways to spoil them.
 * @module
 */
import { concat } from '../../common/bytes.ts';
import { bigintOf } from '../../common/hash.ts';
import type { Rng } from '../../common/random.ts';
import type { SignedItem } from '../backend.ts';
import { encodeScalar, ORDER } from '../scalar.ts';
import { compress, decompress, torsionPoints } from './odd-points.ts';

/** An item, what was done to it, and whether it is good. */
export interface OddSignature {
  readonly kind: string;
  readonly item: SignedItem;
  readonly good: boolean;
}

const ANSWERS = 272;

/** A source of items out of good ones. `good` is what the specification says. */
export function createOddSignatures(rng: Rng, good: readonly SignedItem[]): () => OddSignature {
  const torsion = torsionPoints(rng);
  const below = (limit: number): number => Number(bigintOf(rng(6)) % BigInt(limit));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const flip = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice();
    const at = below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    return copy;
  };
  const put = (signature: Uint8Array, at: number, part: Uint8Array): Uint8Array =>
    concat(signature.subarray(0, at), part, signature.subarray(at + part.length));
  const signature = (item: SignedItem, change: (signature: Uint8Array) => Uint8Array): SignedItem => ({
    ...item,
    signature: change(item.signature),
  });
  const atPoint = (change: (point: Uint8Array) => Uint8Array) => (sigma: Uint8Array) => {
    const at = 48 * below(5);
    return put(sigma, at, change(sigma.subarray(at, at + 48)));
  };
  const identity = concat(Uint8Array.of(0xc0), new Uint8Array(47));
  const spoil: Record<string, (item: SignedItem) => SignedItem> = {
    'signature bit': (item) => signature(item, flip),
    'challenge or answer bit': (item) => signature(item, (s) => concat(s.subarray(0, 240), flip(s.subarray(240)))),
    O: (item) =>
      signature(
        item,
        atPoint(() => identity),
      ),
    'O as c0 00..01': (item) =>
      signature(
        item,
        atPoint(() => put(identity, 47, Uint8Array.of(1))),
      ),
    'point negated': (item) =>
      signature(
        item,
        atPoint((point) => put(point, 0, Uint8Array.of((point[0] ?? 0) ^ 0x20))),
      ),
    torsion: (item) =>
      signature(
        item,
        atPoint(() => compress(pick(torsion))),
      ),
    'torsion added': (item) =>
      signature(
        item,
        atPoint((point) => compress(decompress(point).add(pick(torsion)))),
      ),
    "another signature's point": (item) =>
      signature(item, (s) => {
        const at = 48 * below(5);
        return put(s, at, pick(good.filter((other) => other !== item)).signature.subarray(at, at + 48));
      }),
    'answer plus r': (item) =>
      signature(item, (s) => {
        const at = ANSWERS + 32 * below(4);
        return put(s, at, encodeScalar(bigintOf(s.subarray(at, at + 32)) + ORDER));
      }),
    'answer of r, r-1 or 0': (item) =>
      signature(item, (s) => put(s, ANSWERS + 32 * below(4), encodeScalar(pick([ORDER, ORDER - 1n, 0n])))),
    'ctx bit': (item) => ({ ...item, ctx: flip(item.ctx) }),
    'message bit': (item) => ({ ...item, messageHash: flip(item.messageHash) }),
    length: (item) => signature(item, (s) => pick([s.slice(1), concat(s, Uint8Array.of(0)), new Uint8Array(0)])),
  };
  const kinds = Object.keys(spoil);
  return () => {
    const item = pick(good);
    const kind = below(4) === 0 ? 'good' : pick(kinds);
    const change = spoil[kind];
    return { kind, item: change === undefined ? item : change(item), good: change === undefined };
  };
}
