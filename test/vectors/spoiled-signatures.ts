/**
 * The ways a signature is none, out of one that is.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import type { Attributes } from '../../crypto/groupsig/context.ts';
import { ORDER } from '../../crypto/groupsig/scalar.ts';
import { compress, decompress, P, torsionPoints, withX } from '../../crypto/groupsig/testing/odd-points.ts';
import { proveOpenly } from '../../crypto/groupsig/testing/open-prover.ts';
import { at, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { plusOrder, replaced } from './vector-file.ts';
import { hashOf, IDENTITY, PHYSICIAN, type VectorGroup } from './vector-group.ts';

/** Where a verifier finds the fault. */
export type Stage = 'form' | 'challenge' | 'pairing';

/** What differs from a good item, and why it is none. */
export interface Spoiled {
  readonly why: string;
  readonly stage: Stage;
  readonly ctx?: Uint8Array;
  readonly messageHash?: Uint8Array;
  readonly signature?: Uint8Array;
}

const POINTS = ["A'", 'Abar', 'E1', 'E2', 'E3'] as const;
const ANSWERS = ['z_s', 'z_r', 'z_e', 'z_rho'] as const;

/** A signature with one part replaced: its bytes are wrong whatever the equations say. */
function malformed({ seeded }: VectorGroup, signature: Uint8Array): readonly Spoiled[] {
  const torsion = torsionPoints(seeded('invalid signatures')).find((point) => point.multiplyUnsafe(3n).is0());
  if (torsion === undefined) throw new Error('no point of order 3');
  const put = (offset: number, part: Uint8Array): Uint8Array => replaced(signature, offset, part);
  const slot = (i: number): Uint8Array => signature.subarray(48 * i, 48 * (i + 1));
  return [
    { why: '399 bytes', signature: signature.slice(0, -1) },
    { why: '401 bytes', signature: concat(signature, Uint8Array.of(0)) },
    { why: 'nothing', signature: new Uint8Array(0) },
    ...POINTS.flatMap((name, i) => [
      { why: `${name} is O`, signature: put(48 * i, IDENTITY) },
      { why: `${name} is O written c0 00..01`, signature: put(48 * i, replaced(IDENTITY, 47, Uint8Array.of(1))) },
      { why: `${name} of order 3, outside G1`, signature: put(48 * i, compress(torsion)) },
      { why: `${name} plus a point of order 3`, signature: put(48 * i, compress(decompress(slot(i)).add(torsion))) },
      { why: `${name} with x = p + 1`, signature: put(48 * i, withX(P + 1n, 0x80)) },
      { why: `${name} without the flag of compression`, signature: flipped(signature, 48 * i, 0x80) },
      { why: `${name} with the flag of O`, signature: flipped(signature, 48 * i, 0x40) },
    ]),
    ...ANSWERS.flatMap((name, i) => [
      {
        why: `${name} + r`,
        signature: put(272 + 32 * i, plusOrder(signature.subarray(272 + 32 * i, 304 + 32 * i), ORDER)),
      },
      { why: `${name} = r`, signature: put(272 + 32 * i, plusOrder(new Uint8Array(32), ORDER)) },
    ]),
  ].map((one) => ({ ...one, stage: 'form' as const }));
}

/** Well-formed, and the recomputed challenge differs. */
function unproven(signature: Uint8Array, ctx: Uint8Array): readonly Spoiled[] {
  return [
    { why: 'another message', messageHash: hashOf('another message') },
    { why: 'another recipient', ctx: flipped(ctx, 10) },
    { why: 'another patient', ctx: flipped(ctx, 42) },
    { why: 'another visit', ctx: flipped(ctx, 73) },
    { why: 'another purpose', ctx: replaced(ctx, 1, Uint8Array.of(5)) },
    { why: 'another day', ctx: flipped(ctx, 5) },
    { why: 'another epoch of the day', ctx: flipped(ctx, 7) },
    { why: 'another class', ctx: flipped(ctx, 9, 3) },
    ...POINTS.map((name, i) => ({ why: `${name} negated`, signature: flipped(signature, 48 * i, 0x20) })),
    {
      why: 'E2 and E3 exchanged',
      signature: replaced(signature, 144, concat(signature.slice(192, 240), signature.slice(144, 192))),
    },
    { why: 'n changed', signature: flipped(signature, 240) },
    { why: 'c changed', signature: flipped(signature, 271) },
    ...ANSWERS.map((name, i) => ({ why: `${name} changed`, signature: flipped(signature, 272 + 32 * i + 31) })),
    ...ANSWERS.map((name, i) => ({
      why: `${name} = 0`,
      signature: replaced(signature, 272 + 32 * i, new Uint8Array(32)),
    })),
  ].map((one) => ({ ...one, stage: 'challenge' as const }));
}

/** Made by a cheating prover that runs every step. */
function cheated(group: VectorGroup, ctx: Uint8Array, messageHash: Uint8Array): readonly Spoiled[] {
  const { backend, groupKey, doctors, credentialOf, seeded } = group;
  const rng = seeded('cheating');
  const [first, second] = [at(doctors, 0), at(doctors, 1)];
  const Q = (scalar: bigint) => backend.mul(backend.generators.h, scalar);
  const own = credentialOf(first, PHYSICIAN).loaded;
  const old: Attributes = { ...PHYSICIAN, epoch: { ...PHYSICIAN.epoch, day: PHYSICIAN.epoch.day - 1 } };
  const { A, e } = own;
  const prove = (witness: Parameters<typeof proveOpenly>[4]): Uint8Array =>
    proveOpenly(backend, groupKey, ctx, messageHash, witness, rng);
  const sk = first.secretScalar;
  // Without the old d0: the prover computes the one that G1 asks for, and only the pairing sees that it is not gamma*A.
  const foreign = (attributes: Attributes) => {
    const { A: other, e: exponent } = credentialOf(first, attributes).loaded;
    return { sk, A: other, e: exponent };
  };
  const homemade = { sk, A: backend.mul(backend.generators.g1, 7n), e: 11n };
  return [
    { why: 'a credential of nobody', stage: 'pairing', signature: prove(homemade) },
    {
      why: "another doctor's secret with this credential",
      stage: 'pairing',
      signature: prove({ sk: second.secretScalar, A, e }),
    },
    {
      why: 'the credential of the day before',
      stage: 'pairing',
      signature: prove(foreign(old)),
    },
    {
      why: 'the credential of another class',
      stage: 'pairing',
      signature: prove(foreign({ ...PHYSICIAN, classNumber: 2 })),
    },
    {
      why: "Abar that is not gamma*A'",
      stage: 'challenge',
      signature: prove({ sk, A, e, d0: backend.add(own.d0, A) }),
    },
    {
      why: "another doctor's Q encrypted",
      stage: 'challenge',
      signature: prove({ sk, A, e, encrypted: Q(second.secretScalar) }),
    },
    {
      why: 'E2 and E3 encrypt different Q',
      stage: 'challenge',
      signature: prove({ sk, A, e, twin: Q(second.secretScalar) }),
    },
  ];
}

/** All of them for (ctx, H_M, sigma), the signature of the first doctor with attributes PHYSICIAN. */
export function spoiledSignatures(
  group: VectorGroup,
  good: { readonly ctx: Uint8Array; readonly messageHash: Uint8Array; readonly signature: Uint8Array },
): readonly Spoiled[] {
  const { ctx, messageHash, signature } = good;
  return [
    ...malformed(group, signature),
    { why: 'a ctx that is none', stage: 'form', ctx: flipped(ctx, 0) },
    ...unproven(signature, ctx),
    ...cheated(group, ctx, messageHash),
  ];
}
