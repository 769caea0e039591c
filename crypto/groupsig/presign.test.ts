import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex } from '../common/bytes.ts';
import type { G1, GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { createCoupon } from './coupon.ts';
import { type PresignInput, presign } from './presign.ts';
import { encodeScalar } from './scalar.ts';
import { type GroupCard, type SignInput, signWithCard } from './sign-host.ts';
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
import { verifySignature } from './verify.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const TOMORROW = { ...TODAY, epoch: { day: TODAY.epoch.day + 1, seq: 0 } };
const ctx = sampleContext();
const messageHash = hashOf('ahead');

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 2, 'group that presigns');
});

const inputFor = (doctor: number): SignInput => {
  const { credential, card } = at(group.members, doctor);
  return { backend, groupKey: group.groupKey, credential, ctx, messageHash, card, signal: neverAborted };
};
const aheadFor = async (doctor: number, changes: Partial<PresignInput> = {}): Promise<PresignInput> => {
  const { credential, card } = at(group.members, doctor);
  return { backend, groupKey: group.groupKey, credential, commitment: await card.commit(neverAborted), ...changes };
};

describe('presignature', () => {
  it('signs once, and asks the card for nothing but its answer', async () => {
    const presignature = presign(await aheadFor(0));
    const { card } = at(group.members, 0);
    const asked: string[] = [];
    const watched: GroupCard = {
      commit: () => Promise.reject(new Error('no commitment is needed')),
      respond: (input, signal) => {
        asked.push(hex(input.tx));
        return card.respond(input, signal);
      },
    };
    const signature = await signWithCard({ ...inputFor(0), card: watched, presignature });
    expect(verifySignature(backend, group.groupKey, ctx, messageHash, signature)).toBe(true);
    expect(asked.length).toBe(1);
    await expect(signWithCard({ ...inputFor(0), presignature })).rejects.toThrow(code('COUPON_USED'));
  });

  it('computes no variable product on line', async () => {
    const presignature = presign(await aheadFor(0));
    const asked: string[] = [];
    const spy = <T extends (...args: never[]) => G1>(name: string, work: T): T =>
      // The same function with a note before it.
      ((...args: never[]) => {
        asked.push(name);
        return work(...args);
      }) as T;
    const watched: GroupBackend = {
      ...backend,
      mul: spy('mul', backend.mul),
      msm: spy('msm', backend.msm),
      mulSecret: spy('mulSecret', backend.mulSecret),
      encodeG1: () => {
        throw new Error('nothing is left to encode');
      },
    };
    group.groupKey.baseOf(ctx.slice(2, 10));
    await signWithCard({ ...inputFor(0), backend: watched, presignature });
    expect(asked).toEqual([]);
  });

  it('spends the coupon it is made of', async () => {
    const coupon = createCoupon(backend, group.groupKey, at(group.members, 0).credential);
    const presignature = presign(await aheadFor(0, { coupon }));
    expect(() => coupon.take()).toThrow(code('COUPON_USED'));
    const again = await aheadFor(0, { coupon });
    expect(() => presign(again)).toThrow(code('COUPON_USED'));
    const signature = await signWithCard({ ...inputFor(0), presignature });
    expect(verifySignature(backend, group.groupKey, ctx, messageHash, signature)).toBe(true);
  });

  it('is gone when destroyed, and when the card failed', async () => {
    const forgotten = presign(await aheadFor(0));
    forgotten.destroy();
    await expect(signWithCard({ ...inputFor(0), presignature: forgotten })).rejects.toThrow(code('COUPON_USED'));
    const spent = presign(await aheadFor(0));
    const broken: GroupCard = {
      ...at(group.members, 0).card,
      respond: () => Promise.reject(new Error('card removed')),
    };
    await expect(signWithCard({ ...inputFor(0), card: broken, presignature: spent })).rejects.toThrow('card removed');
    await expect(signWithCard({ ...inputFor(0), presignature: spent })).rejects.toThrow(code('COUPON_USED'));
  });

  it('is for its own epoch, class and credential', async () => {
    const { groupKey, issuer, members } = group;
    const { loaded } = credentialFor(backend, groupKey, issuer.secret, at(members, 0).joined.Q, TOMORROW);
    const early = presign(await aheadFor(0, { credential: loaded }));
    await expect(signWithCard({ ...inputFor(0), presignature: early })).rejects.toThrow(code('EPOCH_MISMATCH'));
    // The refusal came before the values: it is still good where it belongs.
    const context = sampleContext(TOMORROW);
    const input = { ...inputFor(0), credential: loaded, ctx: context, presignature: early };
    expect(verifySignature(backend, groupKey, context, messageHash, await signWithCard(input))).toBe(true);
    const foreign = presign(await aheadFor(1));
    await expect(signWithCard({ ...inputFor(0), presignature: foreign })).rejects.toThrow(code('EPOCH_MISMATCH'));
  });

  it("refuses another card's answer, also when N was its own", async () => {
    const { card } = at(group.members, 1);
    const stranger = presign(await aheadFor(0, { commitment: await card.commit(neverAborted) }));
    await expect(signWithCard({ ...inputFor(0), card, presignature: stranger })).rejects.toThrow(
      code('CARD_ANSWER_INVALID'),
    );
    const own = at(group.members, 0).card;
    for (const change of [
      { zs: encodeScalar(0n) },
      { zs: new Uint8Array(32).fill(0xff) },
      { zs: new Uint8Array(31) },
      { n: new Uint8Array(15) },
      { n: new Uint8Array(16) },
    ]) {
      const presignature = presign(await aheadFor(0));
      const wrong: GroupCard = { ...own, respond: async (i, s) => ({ ...(await own.respond(i, s)), ...change }) };
      await expect(signWithCard({ ...inputFor(0), card: wrong, presignature })).rejects.toThrow(
        code('CARD_ANSWER_INVALID'),
      );
    }
  });

  it('refuses a malformed N before it spends the coupon', async () => {
    const coupon = createCoupon(backend, group.groupKey, at(group.members, 0).credential);
    const good = await aheadFor(0, { coupon });
    const { N } = good.commitment;
    for (const bytes of [concat(Uint8Array.of(0xc0), new Uint8Array(47)), flipped(N, 0, 0x80), N.slice(1)]) {
      expect(() => presign({ ...good, commitment: { ...good.commitment, N: bytes } })).toThrow(
        code('CARD_ANSWER_INVALID'),
      );
    }
    expect(() => presign(good)).not.toThrow();
  });

  it('is not given beside a coupon or commitment', async () => {
    const input = await aheadFor(0);
    const presignature = presign(input);
    await expect(signWithCard({ ...inputFor(0), presignature, commitment: input.commitment })).rejects.toThrow(
      RangeError,
    );
  });
});
