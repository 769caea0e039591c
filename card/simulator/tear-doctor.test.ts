import { beforeAll, describe, expect, it, vi } from 'vitest';
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import { checkJoin } from '../../crypto/groupsig/issuer.ts';
import { createSampleGroup } from '../../crypto/groupsig/testing/sample-group.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { type DoctorApp, openDoctorApp } from '../apps/doctor-app.ts';
import { attributesOf, bytes, pin, prepareDoctor, refusalOf, reinsert, terminal } from './cards.fixture.ts';
import { createDoctorCard } from './doctor-card.ts';
import { loadCard } from './load-card.ts';
import { lengthsOf, tearAtEveryByte, without } from './tear.fixture.ts';

// Thousands of cuts: seconds on a quiet machine.
vi.setConfig({ testTimeout: 120_000 });

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
let active: Uint8Array;
let joined: Uint8Array;

beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 0);
  const card = createDoctorCard({ backend });
  const { issuing } = await prepareDoctor(card, group.groupKey.encoded);
  await issuing.activate();
  active = card.save();
  const app = await openDoctorApp(reinsert(card), await terminal('clinic'));
  await app.verifyPin(pin());
  await app.gsJoin(bytes(32));
  joined = card.save();
});

const behindPin =
  (operation: (app: DoctorApp) => Promise<unknown>) =>
  async (session: CardSession): Promise<() => Promise<unknown>> => {
    const app = await openDoctorApp(session, await terminal('clinic'));
    await app.verifyPin(pin());
    return () => operation(app);
  };

describe('the supply is cut at every byte of', () => {
  it('GS JOIN: no secret, or one whose statement the same nonce brings again', async () => {
    const nonce = bytes(32);
    const statement = { pkh: group.groupKey.pkh, doctorId: utf8('D-77'), nonce };
    const written = await tearAtEveryByte({
      image: active,
      backend,
      ready: behindPin((app) => app.gsJoin(nonce)),
      // Both signatures in the kept answer are others each time, and so is the secret of a second try.
      view: lengthsOf('group/last-join'),
      lasting: lengthsOf('group/secret'),
    });
    expect(written).toBeGreaterThan(700);
    for (const cut of [written - 1, written]) {
      const { card } = loadCard(active, { backend });
      const app = await openDoctorApp(reinsert(card), await terminal('clinic'));
      await app.verifyPin(pin());
      card.cutPowerAfterBytes(cut);
      await refusalOf(app.gsJoin(nonce));
      card.cutPowerAfterBytes(undefined);
      const later = await openDoctorApp(reinsert(card), await terminal('clinic'));
      await later.verifyPin(pin());
      const join = await later.gsJoin(nonce);
      expect(checkJoin(backend, statement, join)).toBe(true);
      expect(await later.gsJoin(nonce)).toEqual(join);
      expect(await refusalOf(later.gsJoin(bytes(32)))).toBe('CARD_ALREADY_USED');
    }
  });

  it('GS RESPOND: no response without its counter and its line, and no commitment that outlives the supply', async () => {
    const asked = { head: concat(Uint8Array.of(1, PURPOSES.record), bytes(6)), hm: bytes(32), tx: bytes(32) };
    const written = await tearAtEveryByte({
      image: joined,
      backend,
      ready: async (session) => {
        const app = await openDoctorApp(session, await terminal('clinic'));
        await app.verifyPin(pin());
        await app.setSession({ purposes: [PURPOSES.record], count: 1 });
        const { id } = await app.gsCommit();
        return () => app.gsRespond({ id, ...asked });
      },
      lasting: without('counter', 'ef/0301'),
    });
    expect(written).toBeGreaterThan(100);
    const { card } = loadCard(joined, { backend });
    const app = await openDoctorApp(reinsert(card), await terminal('clinic'));
    await app.verifyPin(pin());
    await app.setSession({ purposes: [PURPOSES.record], count: 2 });
    const { id } = await app.gsCommit();
    card.cutPowerAfterBytes(written - 1);
    expect(await refusalOf(app.gsRespond({ id, ...asked }))).toBe('CARD_LOST');
    const later = await openDoctorApp(reinsert(card), await terminal('clinic'));
    await later.verifyPin(pin());
    await later.setSession({ purposes: [PURPOSES.record], count: 2 });
    expect(await refusalOf(later.gsRespond({ id, ...asked }))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('COMPUTE SIGNATURE, UPDATE BINARY and VERIFY', async () => {
    const attributes = attributesOf('join-consent');
    await tearAtEveryByte({
      image: joined,
      backend,
      ready: behindPin((app) => app.signAttributes(attributes)),
      lasting: without('counter', 'ef/0301'),
    });
    const credential = bytes(96);
    await tearAtEveryByte({
      image: joined,
      backend,
      ready: behindPin((app) => app.writeCredential(credential)),
    });
    await tearAtEveryByte({
      image: joined,
      backend,
      ready: async (session) => {
        const app = await openDoctorApp(session, await terminal('clinic'));
        return () => app.verifyPin(pin('000000'));
      },
      refused: ['PIN_WRONG', 2],
      lasting: without('pin/01'),
    });
  });
});
