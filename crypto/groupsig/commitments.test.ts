/** The short way to T1..T4 against the ordinary one, on inputs where a shared doubling chain could go wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex } from '../common/bytes.ts';
import { randomScalar } from '../common/random.ts';
import { attributeBase } from './attribute-base.ts';
import type { G1, GroupBackend, RecomputeCommitments } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { createNobleBackend } from './backend-noble.ts';
import { createCommitments, prepareKeyBases } from './commitments.ts';
import { attributesOf } from './context.ts';
import type { GroupKey } from './group-key.ts';
import { encodeScalar, ORDER } from './scalar.ts';
import { EDGE_SCALARS } from './testing/edge-scalars.ts';
import { compress, decompress, torsionPoints } from './testing/odd-points.ts';
import { at, createSampleGroup, flipped, sampleContext } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';

let backend: GroupBackend;
let groupKey: GroupKey;
let ordinary: RecomputeCommitments;
const attributes = attributesOf(sampleContext());
const rng = seededRng('commitments');

beforeAll(async () => {
  backend = await createMclBackend();
  groupKey = createSampleGroup(backend, 0).groupKey;
  ordinary = createCommitments(backend, prepareKeyBases(backend, groupKey.K1, groupKey.twinBase));
});

const sigmaOf = (points: readonly G1[], challenge: Uint8Array, answers: readonly bigint[]): Uint8Array =>
  concat(...points.map((point) => backend.encodeG1(point)), rng(16), challenge, ...answers.map(encodeScalar));
const verdict = (recompute: RecomputeCommitments, sigma: Uint8Array): string => {
  const result = recompute(groupKey.baseOf(attributes).base, sigma);
  if (result === undefined) return 'refused';
  return [backend.encodeG1(result.A), backend.encodeG1(result.Abar), result.commitments].map(hex).join(' ');
};
const bothSay = (sigma: Uint8Array): string => {
  const short = verdict(groupKey.recompute, sigma);
  expect(short).toBe(verdict(ordinary, sigma));
  return short;
};
const randomPoints = (): G1[] =>
  Array.from({ length: 5 }, () => backend.mul(backend.generators.g1, randomScalar(ORDER, rng)));
const randomAnswers = (): bigint[] => Array.from({ length: 4 }, () => randomScalar(ORDER, rng));

describe('T1..T4', () => {
  it('are the same for random points and answers', () => {
    for (let i = 0; i < 50; i++) expect(bothSay(sigmaOf(randomPoints(), rng(16), randomAnswers()))).not.toBe('refused');
  });

  it('are the same at edge scalars and challenges', () => {
    const challenges = [
      new Uint8Array(16),
      concat(new Uint8Array(15), Uint8Array.of(1)),
      new Uint8Array(16).fill(0xff),
      new Uint8Array(16).fill(0x80),
    ];
    for (const [i, k] of EDGE_SCALARS.entries()) {
      const other = at(EDGE_SCALARS, (5 * i + 2) % EDGE_SCALARS.length);
      const challenge = at(challenges, i % challenges.length);
      expect(bothSay(sigmaOf(randomPoints(), challenge, [k, other, k, other]))).not.toBe('refused');
      expect(bothSay(sigmaOf(randomPoints(), challenge, [other, k, other, k]))).not.toBe('refused');
    }
  });

  it('are the same where sums meet equal and opposite points, and O', () => {
    const { h, G } = backend.generators;
    const B = attributeBase(backend, attributes);
    const minus = (point: G1): G1 => backend.neg(point);
    const cases: G1[][] = [
      [h, h, h, h, h],
      [h, minus(h), G, G, G],
      [G, G, G, groupKey.K1, groupKey.K1],
      [B, B, G, h, minus(h)],
      [h, minus(h), G, groupKey.K1, backend.add(groupKey.K1, groupKey.twinBase)],
    ];
    const small = (value: number): Uint8Array => concat(new Uint8Array(15), Uint8Array.of(value));
    for (const points of cases) {
      for (const [challenge, answers] of [
        [small(1), [1n, 1n, 1n, 1n]],
        [small(1), [0n, 0n, 0n, 1n]],
        [small(7), [0n, 7n, 7n, 7n]],
        [small(0), [0n, 0n, 0n, 0n]],
        [small(0), [5n, 5n, 5n, 0n]],
      ] as const) {
        expect(bothSay(sigmaOf(points, challenge, answers))).not.toBe('refused');
      }
    }
    // T2 = 7*G - 7*G and T4 = 7*(K2-K1) - 7*(K2-K1)
    const zeros = bothSay(sigmaOf(at(cases, 4), small(7), [0n, 0n, 0n, 7n])).split(' ')[2] ?? '';
    expect(zeros.slice(96, 192)).toBe(`c0${'00'.repeat(47)}`);
    expect(zeros.slice(288)).toBe(`c0${'00'.repeat(47)}`);
  });

  it('are refused for O, torsion and bad encodings in every position, by both', () => {
    const torsion = torsionPoints(rng);
    const good = sigmaOf(randomPoints(), rng(16), randomAnswers());
    const put = (i: number, bytes: Uint8Array): Uint8Array =>
      concat(good.subarray(0, 48 * i), bytes, good.subarray(48 * (i + 1)));
    for (let i = 0; i < 5; i++) {
      const own = good.slice(48 * i, 48 * (i + 1));
      expect(bothSay(put(i, concat(Uint8Array.of(0xc0), new Uint8Array(47))))).toBe('refused');
      expect(bothSay(put(i, new Uint8Array(48)))).toBe('refused');
      expect(bothSay(put(i, flipped(own, 0, 0x80)))).toBe('refused');
      expect(bothSay(put(i, flipped(own, 0, 0x40)))).toBe('refused');
      expect(bothSay(put(i, flipped(own, 0, 0x20)))).not.toBe('refused');
      for (const point of torsion) {
        expect(bothSay(put(i, compress(point)))).toBe('refused');
        expect(bothSay(put(i, compress(decompress(own).add(point))))).toBe('refused');
      }
    }
    for (const answer of [0, 1, 2, 3]) {
      const offset = 272 + 32 * answer;
      expect(bothSay(concat(good.slice(0, offset), encodeScalar(ORDER), good.slice(offset + 32)))).toBe('refused');
    }
    expect(bothSay(good.slice(1))).toBe('refused');
    expect(bothSay(good)).not.toBe('refused');
  });

  it('leave the ordinary decoder checking the subgroup', () => {
    const outside = at(torsionPoints(rng), 0);
    const sigma = sigmaOf(randomPoints(), rng(16), randomAnswers());
    groupKey.recompute(groupKey.baseOf(attributes).base, concat(compress(outside), sigma.slice(48)));
    expect(backend.decodeG1(compress(outside))).toBeUndefined();
  });

  it('take no base of another backend', () => {
    const noble = createNobleBackend();
    const base = noble.prepareBase(noble.generators.h, 128);
    const sigma = sigmaOf(randomPoints(), rng(16), randomAnswers());
    expect(() => groupKey.recompute(base, sigma)).toThrow(TypeError);
  });
});
