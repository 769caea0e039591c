import { describe, expect, it } from 'vitest';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { recognise } from '../apps/recognise.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import { attributesOf, bytes, issueStaff, pin, refusalOf, sessionTo, terminal } from './cards.fixture.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createSoftwareReader } from './software-reader.ts';
import { createStaffCard } from './staff-card.ts';

describe('software reader', () => {
  it('tells of cards that come and go', async () => {
    const reader = createSoftwareReader(['left', 'right']);
    const seen: string[] = [];
    const undo = reader.subscribe((slots) => seen.push(slots.map(({ state }) => state).join()));
    const card = createStaffCard();
    reader.insert('left', card);
    expect(() => reader.insert('left', createStaffCard())).toThrow(RangeError);
    reader.insert('right', createPatientCard());
    expect(reader.remove('left')).toBe(card);
    expect(reader.remove('left')).toBeUndefined();
    reader.setFault('right', { kind: 'mute' });
    undo();
    reader.insert('left', card);
    expect(seen).toEqual(['present,empty', 'present,present', 'empty,present', 'empty,mute']);
    expect(await refusalOf(reader.connect('right'))).toBe('CARD_MUTE');
    expect(await recognise(createCardSession(await reader.connect('left')))).toBe('staff');
    await reader.close();
    expect(await refusalOf(reader.slots())).toBe('READER_FAILED');
  });

  it('loses the card, and does not find another one in its place', async () => {
    const reader = createSoftwareReader(['tray']);
    expect(await refusalOf(reader.connect('tray'))).toBe('CARD_ABSENT');
    const card = createStaffCard();
    reader.insert('tray', card);
    const session = createCardSession(await reader.connect('tray'));
    expect(await recognise(session)).toBe('staff');
    reader.remove('tray');
    expect(await refusalOf(recognise(session))).toBe('CARD_LOST');
    reader.insert('tray', card);
    expect(await refusalOf(recognise(session))).toBe('CARD_LOST');
  });

  it('makes the faults asked for', async () => {
    const reader = createSoftwareReader(['tray']);
    reader.insert('tray', createStaffCard());
    const session = createCardSession(await reader.connect('tray'));
    reader.setFault('tray', { kind: 'garbage', at: 1, answer: Uint8Array.of(0, 0) });
    expect(await refusalOf(recognise(session))).toBe('CARD_ANSWER_INVALID');
    expect(await recognise(session)).toBe('staff');
    reader.setFault('tray', { kind: 'empty', at: 0 });
    expect(await refusalOf(recognise(session))).toBe('CARD_LOST');
    expect((await reader.slots())[0]?.state).toBe('empty');
  });

  it('gives one connection the card to itself', async () => {
    const reader = createSoftwareReader(['tray']);
    reader.insert('tray', createStaffCard());
    const mine = await reader.connect('tray');
    const other = createCardSession(await reader.connect('tray'));
    const order: string[] = [];
    const theirs: Promise<unknown>[] = [];
    await mine.exclusively(async () => {
      theirs.push(recognise(other).then(() => order.push('other')));
      await recognise(createCardSession(mine));
      order.push('mine');
    });
    await Promise.all(theirs);
    expect(order).toEqual(['mine', 'other']);
    await mine.disconnect();
    expect(await refusalOf(mine.transmit(Uint8Array.of(0, 0xa4, 4, 0)))).toBe('CARD_LOST');
  });

  it('a wrong card is unknown, an aborted wait is cancelled', async () => {
    const reader = createSoftwareReader(['tray']);
    const stop = new AbortController();
    reader.insert('tray', createStaffCard());
    const connection = await reader.connect('tray');
    stop.abort();
    expect(await refusalOf(connection.transmit(bytes(5), stop.signal))).toBe('CANCELLED');
    const foreign = createCardSession({ transmit: async () => Uint8Array.of(0x6a, 0x82) });
    expect(await refusalOf(recognise(foreign))).toBe('CARD_UNKNOWN');
  });
});

describe('saved cards', () => {
  it('go on where they were, and refuse damaged bytes', async () => {
    const backend = await createMclBackend();
    const card = createStaffCard();
    await issueStaff(card);
    const app = await openStaffApp(sessionTo(card), await terminal('pharmacy'));
    await refusalOf(app.verifyPin(pin('000000')));
    const saved = card.save();
    const loaded = loadCard(saved, { backend });
    expect(loaded.kind).toBe('staff');
    const again = await openStaffApp(sessionTo(loaded.card), await terminal('pharmacy'));
    expect(await again.pinStatus()).toEqual({ state: 'needed', triesLeft: 2 });
    await again.verifyPin(pin());
    expect((await again.signAttributes(attributesOf('sign-on'))).counter).toBe(1);
    for (const damaged of [saved.slice(1), saved.with(40, (saved[40] ?? 0) ^ 1), new Uint8Array(0), bytes(100)]) {
      expect(await refusalOf((async () => loadCard(damaged, { backend }))())).toBe('CARD_UNKNOWN');
    }
  });
});
