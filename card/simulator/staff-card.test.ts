import { describe, expect, it } from 'vitest';
import { concat, fromHex, utf8 } from '../../crypto/common/bytes.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { command } from '../apdu/command.ts';
import { APPLICATIONS } from '../apps/card-profile.ts';
import { recognise } from '../apps/recognise.ts';
import { openTerminalChannel } from '../apps/secure-channel.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import {
  AUTHORITY,
  attributesOf,
  issueStaff,
  PUK,
  pin,
  refusalOf,
  reinsert,
  sessionTo,
  terminal,
} from './cards.fixture.ts';
import { createStaffCard } from './staff-card.ts';

async function issued(transport = false) {
  const card = createStaffCard();
  const { point } = await issueStaff(card, { transport });
  return { card, point, app: await openStaffApp(reinsert(card), await terminal('pharmacy')) };
}

describe('staff card', () => {
  it('carries role and institution, and signs behind the PIN', async () => {
    const { card, point, app } = await issued();
    expect(parseCertificate(await app.readCertificate()).role).toEqual({
      institution: '3501200000',
      role: 'pharmacist',
    });
    const der = attributesOf('dispensing');
    expect(await refusalOf(app.signAttributes(der))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect(isSignedBy(point, der, (await app.signAttributes(der)).signature)).toBe(true);
    expect(await refusalOf((await openStaffApp(reinsert(card), await terminal('pharmacy'))).signAttributes(der))).toBe(
      'PIN_REQUIRED',
    );
    expect((await (await openStaffApp(reinsert(card), await terminal('pharmacy'))).readChain()).length).toBe(0);
    expect(await recognise(sessionTo(card))).toBe('staff');
  });
});

describe('PIN', () => {
  it('counts down, forgives, blocks, and is unblocked by the PUK', async () => {
    const { app, card } = await issued();
    expect(await app.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
    expect(await refusalOf(app.verifyPin(pin('000000')))).toEqual(['PIN_WRONG', 2]);
    await app.verifyPin(pin());
    expect(await app.pinStatus()).toEqual({ state: 'verified' });
    for (const left of [2, 1]) expect(await refusalOf(app.verifyPin(pin('000000')))).toEqual(['PIN_WRONG', left]);
    expect(await refusalOf(app.verifyPin(pin('000000')))).toEqual(['PIN_BLOCKED', 0]);
    expect(await refusalOf(app.verifyPin(pin()))).toBe('PIN_BLOCKED');
    const later = await openStaffApp(reinsert(card), await terminal('pharmacy'));
    expect(await later.pinStatus()).toEqual({ state: 'blocked' });
    expect(await refusalOf(later.unblockPin(pin('11111111'), pin('654321')))).toEqual(['PIN_WRONG', 9]);
    await later.unblockPin(pin(PUK), pin('654321'));
    expect(await later.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
    await later.verifyPin(pin('654321'));
  });

  it('has a PUK of ten uses, right or wrong', async () => {
    const { app } = await issued();
    for (let i = 0; i < 5; i++) await app.unblockPin(pin(PUK), pin());
    for (const left of [4, 3, 2, 1]) {
      expect(await refusalOf(app.unblockPin(pin('11111111'), pin()))).toEqual(['PIN_WRONG', left]);
    }
    await app.unblockPin(pin(PUK), pin());
    expect(await refusalOf(app.unblockPin(pin(PUK), pin()))).toBe('PIN_BLOCKED');
    await app.verifyPin(pin());
  });

  it('is changed with the old one, and a wrong old one costs a try', async () => {
    const { app } = await issued();
    expect(await refusalOf(app.changePin(pin('000000'), pin('654321')))).toEqual(['PIN_WRONG', 2]);
    await app.changePin(pin(), pin('654321'));
    await app.verifyPin(pin('654321'));
  });

  it('of the wrong form costs no try', async () => {
    const { app } = await issued();
    expect(await refusalOf(app.verifyPin(pin('1234')))).toBe('PIN_FORMAT');
    expect(await refusalOf(app.changePin(pin(), pin('1234')))).toBe('PIN_FORMAT');
    expect(await refusalOf(app.unblockPin(pin('1234'), pin()))).toBe('PIN_FORMAT');
    expect(await app.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
  });

  it('for transport must be changed first', async () => {
    const { app } = await issued(true);
    expect(await refusalOf(app.verifyPin(pin()))).toBe('PIN_CHANGE_REQUIRED');
    expect(await refusalOf(app.signAttributes(attributesOf('sign-on')))).toBe('PIN_REQUIRED');
    await app.changePin(pin(), pin('654321'));
    await app.verifyPin(pin('654321'));
  });

  it('for transport ends what an ordinary one had opened while the card is issued', async () => {
    const session = sessionTo(createStaffCard());
    await session.send(command([0x00, 0xa4, 0x04, 0x00], APPLICATIONS.staff.aid, 256));
    await session.send(command([0x00, 0xda, 1, 4], concat(AUTHORITY.point, utf8(AUTHORITY.reference))));
    const bureau = await terminal('bureau');
    const { session: inside } = await openTerminalChannel(session, APPLICATIONS.staff, bureau, undefined);
    const send = async (header: readonly [number, number, number, number], data?: Uint8Array) =>
      (await inside.send(command(header, data))).sw;
    const block = fromHex('26123456ffffffff');
    expect(await send([0x00, 0x24, 1, 1], block)).toBe(0x9000);
    expect(await send([0x00, 0x20, 0, 1], block)).toBe(0x9000);
    expect(await send([0x00, 0x20, 0, 1])).toBe(0x9000);
    expect(await send([0x00, 0x24, 1, 1], concat(block, Uint8Array.of(1)))).toBe(0x9000);
    expect(await send([0x00, 0x20, 0, 1])).toBe(0x63c3);
    expect(await send([0x00, 0x20, 0, 1], block)).toBe(0x6984);
    expect(await send([0x00, 0x20, 0, 1])).toBe(0x63c3);
  });

  it('is counted before it is compared: cutting the supply gains no try', async () => {
    const { card } = await issued();
    for (const left of [2, 1, 0]) {
      const app = await openStaffApp(reinsert(card), await terminal('pharmacy'));
      card.cutPowerAfter(1);
      // The right PIN: its counter would be restored by the second write.
      expect(await refusalOf(app.verifyPin(pin()))).toBe('CARD_LOST');
      const status = await (await openStaffApp(reinsert(card), await terminal('pharmacy'))).pinStatus();
      expect(status).toEqual(left === 0 ? { state: 'blocked' } : { state: 'needed', triesLeft: left });
    }
  });

  it('blocks are wiped by the call that takes them', async () => {
    const { app } = await issued();
    const block = pin();
    await app.verifyPin(block);
    expect(block.every((byte) => byte === 0)).toBe(true);
    const wrong = pin('000000');
    await refusalOf(app.verifyPin(wrong));
    expect(wrong.every((byte) => byte === 0)).toBe(true);
  });
});
