/**
 * What pharmacies, insurers, other doctors, t - 1 officers and the issuer hold together opens nothing and links nothing. These tests cannot
 * prove a property; they try every relation that the algebra offers with what is pooled, and each has a control that the same trial detects.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex } from '../common/bytes.ts';
import { randomScalar } from '../common/random.ts';
import type { G1, GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';

import { commitOnCard, respondOnCard } from './card-member.ts';
import { combineShares } from './combine.ts';
import { attributesOf } from './context.ts';
import { openPartially } from './open.ts';
import { encodeOpeningShare, type OpeningCase } from './opening-share.ts';
import { decodeScalar, inverse, modOrder, ORDER } from './scalar.ts';
import { signWithCard } from './sign-host.ts';
import { decodeSignature } from './signature.ts';
import { proveOpenly } from './testing/open-prover.ts';
import { at, createSampleGroup, hashOf, neverAborted, sampleContext } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { challengeOf, challengeScalar } from './transcript.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
const ctx = sampleContext();
/** Signatures with the doctor who made them. */
const signed: { readonly doctor: number; readonly messageHash: Uint8Array; readonly signature: Uint8Array }[] = [];

beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 4, 'coalition');
  for (let i = 0; i < 24; i++) {
    const doctor = i % 4;
    const { credential, card } = at(group.members, doctor);
    const messageHash = hashOf(`message ${i}`);
    const input = { backend, groupKey: group.groupKey, credential, ctx, messageHash, card, signal: neverAborted };
    signed.push({ doctor, messageHash, signature: await signWithCard(input) });
  }
});

const caseOf = (i: number): OpeningCase => {
  const { messageHash, signature } = at(signed, i);
  const { groupKey, openerSet } = group;
  return { groupKey, openerSet, ctx, messageHash, signature, orderHash: hashOf('order') };
};
const share = (opening: OpeningCase, index: number): Uint8Array =>
  openPartially(backend, opening, at(group.dealt.shares, index - 1), group.rng);
const scalarOf = (bytes: Uint8Array): bigint => {
  const value = decodeScalar(bytes);
  if (value === undefined) throw new Error('not a scalar');
  return value;
};
const pointsOf = (signature: Uint8Array) => {
  const parts = decodeSignature(backend, signature);
  if (parts === undefined) throw new Error('does not decode');
  return parts;
};
const nameOf = (point: G1): string => hex(backend.encodeG1(point));

describe('t - 1 officers', () => {
  it('complete no opening with a share they make up, repeat or take from another case', () => {
    const opening = caseOf(0);
    const [one, two] = [share(opening, 1), share(opening, 2)];
    const rng = seededRng('forged');
    const madeUp = encodeOpeningShare(backend, {
      index: 3,
      D: backend.mul(pointsOf(opening.signature).E1, randomScalar(ORDER, rng)),
      c: randomScalar(ORDER, rng),
      z: randomScalar(ORDER, rng),
    });
    const renamed = concat(Uint8Array.of(0, 3), one.slice(2));
    expect(() => combineShares(backend, opening, [one, two])).toThrow(code('SHARE_COUNT'));
    expect(() => combineShares(backend, opening, [one, two, madeUp])).toThrow(code('SHARE_INVALID'));
    expect(() => combineShares(backend, opening, [one, two, renamed])).toThrow(code('SHARE_INVALID'));
    expect(() => combineShares(backend, opening, [one, two, two])).toThrow(code('SHARE_INDEX_REPEATED'));
    expect(() => combineShares(backend, opening, [one, two, share(caseOf(4), 3)])).toThrow(code('SHARE_INVALID'));
    const Q = combineShares(backend, opening, [one, two, share(opening, 3)]);
    expect(hex(Q)).toBe(hex(at(group.members, 0).joined.Q));
  });

  it('get no registered Q by interpolating what they have, in any way', () => {
    const registered = new Set(group.members.map(({ joined }) => hex(joined.Q)));
    const kappa = (index: number): bigint => scalarOf(at(group.dealt.shares, index - 1).kappa);
    const found: string[] = [];
    for (let i = 0; i < 8; i++) {
      const { E1, E2, E3 } = pointsOf(at(signed, i).signature);
      for (let a = 1; a <= 5; a++) {
        for (let b = a + 1; b <= 5; b++) {
          // Lagrange at 0 over two points, each alone, and their sum.
          const [la, lb] = [BigInt(b) * inverse(BigInt(b - a)), BigInt(a) * inverse(BigInt(a - b))];
          const masks = [la * kappa(a) + lb * kappa(b), kappa(a), kappa(b), kappa(a) + kappa(b)];
          for (const mask of masks)
            for (const E of [E2, E3]) {
              const guess = nameOf(backend.sub(E, backend.mul(E1, modOrder(mask))));
              if (registered.has(guess)) found.push(guess);
            }
        }
      }
    }
    expect(found).toEqual([]);
    // The control: three of them do.
    const [l1, l2, l3] = [3n, modOrder(-3n), 1n];
    const whole = modOrder(l1 * kappa(1) + l2 * kappa(2) + l3 * kappa(3));
    const { E1, E2 } = pointsOf(at(signed, 0).signature);
    expect(registered.has(nameOf(backend.sub(E2, backend.mul(E1, whole))))).toBe(true);
  });
});

/** Every value a pool of t - 1 officers, another doctor and the issuer can derive of one signature and that could be a doctor's mark. */
function marksOf(signature: Uint8Array): string[] {
  const { A, Abar, E1, E2, E3, n, zs, zr, ze, zrho, c } = pointsOf(signature);
  const gamma = scalarOf(group.issuer.secret.slice(0, 32));
  const challenge = BigInt(`0x${hex(c)}`);
  const { B } = group.groupKey.baseOf(attributesOf(ctx));
  const { h, G } = backend.generators;
  const over = (point: G1, k: bigint): G1 => backend.mul(point, modOrder(k));
  const pair = [1, 2].map((index) => scalarOf(at(group.dealt.shares, index - 1).kappa));
  const [k1 = 0n, k2 = 0n] = pair;
  const points = [
    A,
    Abar,
    E1,
    E2,
    E3,
    backend.sub(E2, E3),
    backend.sub(backend.sub(E2, over(E1, k1)), over(E1, k2)),
    backend.sub(E2, over(E1, k1)),
    backend.sub(E3, over(E1, k2)),
    // What the issuer's key makes of them.
    over(A, gamma),
    backend.sub(Abar, over(A, gamma + 1n)),
    // What the answers would show if a nonce were 0 or repeated.
    backend.sub(over(h, zs), over(B, challenge)),
    backend.sub(over(Abar, zr), over(A, ze)),
    backend.sub(over(G, zrho), over(E1, challenge)),
    backend.sub(over(h, zs), over(E2, challenge)),
  ];
  const scalars = [zs, zr, ze, zrho, modOrder(ze * inverse(zr)), modOrder(zs * inverse(challenge))];
  // With each doctor's own e, which the issuer knows.
  const perDoctor = group.members.map(({ credential }) => modOrder(ze - credential.e * zr));
  return [...points.map(nameOf), hex(n), ...[...scalars, ...perDoctor].map((value) => value.toString(16))];
}

describe('everything pooled', () => {
  it('finds no value that two signatures of one doctor share', () => {
    const seen = new Map<string, number>();
    const repeated: string[] = [];
    signed.forEach(({ signature }, i) => {
      for (const mark of new Set(marksOf(signature))) {
        if (seen.has(mark)) repeated.push(`${seen.get(mark)} and ${i}`);
        seen.set(mark, i);
      }
    });
    expect(repeated).toEqual([]);
  });

  it('the same trial finds a doctor whose randomness repeats', () => {
    const { joined, stored } = at(group.members, 0);
    const A = backend.decodeG1(stored.issued.slice(0, 48));
    if (A === undefined) throw new Error('does not decode');
    const witness = { sk: scalarOf(joined.sk), A, e: scalarOf(stored.issued.slice(48)) };
    const [one, two] = ['a', 'b'].map((text) =>
      marksOf(proveOpenly(backend, group.groupKey, ctx, hashOf(text), witness, seededRng('stuck'))),
    );
    expect(one?.filter((mark) => two?.includes(mark)).length).toBeGreaterThan(5);
  });

  it('another doctor’s secret and credential sign only as that doctor', async () => {
    const thief = at(group.members, 1);
    const victim = at(group.members, 0);
    // Their card, the victim's credential: the host notices.
    const mixed = {
      backend,
      groupKey: group.groupKey,
      credential: victim.credential,
      ctx,
      messageHash: hashOf('mixed'),
      card: thief.card,
      signal: neverAborted,
    };
    await expect(signWithCard(mixed)).rejects.toThrow(code('CARD_ANSWER_INVALID'));
    // Even the sum of two secrets with the sum of two credentials is a credential of nobody.
    const sums = [0, 1].map((i) => at(group.members, i));
    const [p, q] = sums.map(({ stored }) => backend.decodeG1(stored.issued.slice(0, 48)));
    if (p === undefined || q === undefined) throw new Error('does not decode');
    const sk = modOrder(sums.reduce((sum, { joined }) => sum + scalarOf(joined.sk), 0n));
    for (const e of sums.map(({ stored }) => scalarOf(stored.issued.slice(48)))) {
      const witness = { sk, A: backend.add(p, q), e };
      const forged = proveOpenly(backend, group.groupKey, ctx, hashOf('sum'), witness, group.rng);
      const parts = pointsOf(forged);
      expect(backend.pairsToOne(parts.A, group.groupKey.w, backend.neg(parts.Abar))).toBe(false);
    }
  });
});

describe('two answers to one commitment', () => {
  it('would publish the secret, so the card erases the nonce first', async () => {
    const { joined, card } = at(group.members, 0);
    const sk = scalarOf(joined.sk);
    const { ks, n } = commitOnCard(backend, group.rng);
    const asked = { pkh: group.groupKey.pkh, sk: joined.sk, ks, n, head: ctx.slice(0, 8), hm: hashOf('m') };
    const answers = ['a', 'b'].map((text) => ({
      tx: hashOf(text),
      ...respondOnCard(backend, { ...asked, tx: hashOf(text) }),
    }));
    const [first, second] = answers.map(({ zs }) => scalarOf(zs));

    const [c1, c2] = answers.map(({ tx }) =>
      challengeScalar(challengeOf({ pkh: asked.pkh, n, head: asked.head, messageHash: asked.hm, tx })),
    );
    if (first === undefined || second === undefined || c1 === undefined || c2 === undefined)
      throw new Error('no answer');
    // What a card that answered twice would have given away.
    expect(modOrder((first - second) * inverse(c1 - c2))).toBe(sk);
    // Ours answers each commitment once, whatever is asked, and never one it did not make.
    const { id } = await card.commit(neverAborted);
    const question = { id, head: ctx.slice(0, 8), hm: hashOf('m'), tx: hashOf('a') };
    await card.respond(question, neverAborted);
    await expect(card.respond({ ...question, tx: hashOf('b') }, neverAborted)).rejects.toThrow('unknown or used');
    await expect(card.respond({ ...question, id: Uint8Array.of(99) }, neverAborted)).rejects.toThrow('unknown or used');
  });
});
