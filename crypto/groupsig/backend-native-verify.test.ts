import { bls12_381 } from '@noble/curves/bls12-381.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex } from '../common/bytes.ts';
import { bytes32, h256 } from '../common/hash.ts';
import { randomScalar } from '../common/random.ts';
import type { GroupBackend, PreparedVerifier, SignedItem } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { verifyBatch } from './batch.ts';
import { attributesOf, encodeAttributes } from './context.ts';
import { decodeGroupKey, type GroupKey } from './group-key.ts';
import { loadNativeBackend } from './node/load-native.ts';
import { nativeBackendForTests } from './node/testing/native-backend.ts';
import { decodeScalar, inverse, modOrder, ORDER } from './scalar.ts';
import { proveOpenly } from './testing/open-prover.ts';
import { at, createSampleGroup, flipped, hashOf, sampleContext } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { challengeOf, challengeScalar, transcriptHash } from './transcript.ts';
import { verifySignature } from './verify.ts';

const EPOCHS = [
  { day: 20_400, seq: 0 },
  { day: 20_400, seq: 1 },
  { day: 20_401, seq: 0 },
] as const;
const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));

/** Everything signed here is signed with the native backend and checked with both. */
interface Case {
  readonly backend: GroupBackend;
  readonly group: ReturnType<typeof createSampleGroup>;
  readonly prepared: PreparedVerifier;
  readonly mcl: GroupBackend;
  readonly mclKey: GroupKey;
  readonly good: readonly SignedItem[];
  /** Passes every equation in G1, and only the pairing finds it. */
  readonly forged: SignedItem;
}

const scalarOf = (bytes: Uint8Array): bigint => {
  const value = decodeScalar(bytes);
  if (value === undefined) throw new Error('scalar out of range');
  return value;
};

async function build(backend: GroupBackend): Promise<Case> {
  const mcl = await createMclBackend();
  const group = createSampleGroup(backend, 2, 'native group');
  const { groupKey, rng } = group;
  if (groupKey.prepared === undefined) throw new Error('native backend prepares no verifier');
  const { joined, credential } = at(group.members, 0);
  const sk = scalarOf(joined.sk);
  const sign = (i: number, A = credential.A): SignedItem => {
    const ctx = sampleContext({ sid: h256(bytes32(BigInt(i))).slice(0, 16) });
    const messageHash = hashOf(`message ${i}`);
    const signature = proveOpenly(backend, groupKey, ctx, messageHash, { sk, A, e: credential.e }, rng);
    return { ctx, messageHash, signature };
  };
  return {
    backend,
    group,
    prepared: groupKey.prepared,
    mcl,
    mclKey: decodeGroupKey(mcl, groupKey.encoded),
    good: Array.from({ length: 50 }, (_, i) => sign(i)),
    forged: sign(50, backend.mul(credential.A, 5n)),
  };
}

/** By hand, because the library refuses to write what is outside the subgroup. */
function compressed(x: bigint, y: bigint): Uint8Array {
  const bytes = fromHex(x.toString(16).padStart(96, '0'));
  bytes[0] = (bytes[0] ?? 0) | (2n * y > bls12_381.fields.Fp.ORDER ? 0xa0 : 0x80);
  return bytes;
}

/** A proof whose nonces are all zero, so that T1..T4 are O whatever c is, and its challenge. `change` may move the five points. */
function proveWithoutNonces(
  backend: GroupBackend,
  { members, groupKey, rng }: Case['group'],
  change: (points: readonly Uint8Array[]) => readonly Uint8Array[],
): { readonly item: SignedItem; readonly c: bigint } {
  const { joined, credential } = at(members, 0);
  const { Q, A, d0, e } = credential;
  const { G, K2 } = backend.generators;
  const ctx = sampleContext();
  const messageHash = hashOf('all nonces zero');
  const [r, rho] = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
  const E2 = backend.add(Q, backend.mul(groupKey.K1, rho));
  const E3 = backend.add(Q, backend.mul(K2, rho));
  const five = [backend.mul(A, r), backend.mul(d0, r), backend.mul(G, rho), E2, E3];
  const points = concat(...change(five.map((point) => backend.encodeG1(point))));
  const { pkh, baseOf } = groupKey;
  const B = baseOf(attributesOf(ctx)).encoded;
  const commitments = [IDENTITY, IDENTITY, IDENTITY, IDENTITY];
  const tx = transcriptHash({ pkh, B, ctx, points, commitments });
  const n = rng(16);
  const challenge = challengeOf({ pkh, n, head: ctx.slice(0, 8), messageHash, tx });
  const c = challengeScalar(challenge);
  const answers = [c * scalarOf(joined.sk), c * inverse(r), c * e * inverse(r), c * rho];
  const signature = concat(points, n, challenge, ...answers.map((answer) => bytes32(modOrder(answer))));
  return { item: { ctx, messageHash, signature }, c };
}

let made: Case | undefined;
beforeAll(async () => {
  const backend = nativeBackendForTests();
  made = backend === undefined ? undefined : await build(backend);
});

/** Runs a test with the native backend, or asserts that there rightly is none. */
const onNative = (test: (made: Case) => void | Promise<void>) => async (): Promise<void> => {
  if (made === undefined) expect(loadNativeBackend().backend).toBeUndefined();
  else await test(made);
};

const seed = (name: string): Uint8Array => seededRng(name)(32);
const repeated = (items: readonly SignedItem[], length: number): SignedItem[] =>
  Array.from({ length }, (_, i) => at(items, i % items.length));
const badAt = (verdicts: readonly boolean[]): readonly number[] => verdicts.flatMap((good, i) => (good ? [] : [i]));

describe('native verification', () => {
  it(
    'accepts what the other backend accepts, and the other way round',
    onNative(({ backend, good, forged, prepared, mcl, mclKey, group }) => {
      for (const item of good.slice(0, 10)) {
        expect(prepared.verify(item)).toBe(true);
        expect(verifySignature(mcl, mclKey, item.ctx, item.messageHash, item.signature)).toBe(true);
      }
      expect(prepared.verify(forged)).toBe(false);
      const theirs = createSampleGroup(mcl, 1, 'mcl group');
      const { joined, credential } = at(theirs.members, 0);
      const witness = { sk: scalarOf(joined.sk), A: credential.A, e: credential.e };
      const ctx = sampleContext();
      const signature = proveOpenly(mcl, theirs.groupKey, ctx, hashOf('theirs'), witness, theirs.rng);
      const key = decodeGroupKey(backend, theirs.groupKey.encoded);
      expect(key.prepared?.verify({ ctx, messageHash: hashOf('theirs'), signature })).toBe(true);
      // Another group's key, or another message, does not.
      expect(prepared.verify({ ctx, messageHash: hashOf('theirs'), signature })).toBe(false);
      expect(group.groupKey.pkh).not.toEqual(key.pkh);
    }),
  );

  it(
    'refuses every change of a byte, in signature, hash and context, as the other backend',
    onNative(({ good, prepared, mcl, mclKey }) => {
      const item = at(good, 0);
      const rng = seededRng('changes');
      for (let i = 0; i < 400; i++) {
        const signature = flipped(item.signature, i, at([...rng(1)], 0) || 1);
        expect(prepared.verify({ ...item, signature }), `byte ${i}`).toBe(false);
        expect(verifySignature(mcl, mclKey, item.ctx, item.messageHash, signature)).toBe(false);
      }
      for (let i = 0; i < 74; i++) expect(prepared.verify({ ...item, ctx: flipped(item.ctx, i) }), `${i}`).toBe(false);
      for (let i = 0; i < 32; i++) {
        expect(prepared.verify({ ...item, messageHash: flipped(item.messageHash, i) }), `${i}`).toBe(false);
      }
    }),
  );

  it(
    'refuses answers of r and above, O for any point, and points in each other’s place',
    onNative(({ good, prepared }) => {
      const item = at(good, 0);
      const { signature } = item;
      for (let i = 0; i < 4; i++) {
        const from = 272 + 32 * i;
        const answer = scalarOf(signature.slice(from, from + 32));
        for (const value of [answer + ORDER, ORDER, (1n << 256n) - 1n].filter((value) => value < 1n << 256n)) {
          const changed = concat(signature.slice(0, from), bytes32(value), signature.slice(from + 32));
          expect(prepared.verify({ ...item, signature: changed })).toBe(false);
        }
      }
      for (let i = 0; i < 5; i++) {
        const put = (point: Uint8Array): Uint8Array =>
          concat(signature.slice(0, 48 * i), point, signature.slice(48 * (i + 1)));
        expect(prepared.verify({ ...item, signature: put(IDENTITY) })).toBe(false);
        expect(prepared.verify({ ...item, signature: put(flipped(IDENTITY, 47)) })).toBe(false);
        // E2 = E3 among them, whose difference is O.
        for (let j = 0; j < 5; j++) {
          const other = put(signature.slice(48 * j, 48 * (j + 1)));
          expect(prepared.verify({ ...item, signature: other })).toBe(i === j);
        }
      }
    }),
  );

  it(
    'takes commitments that are O, as the other backend',
    onNative(({ group, backend, prepared, mcl, mclKey }) => {
      const { item } = proveWithoutNonces(backend, group, (points) => points);
      expect(verifySignature(mcl, mclKey, item.ctx, item.messageHash, item.signature)).toBe(true);
      expect(prepared.verify(item)).toBe(true);
    }),
  );

  it(
    'refuses ciphertexts outside the subgroup where every equation holds',
    onNative(({ group, backend, prepared }) => {
      // (0, 2) has order 3 and vanishes from T2..T4 when 3 divides c: only the subgroup check is left.
      const order3 = bls12_381.G1.Point.fromAffine({ x: 0n, y: 2n });
      for (const moved of [2, 3, 4]) {
        let tries = 0;
        for (;;) {
          const { item, c } = proveWithoutNonces(backend, group, (points) =>
            points.map((point, i) => {
              if (i !== moved) return point;
              const { x, y } = bls12_381.G1.Point.fromBytes(point).add(order3).toAffine();
              return compressed(x, y);
            }),
          );
          expect(prepared.verify(item)).toBe(false);
          if (c % 3n === 0n || ++tries > 200) {
            expect(tries).toBeLessThan(200);
            break;
          }
        }
      }
    }),
  );

  it(
    'knows the base of every epoch and class, many more than it keeps',
    onNative(({ backend, group, prepared }) => {
      const { groupKey, rng, issuer } = group;
      const gamma = scalarOf(issuer.secret.slice(0, 32));
      const { joined, credential } = at(group.members, 0);
      const sk = scalarOf(joined.sk);
      const attributes = EPOCHS.flatMap((epoch) =>
        Array.from({ length: 40 }, (_, classNumber) => ({ epoch, classNumber })),
      );
      const items = attributes.map((attribute) => {
        const { B } = groupKey.baseOf(encodeAttributes(attribute));
        const A = backend.mul(backend.add(B, credential.Q), inverse(modOrder(gamma + 9n)));
        const ctx = sampleContext(attribute);
        const messageHash = hashOf('base');
        return { ctx, messageHash, signature: proveOpenly(backend, groupKey, ctx, messageHash, { sk, A, e: 9n }, rng) };
      });
      for (const round of [items, [...items].reverse()]) {
        for (const item of round) expect(prepared.verify(item)).toBe(true);
      }
      for (const [i, item] of items.entries()) {
        const { ctx } = at(items, (i + 1) % items.length);
        expect(prepared.verify({ ...item, ctx })).toBe(false);
      }
      expect(badAt(prepared.verifyBatch(items, seed('bases')))).toEqual([]);
    }),
  );
});

describe('native batches', () => {
  it(
    'say of each of a thousand what it is',
    onNative(async ({ good, forged, prepared }) => {
      const items = repeated(good, 1_000);
      expect(badAt(prepared.verifyBatch(items, seed('none bad')))).toEqual([]);
      expect(badAt(prepared.verifyBatch(items.with(999, forged), seed('one bad')))).toEqual([999]);
      for (const where of [0, 500]) {
        expect(badAt(await prepared.verifyBatchAsync(items.with(where, forged), seed('one bad')))).toEqual([where]);
      }
    }),
  );

  it(
    'find several bad ones of both kinds, in any number of items',
    onNative(async ({ good, forged, prepared }) => {
      const spoiled = { ...at(good, 0), messageHash: hashOf('other') };
      const rng = seededRng('which are bad');
      for (const length of [0, 1, 2, 3, 4, 5, 6, 9, 17, 33, 64, 65, 66, 100, 129]) {
        const kinds = [...rng(length)].map((byte) => byte % 5);
        const items = kinds.map((kind, i) => (kind === 0 ? forged : kind === 1 ? spoiled : at(good, i % good.length)));
        const wanted = kinds.map((kind) => kind > 1);
        expect(prepared.verifyBatch(items, seed('several'))).toEqual(wanted);
        expect(await prepared.verifyBatchAsync(items, seed('several'))).toEqual(wanted);
      }
      expect(badAt(prepared.verifyBatch(repeated([forged], 100), seed('all forged'))).length).toBe(100);
      expect(badAt(prepared.verifyBatch(repeated([spoiled], 100), seed('all spoiled'))).length).toBe(100);
    }),
  );

  it(
    'is not fooled by two faults that cancel when added up',
    onNative(({ backend, good, forged, prepared, group }) => {
      // Abar of one is moved by D and of another by -D; the equations in G1 do not hold, but with equal exponents the pairing would.
      const D = backend.generators.K2;
      const moved = (item: SignedItem, by: typeof D): SignedItem => {
        const Abar = backend.decodeG1(item.signature.slice(48, 96));
        if (Abar === undefined) throw new Error('Abar does not decode');
        const encoded = backend.encodeG1(backend.add(Abar, by));
        return { ...item, signature: concat(item.signature.slice(0, 48), encoded, item.signature.slice(96)) };
      };
      const pair = [moved(at(good, 0), D), moved(at(good, 1), backend.neg(D))];
      const items = [...repeated(good, 20), ...pair, forged];
      expect(badAt(prepared.verifyBatch(items, seed('cancel')))).toEqual([20, 21, 22]);
      // With the witness at hand they do hold: r*d0 + D and r*d0 - D for one credential.
      const { joined, credential } = at(group.members, 0);
      const ctx = sampleContext();
      const messageHash = hashOf('cancel');
      const witness = { sk: scalarOf(joined.sk), A: credential.A, e: credential.e };
      const forge = (by: bigint): SignedItem => {
        const { groupKey } = group;
        const B = groupKey.baseOf(attributesOf(ctx)).B;
        // B + Q - e*A = d0 only for the issued A; moving A moves d0 with it, and the pairing alone can tell.
        const A = backend.add(credential.A, backend.mul(D, by));
        const d0 = backend.sub(backend.add(B, credential.Q), backend.mul(A, witness.e));
        const signature = proveOpenly(backend, groupKey, ctx, messageHash, { ...witness, A, d0 }, seededRng('same r'));
        return { ctx, messageHash, signature };
      };
      const cancelling = [forge(1n), forge(ORDER - 1n)];
      expect(badAt(prepared.verifyBatch([...repeated(good, 20), ...cancelling], seed('cancel')))).toEqual([20, 21]);
    }),
  );

  it(
    'run two at once, beside verifications in the calling thread, and copy their items',
    onNative(async ({ backend, good, forged, prepared, group }) => {
      // A verifier of its own, with no base known yet.
      const fresh = decodeGroupKey(backend, group.groupKey.encoded).prepared ?? prepared;
      const mine: readonly SignedItem[] = repeated(good, 200).map((item) => ({
        ...item,
        signature: item.signature.slice(),
      }));
      const first = fresh.verifyBatchAsync(mine, seed('first'));
      const second = fresh.verifyBatchAsync(mine.with(150, forged), seed('second'));
      for (const { signature } of mine) signature.fill(0);
      for (const item of good) expect(fresh.verify(item)).toBe(true);
      expect(badAt(await first)).toEqual([]);
      expect(badAt(await second)).toEqual([150]);
    }),
  );

  it(
    'serve the general entry, which sorts out the malformed',
    onNative(({ backend, good, forged, group }) => {
      const malformed = [
        { ...at(good, 0), ctx: new Uint8Array(74) },
        { ...at(good, 0), signature: new Uint8Array(399) },
        { ...at(good, 0), messageHash: new Uint8Array(31) },
      ];
      const items = [...malformed, ...good.slice(0, 8), forged];
      expect(badAt(verifyBatch(backend, group.groupKey, items))).toEqual([0, 1, 2, 11]);
    }),
  );

  it(
    'throw RangeError for wrong lengths, asynchronous ones by rejection',
    onNative(async ({ good, prepared }) => {
      const item = at(good, 0);
      const wrong: readonly SignedItem[] = [
        { ...item, ctx: new Uint8Array(73) },
        { ...item, messageHash: new Uint8Array(33) },
        { ...item, signature: new Uint8Array(401) },
      ];
      for (const bad of wrong) {
        expect(() => prepared.verify(bad)).toThrow(RangeError);
        expect(() => prepared.verifyBatch([item, bad], seed('lengths'))).toThrow(RangeError);
        await expect(prepared.verifyBatchAsync([item, bad], seed('lengths'))).rejects.toThrow(RangeError);
      }
      expect(() => prepared.verifyBatch([item], new Uint8Array(31))).toThrow(RangeError);
      await expect(prepared.verifyBatchAsync([item], new Uint8Array(33))).rejects.toThrow(RangeError);
    }),
  );

  it(
    'refuse a key whose points are not of their groups',
    onNative(({ backend, group }) => {
      const prepare = backend.prepareVerifier;
      if (prepare === undefined) throw new Error('native backend prepares no verifier');
      const K1 = backend.encodeG1(group.groupKey.K1);
      const w = backend.encodeG2(group.groupKey.w);
      const { pkh } = group.groupKey;
      const infinity = concat(IDENTITY, new Uint8Array(48));
      const K2 = backend.encodeG1(backend.generators.K2);
      for (const key of [
        { pkh, w: infinity, K1 },
        { pkh, w: flipped(w, 95), K1 },
        { pkh, w, K1: IDENTITY },
        { pkh, w, K1: flipped(K1, 47) },
        { pkh, w, K1: K2 },
        { pkh, w: w.slice(1), K1 },
      ]) {
        expect(() => prepare(key)).toThrow(RangeError);
      }
    }),
  );
});
