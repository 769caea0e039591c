import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../common/bytes.ts';
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import { attributeBase } from './attribute-base.ts';
import type { G1, GroupBackend, PreparedVerifier, SignedItem } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { verifyBatch } from './batch.ts';
import { attributesOf } from './context.ts';
import { decodeScalar, ORDER } from './scalar.ts';
import { proveOpenly } from './testing/open-prover.ts';
import { at, createSampleGroup, credentialFor, flipped, hashOf, sampleContext, TODAY } from './testing/sample-group.ts';
import { verifyInG1, verifySignature } from './verify.ts';

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 2, 'batch group');
});

const scalarOf = (bytes: Uint8Array): bigint => {
  const value = decodeScalar(bytes);
  if (value === undefined) throw new Error('scalar out of range');
  return value;
};

/** An item whose gamma*A' is wrong by `defect`: everything in G1 holds, only the pairing fails. Without defect it is good. */
function prove(message: string, defect?: G1, attributes = TODAY): SignedItem {
  const { joined } = at(group.members, 0);
  const ctx = sampleContext(attributes);
  const { groupKey, issuer, rng } = group;
  const { A, e, Q } = credentialFor(backend, groupKey, issuer.secret, joined.Q, attributes).loaded;
  const sk = scalarOf(joined.sk);
  const messageHash = hashOf(message);
  if (defect === undefined) {
    return { ctx, messageHash, signature: proveOpenly(backend, groupKey, ctx, messageHash, { sk, A, e }, rng) };
  }
  // B + Q = d0 + e*A is what G1 shows, so with A + defect for A, d0 = (B+Q) - e*(A + defect) is not gamma*(A + defect).
  const wrong = backend.add(A, defect);
  const d0 = backend.sub(backend.add(attributeBase(backend, attributesOf(ctx)), Q), backend.mul(wrong, e));
  const witness = { sk, A: wrong, e, d0 };
  return { ctx, messageHash, signature: proveOpenly(backend, groupKey, ctx, messageHash, witness, rng) };
}
const verify = (items: readonly SignedItem[], rng?: Rng): readonly boolean[] =>
  verifyBatch(backend, group.groupKey, items, rng);
const inG1 = ({ ctx, messageHash, signature }: SignedItem) => verifyInG1(group.groupKey, ctx, messageHash, signature);
const randomPoint = (): G1 => backend.mul(backend.generators.g1, randomScalar(ORDER, group.rng));

describe('batch', () => {
  it('says nothing about nothing, and the same as one by one about few', () => {
    expect(verify([])).toEqual([]);
    const good = prove('one');
    const bad = prove('two', randomPoint());
    expect(inG1(bad)).toBeDefined();
    expect(verify([good])).toEqual([true]);
    expect(verify([bad])).toEqual([false]);
    expect(verify([good, bad, good])).toEqual([true, false, true]);
    expect(verify([bad, bad])).toEqual([false, false]);
  });

  it('names the one bad among 250, also when it fails in the pairing only', { timeout: 60_000 }, () => {
    const good = Array.from({ length: 20 }, (_, i) => prove(`message ${i}`));
    const items = Array.from({ length: 250 }, (_, i) => at(good, i % 20));
    expect(verify(items).every((verdict) => verdict)).toBe(true);
    const bad = prove('bad', randomPoint());
    expect(inG1(bad)).toBeDefined();
    const verdicts = verify(items.with(117, bad));
    expect(verdicts.flatMap((verdict, i) => (verdict ? [] : [i]))).toEqual([117]);
  });

  it('names all when all are bad, and any pattern in between', () => {
    const [good, bad] = [prove('good'), prove('bad', randomPoint())];
    expect(verify(Array.from({ length: 9 }, () => bad))).toEqual(Array.from({ length: 9 }, () => false));
    for (let pattern = 0; pattern < 32; pattern++) {
      const expected = Array.from({ length: 5 }, (_, i) => ((pattern >> i) & 1) === 1);
      expect(verify(expected.map((isGood) => (isGood ? good : bad)))).toEqual(expected);
    }
  });

  it('catches two whose errors cancel without random exponents', () => {
    // The pairing's defect is linear in r*defect: the same blinding r and opposite defects cancel in the plain sum.
    const { joined } = at(group.members, 0);
    const ctx = sampleContext();
    const { groupKey, issuer } = group;
    const { A, e, Q } = credentialFor(backend, groupKey, issuer.secret, joined.Q, TODAY).loaded;
    const D = randomPoint();
    const pair = [D, backend.neg(D)].map((defect, i) => {
      const wrong = backend.add(A, defect);
      const d0 = backend.sub(backend.add(attributeBase(backend, attributesOf(ctx)), Q), backend.mul(wrong, e));
      const messageHash = hashOf(`cancel ${i}`);
      // The prover's first draw is r; the rest may differ.
      let draws = 0;
      const rng: Rng = (length) => (draws++ === 0 ? new Uint8Array(length).fill(7) : secureRng(length));
      const witness = { sk: scalarOf(joined.sk), A: wrong, e, d0 };
      return { ctx, messageHash, signature: proveOpenly(backend, groupKey, ctx, messageHash, witness, rng) };
    });
    const points = pair.map((item) => {
      const found = inG1(item);
      if (found === undefined) throw new Error('the crafted item fails in G1 already');
      return found;
    });
    const [first, second] = [at(points, 0), at(points, 1)];
    const sum = { A: backend.add(first.A, second.A), Abar: backend.add(first.Abar, second.Abar) };
    expect(backend.pairsToOne(sum.A, groupKey.w, backend.neg(sum.Abar))).toBe(true);
    for (let round = 0; round < 5; round++) expect(verify(pair)).toEqual([false, false]);
  });

  it('takes epochs and classes together', () => {
    const variants = [
      TODAY,
      { ...TODAY, classNumber: 8 },
      { ...TODAY, epoch: { day: TODAY.epoch.day + 1, seq: 0 } },
      { epoch: { day: TODAY.epoch.day, seq: 3 }, classNumber: 2 },
    ];
    const items = variants.map((attributes, i) => prove(`variant ${i}`, undefined, attributes));
    expect(verify(items)).toEqual([true, true, true, true]);
    const swapped = items.map((item, i) => ({ ...item, ctx: at(items, (i + 1) % items.length).ctx }));
    expect(verify([...items, ...swapped])).toEqual([true, true, true, true, false, false, false, false]);
  });

  it('refuses malformed items by themselves', () => {
    const good = prove('good');
    const items = [
      { ...good, ctx: good.ctx.slice(1) },
      { ...good, ctx: flipped(good.ctx, 0) },
      { ...good, messageHash: new Uint8Array(31) },
      { ...good, signature: good.signature.slice(1) },
      { ...good, signature: concat(Uint8Array.of(0xc0), new Uint8Array(47), good.signature.slice(48)) },
      { ctx: new Uint8Array(0), messageHash: new Uint8Array(0), signature: new Uint8Array(0) },
      good,
    ];
    expect(verify(items)).toEqual([false, false, false, false, false, false, true]);
  });

  it('draws exponents only after the items are fixed, and anew for each split', () => {
    const drawn: number[] = [];
    const items = [prove('a'), prove('b'), prove('c'), prove('d', randomPoint())];
    const rng: Rng = (length) => {
      // An item changed now must not matter any more.
      for (const { signature } of items) signature.fill(0);
      drawn.push(length);
      return secureRng(length);
    };
    expect(verify(items, rng)).toEqual([true, true, true, false]);
    // 4 together, 2 on the left; the right is bad by then, its left good alone, and the last one is it.
    expect(drawn).toEqual([16, 16, 16, 16, 16, 16]);
  });

  it('never uses the exponent 0', () => {
    let zeros = 3;
    const bad = prove('zero', randomPoint());
    const rng: Rng = (length) => (zeros-- > 0 ? new Uint8Array(length) : secureRng(length));
    expect(verify([bad, bad], rng)).toEqual([false, false]);
  });

  it('leaves the whole to a backend that verifies in one call', () => {
    const good = prove('good');
    const seen: { items: readonly SignedItem[]; seed: Uint8Array }[] = [];
    const prepared: PreparedVerifier = {
      verify: () => true,
      verifyBatch: (items, seed) => {
        seen.push({ items, seed });
        return items.map((_, i) => i === 1);
      },
      verifyBatchAsync: async () => [],
    };
    const malformed = { ...good, ctx: good.ctx.slice(1) };
    const verdicts = verifyBatch(backend, { ...group.groupKey, prepared }, [malformed, good, good]);
    expect(verdicts).toEqual([false, false, true]);
    expect(seen.map(({ items, seed }) => [items.length, seed.length])).toEqual([[2, 32]]);
    expect(seen[0]?.items[0]).toEqual(good);
    expect(verifySignature(backend, group.groupKey, good.ctx, good.messageHash, good.signature)).toBe(true);
  });
});
