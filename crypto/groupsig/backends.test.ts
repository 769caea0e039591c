/** Every backend through one suite, and then against each other: what one takes, all take. */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex } from '../common/bytes.ts';
import { randomScalar } from '../common/random.ts';
import type { GroupBackend, SignedItem } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { decodeGroupKey } from './group-key.ts';
import { nativeBackendForTests } from './node/testing/native-backend.ts';
import { ORDER } from './scalar.ts';
import { signWithCard } from './sign-host.ts';
import { SCALAR_DST } from './tags.ts';
import { describeBackend } from './testing/backend-suite.ts';
import { EDGE_SCALARS } from './testing/edge-scalars.ts';
import { BACKENDS } from './testing/every-backend.ts';
import { createOddPoints } from './testing/odd-points.ts';
import { createOddSignatures } from './testing/odd-signatures.ts';
import { at, createSampleGroup, hashOf, neverAborted, sampleContext } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { verifySignature } from './verify.ts';

/** What `npm test` compares; `npm run soak -- groupsig` compares more. */
/** soak/groupsig.ts asks ten thousand a round. */
const G1_INPUTS = 2_000;
const G2_INPUTS = 300;
const SIGNATURES = 150;
const MINUTES = { timeout: 120_000 };

// Not everywhere is a compiler.
const native = nativeBackendForTests();
const ALL = native === undefined ? BACKENDS : [...BACKENDS, { name: native.name, create: async () => native }];

for (const { name, create } of ALL) describeBackend(name, create);

describe('tags', () => {
  it('are different for each use of hash to scalar', () => {
    expect(new Set(Object.values(SCALAR_DST)).size).toBe(Object.keys(SCALAR_DST).length);
  });
});

describe('all backends', () => {
  let backends: readonly GroupBackend[];
  let mcl: GroupBackend;
  beforeAll(async () => {
    backends = await Promise.all(ALL.map(({ create }) => create()));
    mcl = at(backends, 0);
  });

  /** What each backend says, which must be one thing. */
  const agreed = <T>(what: string, ask: (backend: GroupBackend) => T): T => {
    const [first, ...others] = backends.map((backend) => ask(backend));
    for (const other of others) expect(other, what).toEqual(first);
    if (first === undefined) throw new Error('no backend answered');
    return first;
  };

  const decodeG1 =
    (bytes: Uint8Array) =>
    (backend: GroupBackend): string => {
      const point = backend.decodeG1(bytes);
      return point === undefined ? 'refused' : hex(backend.encodeG1(point));
    };

  it('decode G1 alike', MINUTES, () => {
    const rng = seededRng('odd points');
    const valid = Array.from({ length: 24 }, () => mcl.encodeG1(mcl.mul(mcl.generators.h, randomScalar(ORDER, rng))));
    const next = createOddPoints(rng, valid);
    const seen = new Map<string, number>();
    for (let i = 0; i < G1_INPUTS; i++) {
      const { kind, bytes } = next();
      const verdict = agreed(`${kind} ${hex(bytes)}`, decodeG1(bytes));
      // A decoder never takes two encodings for one point.
      if (verdict !== 'refused') expect(verdict).toBe(hex(bytes));
      const key = `${kind}: ${verdict === 'refused' ? 'refused' : 'taken'}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    for (const kind of ['valid', 'negated', 'O and its likes']) expect(seen.get(`${kind}: taken`)).toBeGreaterThan(0);
    for (const kind of ['torsion', 'valid plus torsion', 'x + p', 'x of p or more']) {
      expect(seen.get(`${kind}: taken`)).toBeUndefined();
      expect(seen.get(`${kind}: refused`)).toBeGreaterThan(0);
    }
  });

  it('decode G2 alike', MINUTES, () => {
    const rng = seededRng('odd points of G2');
    const valid = Array.from({ length: 8 }, () => mcl.encodeG2(mcl.mulG2(mcl.g2, randomScalar(ORDER, rng))));
    for (let i = 0; i < G2_INPUTS; i++) {
      const bytes = at(valid, i % valid.length).slice();
      const random = rng(96);
      const [place = 0, bit = 0] = random;
      if (i % 4 === 1) bytes[place % 96] = (bytes[place % 96] ?? 0) ^ (1 << (bit % 8));
      else if (i % 4 === 2) bytes[0] = (bytes[0] ?? 0) ^ (bit & 0xe0);
      else if (i % 4 === 3) bytes.set(concat(Uint8Array.of(0x80 | (bit & 0x2f)), random.subarray(1)));
      agreed(`G2 ${hex(bytes)}`, (backend) => {
        const point = backend.decodeG2(bytes);
        return point === undefined ? 'refused' : hex(backend.encodeG2(point));
      });
    }
  });

  it('multiply, sum and pair alike at edge scalars', MINUTES, () => {
    const rng = seededRng('more scalars');
    const edges = [...EDGE_SCALARS, ...Array.from({ length: 8 }, () => randomScalar(ORDER, rng))];
    for (const [i, k] of edges.entries()) {
      const other = at(edges, (7 * i + 3) % edges.length);
      agreed(`${k} ${other}`, (backend) => {
        const { h, G } = backend.generators;
        const sum = backend.msm([h, G, backend.neg(h)], [k, other, other]);
        const key = backend.mulG2(backend.g2, other);
        const product = backend.mul(h, (k * other) % ORDER);
        return {
          product: hex(backend.encodeG1(backend.mul(h, k))),
          sum: hex(backend.encodeG1(sum)),
          key: hex(backend.encodeG2(key)),
          good: backend.pairsToOne(backend.mul(h, k), key, backend.neg(product)),
          bad: backend.pairsToOne(backend.mul(h, k), key, backend.sub(G, product)),
        };
      });
    }
  });

  it('verify alike', MINUTES, async () => {
    const group = createSampleGroup(mcl, 2, 'group of all backends');
    const good: SignedItem[] = [];
    for (let i = 0; i < 6; i++) {
      const { credential, card } = at(group.members, i % 2);
      const [ctx, messageHash] = [sampleContext({ sid: group.rng(16) }), hashOf(`message ${i}`)];
      const { groupKey } = group;
      const input = { backend: mcl, groupKey, credential, ctx, messageHash, card, signal: neverAborted };
      good.push({ ctx, messageHash, signature: await signWithCard(input) });
    }
    const keys = new Map(backends.map((backend) => [backend, decodeGroupKey(backend, group.groupKey.encoded)]));
    const next = createOddSignatures(seededRng('odd signatures'), good);
    const kinds = new Set<string>();
    for (let i = 0; i < SIGNATURES; i++) {
      const { kind, item, good: expected } = next();
      kinds.add(kind);
      const verdict = agreed(`${kind} ${i}`, (backend) => {
        const key = keys.get(backend);
        if (key === undefined) throw new Error('no key');
        const { ctx, messageHash, signature } = item;
        const whole = verifySignature(backend, key, ctx, messageHash, signature);
        if (key.prepared === undefined) return whole;
        // A backend with a verifier of its own must say the same step by step.
        const steps = verifySignature(backend, { ...key, prepared: undefined }, ctx, messageHash, signature);
        return steps === whole ? whole : 'one way and the other differ';
      });
      expect(verdict, kind).toBe(expected);
    }
    expect(kinds.size).toBe(14);
  });
});

describe('mcl', () => {
  it('is one for the process', async () => {
    expect(await createMclBackend()).toBe(await createMclBackend());
  });

  it('sums more terms than fit its stack', async () => {
    const backend = await createMclBackend();
    const { h } = backend.generators;
    const points = Array.from({ length: 2500 }, () => h);
    expect(
      backend.equal(
        backend.msm(
          points,
          points.map((_, i) => BigInt(i)),
        ),
        backend.mul(h, (2499n * 2500n) / 2n),
      ),
    ).toBe(true);
  });
});
