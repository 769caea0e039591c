/** What outsiders, hosts, cards and the issuer may try. */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex } from '../common/bytes.ts';
import { randomScalar } from '../common/random.ts';
import { attributeBase } from './attribute-base.ts';
import type { G1, GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { encodeAttributes } from './context.ts';
import { issueOver } from './credential.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER } from './scalar.ts';
import { signWithCard } from './sign-host.ts';
import { messageId } from './signature.ts';
import { proveOpenly } from './testing/open-prover.ts';
import { at, createSampleGroup, hashOf, neverAborted, sampleContext, TODAY } from './testing/sample-group.ts';
import { verifyInG1, verifySignature } from './verify.ts';

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
let gamma: bigint;
const ctx = sampleContext();
const messageHash = hashOf('attack');

const scalarOf = (bytes: Uint8Array): bigint => {
  const value = decodeScalar(bytes);
  if (value === undefined) throw new Error('scalar out of range');
  return value;
};

beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 5, 'attacked group');
  gamma = scalarOf(group.issuer.secret.slice(0, 32));
});

const verify = (signature: Uint8Array): boolean =>
  verifySignature(backend, group.groupKey, ctx, messageHash, signature);
const witnessOf = (doctor: number): { sk: bigint; A: G1; e: bigint } => {
  const { joined, credential } = at(group.members, doctor);
  return { sk: scalarOf(joined.sk), A: credential.A, e: credential.e };
};
const prove = (witness: Parameters<typeof proveOpenly>[4]): Uint8Array =>
  proveOpenly(backend, group.groupKey, ctx, messageHash, witness, group.rng);
const signed = (doctor: number): Promise<Uint8Array> => {
  const { credential, card } = at(group.members, doctor);
  return signWithCard({ backend, groupKey: group.groupKey, credential, ctx, messageHash, card, signal: neverAborted });
};

describe('forgery', () => {
  it('the open prover is honest when asked to be', () => {
    expect(verify(prove(witnessOf(0)))).toBe(true);
  });

  it('a home-made credential passes every equation in G1 and fails the pairing', () => {
    const { sk, e } = witnessOf(0);
    const A = backend.mul(backend.generators.g1, randomScalar(ORDER, group.rng));
    const forged = prove({ sk, A, e });
    expect(verifyInG1(group.groupKey, ctx, messageHash, forged)).toBeDefined();
    expect(verify(forged)).toBe(false);
  });

  it("D3's card with D4's credential is refused", () => {
    const forged = prove({ ...witnessOf(4), sk: witnessOf(3).sk });
    expect(verify(forged)).toBe(false);
    const { d0 } = at(group.members, 4).credential;
    expect(verify(prove({ ...witnessOf(4), sk: witnessOf(3).sk, d0 }))).toBe(false);
  });

  it("another doctor's Q in the ciphertext is refused, in both halves or in one", () => {
    const other = at(group.members, 1).credential.Q;
    expect(verify(prove({ ...witnessOf(0), encrypted: other }))).toBe(false);
    expect(verify(prove({ ...witnessOf(0), twin: other }))).toBe(false);
    expect(verify(prove({ ...witnessOf(0), encrypted: other, twin: backend.mul(other, 2n) }))).toBe(false);
  });

  it('a credential of another epoch or class is refused under this ctx', () => {
    for (const attributes of [
      { ...TODAY, classNumber: 1 },
      { ...TODAY, epoch: { day: TODAY.epoch.day - 1, seq: 0 } },
    ]) {
      const B = backend.add(attributeBase(backend, encodeAttributes(attributes)), at(group.members, 0).credential.Q);
      const A = at(issueOver(backend, gamma, [{ e: 99n, B }], group.rng), 0);
      expect(verify(prove({ sk: witnessOf(0).sk, A, e: 99n }))).toBe(false);
      expect(verify(prove({ sk: witnessOf(0).sk, A, e: 99n, d0: backend.mul(A, gamma) }))).toBe(false);
    }
  });

  it('with a common e two members make a third; with the derived e they do not', () => {
    const [first, second] = [witnessOf(0), witnessOf(1)];
    const alpha = randomScalar(ORDER, group.rng);
    const beta = modOrder(1n - alpha);
    const sk = modOrder(alpha * first.sk + beta * second.sk);
    const mixed = (a: G1, b: G1): G1 => backend.msm([a, b], [alpha, beta]);
    const withCommonE = (doctor: number): G1 => {
      const B = attributeBase(backend, encodeAttributes(TODAY));
      const signed = backend.add(B, at(group.members, doctor).credential.Q);
      return at(issueOver(backend, gamma, [{ e: 1234n, B: signed }], group.rng), 0);
    };
    expect(verify(prove({ sk, A: mixed(withCommonE(0), withCommonE(1)), e: 1234n }))).toBe(true);
    expect(first.e).not.toBe(second.e);
    const A = mixed(first.A, second.A);
    for (const e of [first.e, second.e, modOrder(alpha * first.e + beta * second.e)]) {
      expect(verify(prove({ sk, A, e }))).toBe(false);
    }
  });
});

// By hand, because the library refuses to write what is outside the subgroup.
function compressed({ x, y }: { x: bigint; y: bigint }): Uint8Array {
  const bytes = fromHex(x.toString(16).padStart(96, '0'));
  bytes[0] = (bytes[0] ?? 0) | (2n * y > bls12_381.fields.Fp.ORDER ? 0xa0 : 0x80);
  return bytes;
}

describe('malformed points', () => {
  it('refuses O in every element, also written as c0 00..01', async () => {
    const signature = await signed(0);
    for (let i = 0; i < 5; i++) {
      for (const last of [0, 1]) {
        const point = concat(Uint8Array.of(0xc0), new Uint8Array(46), Uint8Array.of(last));
        expect(verify(concat(signature.slice(0, 48 * i), point, signature.slice(48 * (i + 1))))).toBe(false);
      }
    }
    // A' = Abar = O satisfies the pairing equation by itself.
    const O = backend.sub(backend.generators.h, backend.generators.h);
    expect(verify(prove({ ...witnessOf(0), A: O, d0: O }))).toBe(false);
  });

  it('refuses a point of the curve outside the subgroup in every element', async () => {
    const signature = await signed(0);
    const { Point } = bls12_381.G1;
    const y = bls12_381.fields.Fp.sqrt(4n ** 3n + 4n);
    const outside = Point.fromAffine({ x: 4n, y });
    // r*P is pure torsion, and adding it keeps the point in its coset.
    const torsion = outside.multiplyUnsafe(ORDER - 1n).add(outside);
    expect(torsion.is0()).toBe(false);
    for (let i = 0; i < 5; i++) {
      const point = Point.fromHex(hex(signature.slice(48 * i, 48 * (i + 1))));
      for (const replaced of [outside, point.add(torsion)]) {
        const bytes = compressed(replaced.toAffine());
        expect(verify(concat(signature.slice(0, 48 * i), bytes, signature.slice(48 * (i + 1))))).toBe(false);
      }
    }
  });
});

describe('the issuer', () => {
  it('can shift (z_r, z_e) by (d, -gamma*d): valid, with the same core and the same name', async () => {
    const signature = await signed(2);
    const d = randomScalar(ORDER, group.rng);
    const zr = modOrder(scalarOf(signature.slice(304, 336)) + d);
    const ze = modOrder(scalarOf(signature.slice(336, 368)) - gamma * d);
    const variant = concat(signature.slice(0, 304), encodeScalar(zr), encodeScalar(ze), signature.slice(368));
    expect(hex(variant)).not.toBe(hex(signature));
    expect(verify(variant)).toBe(true);
    expect(hex(messageId(ctx, messageHash, variant))).toBe(hex(messageId(ctx, messageHash, signature)));
  });
});
