import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex, utf8 } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { GroupBackend, PreparedVerifier, SignedItem } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { commitOnCard, respondOnCard } from './card-member.ts';
import { createCoupon } from './coupon.ts';
import { decodeScalar, encodeScalar, modOrder, ORDER } from './scalar.ts';
import { type GroupCard, type SignInput, signWithCard } from './sign-host.ts';
import { coreOf, messageId } from './signature.ts';
import {
  at,
  createSampleGroup,
  credentialFor,
  flipped,
  hashOf,
  neverAborted,
  sampleContext,
  TODAY,
} from './testing/sample-group.ts';
import { challengeOf, challengeScalar } from './transcript.ts';
import { verifySignature } from './verify.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const TOMORROW = { ...TODAY, epoch: { day: TODAY.epoch.day + 1, seq: 0 } };

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
const ctx = sampleContext();
const messageHash = hashOf('record');
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 4);
});

const inputFor = (doctor: number): SignInput => {
  const { credential, card } = at(group.members, doctor);
  return { backend, groupKey: group.groupKey, credential, ctx, messageHash, card, signal: neverAborted };
};
const verify = (signature: Uint8Array, context = ctx, hash = messageHash): boolean =>
  verifySignature(backend, group.groupKey, context, hash, signature);

describe('sign and verify', () => {
  it('every doctor signs 400 bytes that verify, never the same twice', async () => {
    const seen = new Set<string>();
    for (let doctor = 0; doctor < 4; doctor++) {
      for (let round = 0; round < 2; round++) {
        const signature = await signWithCard(inputFor(doctor));
        expect(signature.length).toBe(400);
        expect(verify(signature)).toBe(true);
        for (let i = 0; i < 5; i++) seen.add(hex(signature.slice(48 * i, 48 * (i + 1))));
        seen.add(hex(signature.slice(240, 256)));
      }
    }
    expect(seen.size).toBe(8 * 6);
  });

  it('every purpose verifies as itself', async () => {
    const contexts = [
      sampleContext({ purpose: 'prescription', aud: new Uint8Array(32) }),
      sampleContext({ purpose: 'emergency', pid: new Uint8Array(16) }),
      sampleContext({ purpose: 'claim' }),
    ];
    for (const context of contexts) {
      const signature = await signWithCard({ ...inputFor(0), ctx: context });
      expect(verify(signature, context)).toBe(true);
      expect(verify(signature)).toBe(false);
    }
  });

  it('refuses another message, every other ctx, another epoch and another group', async () => {
    const signature = await signWithCard(inputFor(1));
    expect(verify(signature, ctx, hashOf('another'))).toBe(false);
    for (let i = 0; i < ctx.length; i++) expect(verify(signature, flipped(ctx, i)), `ctx byte ${i}`).toBe(false);
    expect(verify(signature, sampleContext(TOMORROW))).toBe(false);
    expect(verify(signature, new Uint8Array(0))).toBe(false);
    const stranger = createSampleGroup(backend, 0, 'another group').groupKey;
    expect(verifySignature(backend, stranger, ctx, messageHash, signature)).toBe(false);
    expect(() => verify(signature, ctx, messageHash.slice(1))).toThrow(RangeError);
  });

  it('refuses a change of any of the 400 bytes, and any other length', async () => {
    const signature = await signWithCard(inputFor(2));
    expect(verify(signature)).toBe(true);
    for (let i = 0; i < 400; i++) expect(verify(flipped(signature, i, 1 << (i % 8))), `byte ${i}`).toBe(false);
    for (const other of [
      signature.slice(1),
      signature.slice(0, -1),
      concat(signature, Uint8Array.of(0)),
      new Uint8Array(400),
    ]) {
      expect(verify(other)).toBe(false);
    }
  });

  it('refuses answers of r or more', async () => {
    const signature = await signWithCard(inputFor(2));
    for (const offset of [272, 304, 336, 368]) {
      const z = decodeScalar(signature.slice(offset, offset + 32));
      if (z === undefined) throw new Error('z out of range');
      const shifted = concat(signature.slice(0, offset), encodeScalar(z + ORDER), signature.slice(offset + 32));
      expect(verify(shifted)).toBe(false);
    }
  });

  it('names a message by ctx, H_M and core', async () => {
    const signature = await signWithCard(inputFor(0));
    const core = signature.slice(0, 272);
    expect(coreOf(signature)).toEqual(core);
    expect(messageId(ctx, messageHash, signature)).toEqual(h256(ctx, messageHash, core));
    expect(() => coreOf(core)).toThrow(RangeError);
  });

  it('leaves the whole to a backend that verifies in one call', () => {
    const asked: SignedItem[] = [];
    const prepared: PreparedVerifier = {
      verify: (item) => asked.push(item) > 0,
      verifyBatch: () => [],
      verifyBatchAsync: async () => [],
    };
    const key = { ...group.groupKey, prepared };
    expect(verifySignature(backend, key, ctx, messageHash, new Uint8Array(400))).toBe(true);
    expect(asked).toEqual([{ ctx, messageHash, signature: new Uint8Array(400) }]);
    expect(verifySignature(backend, key, ctx, messageHash, new Uint8Array(399))).toBe(false);
  });
});

describe('the card', () => {
  it('makes the challenge with its own n, new for each commitment and out of sight until the answer', async () => {
    const { groupKey, members, rng } = group;
    const { joined } = at(members, 0);
    const commitments = Array.from({ length: 20 }, () => commitOnCard(backend, rng));
    expect(new Set(commitments.map(({ n }) => hex(n))).size).toBe(20);
    expect(new Set(commitments.map(({ N }) => hex(N))).size).toBe(20);
    const asked = { pkh: groupKey.pkh, sk: joined.sk, head: ctx.slice(0, 8), hm: messageHash, tx: hashOf('tx') };
    const challenges = commitments.map(({ ks, n, N }) => {
      const answer = respondOnCard(backend, { ...asked, ks, n });
      expect(answer.n).toEqual(n);
      const c = challengeOf({ pkh: groupKey.pkh, n, head: asked.head, messageHash, tx: asked.tx });
      const Q = backend.decodeG1(joined.Q);
      const s = decodeScalar(answer.zs);
      if (Q === undefined || s === undefined) throw new Error('answer does not decode');
      // z_s*h - c*Q = N
      const recovered = backend.msm([backend.generators.h, Q], [s, modOrder(-challengeScalar(c))]);
      expect(hex(backend.encodeG1(recovered))).toBe(hex(N));
      return hex(c);
    });
    expect(new Set(challenges).size).toBe(20);
    // What the host sees before the answer does not contain n.
    const seen: object[] = [];
    const { card } = at(members, 0);
    const watched: GroupCard = {
      commit: async (signal) => {
        const commitment = await card.commit(signal);
        seen.push(commitment);
        return commitment;
      },
      respond: (input, signal) => card.respond(input, signal),
    };
    await signWithCard({ ...inputFor(0), card: watched });
    expect(seen.map((commitment) => Object.keys(commitment))).toEqual([['id', 'N']]);
  });

  it('draws n and k_s apart from what it was given', () => {
    const { N, n, ks } = commitOnCard(backend);
    expect([N.length, n.length, ks.length]).toEqual([48, 16, 32]);
  });

  it('refuses malformed input', () => {
    const { ks, n } = commitOnCard(backend, group.rng);
    const good = {
      pkh: group.groupKey.pkh,
      sk: encodeScalar(7n),
      ks,
      n,
      head: ctx.slice(0, 8),
      hm: messageHash,
      tx: messageHash,
    };
    const bad = [
      { ...good, pkh: good.pkh.slice(1) },
      { ...good, sk: encodeScalar(0n) },
      { ...good, sk: encodeScalar(ORDER) },
      { ...good, ks: encodeScalar(0n) },
      { ...good, n: n.slice(1) },
      { ...good, head: ctx },
      { ...good, hm: ctx },
      { ...good, tx: ctx },
    ];
    for (const input of bad) expect(() => respondOnCard(backend, input)).toThrow(RangeError);
  });
});

describe('the host', () => {
  it('uses a coupon once, for its own epoch and credential', async () => {
    const { groupKey, members, issuer } = group;
    const { credential, joined } = at(members, 0);
    const coupon = createCoupon(backend, groupKey, credential);
    expect(verify(await signWithCard({ ...inputFor(0), coupon }))).toBe(true);
    await expect(signWithCard({ ...inputFor(0), coupon })).rejects.toThrow(code('COUPON_USED'));
    const forgotten = createCoupon(backend, groupKey, credential);
    forgotten.destroy();
    await expect(signWithCard({ ...inputFor(0), coupon: forgotten })).rejects.toThrow(code('COUPON_USED'));
    const next = credentialFor(backend, groupKey, issuer.secret, joined.Q, TOMORROW).loaded;
    const early = createCoupon(backend, groupKey, next);
    await expect(signWithCard({ ...inputFor(0), coupon: early })).rejects.toThrow(code('EPOCH_MISMATCH'));
    const foreign = createCoupon(backend, groupKey, at(members, 1).credential);
    await expect(signWithCard({ ...inputFor(0), coupon: foreign })).rejects.toThrow(code('EPOCH_MISMATCH'));
  });

  it('spends the coupon even when the card fails', async () => {
    const coupon = createCoupon(backend, group.groupKey, at(group.members, 0).credential);
    const broken: GroupCard = {
      ...at(group.members, 0).card,
      respond: () => Promise.reject(new Error('card removed')),
    };
    await expect(signWithCard({ ...inputFor(0), coupon, card: broken })).rejects.toThrow('card removed');
    await expect(signWithCard({ ...inputFor(0), coupon })).rejects.toThrow(code('COUPON_USED'));
  });

  it('cannot label a credential of one epoch with another', async () => {
    await expect(signWithCard({ ...inputFor(0), ctx: sampleContext(TOMORROW) })).rejects.toThrow(
      code('EPOCH_MISMATCH'),
    );
    const { groupKey, issuer, members } = group;
    const { loaded } = credentialFor(backend, groupKey, issuer.secret, at(members, 0).joined.Q, TOMORROW);
    const context = sampleContext(TOMORROW);
    const signature = await signWithCard({ ...inputFor(0), credential: loaded, ctx: context });
    expect(verify(signature, context)).toBe(true);
  });

  it("refuses another card's answer, a malformed one, a malformed N and a second answer", async () => {
    const { card } = at(group.members, 3);
    await expect(signWithCard({ ...inputFor(0), card })).rejects.toThrow(code('CARD_ANSWER_INVALID'));
    const own = at(group.members, 0).card;
    const wrong: GroupCard = {
      ...own,
      respond: async (i, s) => ({ ...(await own.respond(i, s)), zs: encodeScalar(1n) }),
    };
    await expect(signWithCard({ ...inputFor(0), card: wrong })).rejects.toThrow(code('CARD_ANSWER_INVALID'));
    const short: GroupCard = {
      ...own,
      respond: async (i, s) => ({ ...(await own.respond(i, s)), n: new Uint8Array(15) }),
    };
    await expect(signWithCard({ ...inputFor(0), card: short })).rejects.toThrow(code('CARD_ANSWER_INVALID'));
    const N = concat(Uint8Array.of(0xc0), new Uint8Array(47));
    const commitment = { id: utf8('x'), N };
    await expect(signWithCard({ ...inputFor(0), commitment })).rejects.toThrow(code('CARD_ANSWER_INVALID'));
    const used = await own.commit(neverAborted);
    expect(verify(await signWithCard({ ...inputFor(0), commitment: used }))).toBe(true);
    await expect(signWithCard({ ...inputFor(0), commitment: used })).rejects.toThrow('unknown or used');
  });

  it('stops before the card when aborted, and refuses a malformed ctx', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(signWithCard({ ...inputFor(0), signal: stop.signal })).rejects.toThrow('stopped');
    await expect(signWithCard({ ...inputFor(0), ctx: ctx.slice(1) })).rejects.toThrow(code('CONTEXT_INVALID'));
  });
});
