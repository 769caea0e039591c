/**
 * The card office of the bureau: a clerk finds cards, opens one and takes steps with it; and what each refusal is called.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CardStep, ClerkEvent } from '../../contract/card-life.ts';
import type { CardOfficeFlow, CardQuery } from '../../contract/card-office-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { CLERK, DEMO_PUK, DOCTORS, digitsOfPin, PATIENTS } from '../../main/app/demonstration.ts';
import { LOCK_MS } from '../../main/station/card-office-desk.ts';
import { nameAgent } from './name-agent.ts';
import type { StationUnderTest } from './station-under-test.ts';
import { at, CHEN, codeOf, LEE, pinOf, ready, refusalIn, settled, signOn as signOnAt, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

/** A warrant of a patient for the citizen of the demonstration; its serial number. */
async function warrantOf(world: World, card: string): Promise<string> {
  await signOnAt(world, 'registration', 'staff-registrar');
  return (await nameAgent(world, card)).serial;
}

const DESK = 'card-office';
const [LEFT, RIGHT] = ['card-office/left', 'card-office/right'];
const SPARE = 'patient-wang-spare';
const wang = PATIENTS.find(({ id }) => id === WANG) ?? expect.fail();

describe('the card office', () => {
  let world: World;
  let office: StationUnderTest;
  beforeAll(async () => {
    world = await createWorld();
    office = await world.another([{ folder: world.folders.issuing, slots: DESK }]);
  });
  beforeEach(async () => {
    world.table.remove(RIGHT);
    await office.station.clear({ desk: DESK });
    await clerkIn();
  });
  afterAll(() => world.close());

  const signOn = (card: string) => office.station.signOn({ desk: DESK, pin: pinOf(card) });
  const insert = async (card: string, slot: string, kind: 'patient' | 'doctor' | 'staff') => {
    world.table.insert(card, slot);
    await office.until(DESK, ready(slot, kind));
  };
  async function clerkIn(): Promise<void> {
    if ((await office.state(DESK)).operator !== undefined) return;
    await insert(CLERK.id, LEFT, 'staff');
    expect((await signOn(CLERK.id)).operator?.role).toBe('clerk');
  }
  const find = async (query: CardQuery): Promise<CardOfficeFlow> => {
    const state = await office.station.findCards({ desk: DESK, query });
    return state.desk === DESK ? state.flow : expect.fail('another desk answered');
  };
  const cardsOf = async (query: CardQuery) => at({ flow: await find(query) }, 'found').cards;
  const take = async (serial: string, step: CardStep) => {
    const state = await office.station.takeCardStep({ desk: DESK, serial, step });
    return state.desk === DESK ? at(state, 'card') : expect.fail('another desk answered');
  };
  const because = (event: Exclude<ClerkEvent, 'replace' | 'renew'>, reason = '在家中找不到'): CardStep => ({
    event,
    reason,
  });
  /** A card in the right reader, opened. */
  const opened = async (card: string, kind: 'patient' | 'doctor' | 'staff' = 'patient') => {
    await insert(card, RIGHT, kind);
    return at({ flow: await find({ by: 'reader' }) }, 'card');
  };
  const meddle = (code: 'BUREAU_UNREACHABLE' | 'OPERATOR_NOT_ALLOWED', route: 'cards' | 'card' | 'cardStep') =>
    office.desk(DESK).wire.meddle(route, async () => {
      throw new ImisError(code, 'in the way');
    });

  it('shows nothing and does nothing before a clerk has signed on', async () => {
    await insert(CHEN, RIGHT, 'patient');
    const { serial } = at({ flow: await find({ by: 'reader' }) }, 'card').card;
    const off = await office.station.signOff({ desk: DESK });
    expect(off).toMatchObject({ flow: { step: 'idle' }, inReaders: [] });
    const asked = office.station.findCards({ desk: DESK, query: { by: 'reader' } });
    expect(await codeOf(asked)).toBe('OPERATOR_REQUIRED');
    const step = office.station.takeCardStep({ desk: DESK, serial, step: because('suspend') });
    expect(await codeOf(step)).toBe('OPERATOR_REQUIRED');
  });

  it('takes no member of staff of another institution for a clerk', async () => {
    world.table.remove(LEFT);
    await insert('staff-registrar', LEFT, 'staff');
    const { operator, signOnRefusal } = await signOn('staff-registrar');
    expect([operator, signOnRefusal?.code]).toEqual([undefined, 'OPERATOR_NOT_ALLOWED']);
    world.table.insert(CLERK.id, LEFT);
  });

  it('opens the card that lies in the other reader, with its log and the steps that can follow', async () => {
    const { card, log, steps } = await opened(CHEN);
    expect(card).toMatchObject({ kind: 'patient', status: 'active', renewalDue: false, replacedBy: null });
    expect(log).toMatchObject([{ event: 'issue', status: 'active' }]);
    expect(steps).toEqual(['report-lost', 'report-stolen', 'suspend', 'return', 'replace']);
    const state = await office.until(DESK, (now) => now.desk === DESK && now.inReaders.length > 0);
    expect(state.inReaders).toEqual([{ kind: 'patient', serial: card.serial }]);
    expect(await find({ by: 'serial', serial: card.serial })).toMatchObject({ step: 'card', card });
  });

  it('finds all cards of a person by the national number, and says so when there is none', async () => {
    const cards = await cardsOf({ by: 'national-id', nationalId: wang.person.nationalId });
    expect(cards.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['patient active', 'patient active']);
    expect(await cardsOf({ by: 'national-id', nationalId: 'Z299999999' })).toEqual([]);
    expect(await find({ by: 'serial', serial: '00'.repeat(16) })).toMatchObject({
      step: 'refused',
      refusal: { code: 'NOT_FOUND' },
    });
    // Whom a clerk asked for stays between the clerk and the bureau.
    expect(JSON.stringify(office.published)).not.toContain(wang.person.nationalId);
  });

  it('needs a card in the other reader to open one, and one that it knows', async () => {
    expect(refusalIn(await find({ by: 'reader' }))).toBe('CARD_ABSENT');
    world.table.insert('nhi-wang', RIGHT);
    await office.until(DESK, ready(RIGHT, 'nhi'));
    expect(refusalIn(await find({ by: 'reader' }))).toBe('NHI_CARD_CANNOT_SIGN');
  });

  it('suspends a card, finds it among the suspended, and resumes it', async () => {
    const { card } = await opened(LEE, 'doctor');
    const suspended = await take(card.serial, because('suspend', '醫師休假'));
    expect(suspended).toMatchObject({ done: 'suspend', card: { status: 'suspended', orders: card.orders + 1 } });
    expect(suspended.log.at(-1)).toMatchObject({ event: 'suspend', status: 'suspended', reason: '醫師休假' });
    expect(suspended.steps).toContain('resume');
    expect(suspended.steps).not.toContain('suspend');
    expect(await cardsOf({ by: 'status', status: 'suspended' })).toEqual([suspended.card]);
    await find({ by: 'serial', serial: card.serial });
    const resumed = await take(card.serial, because('resume'));
    expect(resumed).toMatchObject({ done: 'resume', card: { status: 'active' } });
    expect(resumed.card.holder).toBe(DOCTORS[0].doctorId);
  });

  it('takes a step only with the card that is open, and only one that its state allows', async () => {
    const { card } = await opened(CHEN);
    const other = office.station.takeCardStep({ desk: DESK, serial: 'ab'.repeat(16), step: because('suspend') });
    expect(await codeOf(other)).toBe('STEP_OUT_OF_ORDER');
    const refused = await take(card.serial, because('resume'));
    expect(refused).toMatchObject({ refusal: { code: 'CARD_STATE_CONFLICT' }, card: { status: 'active' } });
    expect(refused).not.toHaveProperty('done');
    const early = { event: 'renew', reason: '將到期', by: card.serial } as const;
    expect((await take(card.serial, early)).refusal?.code).toBe('CARD_STATE_CONFLICT');
  });

  it('shows a card as somebody else has left it when a step comes too late', async () => {
    const { card } = await opened(CHEN);
    const { client } = office.desk(DESK).wire;
    const stop = office.desk(DESK).wire.meddle('cardStep', async (input, pass) => {
      stop();
      await client.cardStep({ ...input, body: { event: 'suspend', reason: '他人' } }, signal);
      return pass(input);
    });
    const late = await take(card.serial, because('suspend'));
    expect(late).toMatchObject({ refusal: { code: 'CARD_STATE_CONFLICT' }, card: { status: 'suspended' } });
    expect(late.log.at(-1)?.reason).toBe('他人');
    expect(late.steps).toContain('resume');
    expect(await take(card.serial, because('resume'))).toMatchObject({ done: 'resume' });
  });

  it('says that the bureau is away, and knows of no step until it has asked again', async () => {
    const { card } = await opened(CHEN);
    const stops = [meddle('BUREAU_UNREACHABLE', 'card'), meddle('BUREAU_UNREACHABLE', 'cardStep')];
    const away = await take(card.serial, because('suspend'));
    expect(away).toMatchObject({ refusal: { code: 'BUREAU_UNREACHABLE' }, card, steps: [] });
    expect(refusalIn(await find({ by: 'reader' }))).toBe('BUREAU_UNREACHABLE');
    for (const stop of stops) stop();
    // The answer to a step that was taken is lost: the card tells.
    await find({ by: 'reader' });
    const stop = office.desk(DESK).wire.meddle('cardStep', async (input, pass) => {
      await pass(input);
      throw new ImisError('BUREAU_UNREACHABLE', 'on the way back');
    });
    const lost = await take(card.serial, because('suspend'));
    stop();
    expect(lost).toMatchObject({ refusal: { code: 'BUREAU_UNREACHABLE' }, card: { status: 'suspended' } });
    expect(await take(card.serial, because('resume'))).toMatchObject({ done: 'resume' });
    const unread = meddle('BUREAU_UNREACHABLE', 'card');
    const done = await take(card.serial, because('suspend'));
    unread();
    expect(done).toMatchObject({ done: 'suspend', card: { status: 'suspended' }, steps: [] });
    await find({ by: 'reader' });
    await take(card.serial, because('resume'));
  });

  it('shows the code when the bureau lets nobody of this role do that', async () => {
    const stop = meddle('OPERATOR_NOT_ALLOWED', 'cards');
    expect(refusalIn(await find({ by: 'status', status: 'lost' }))).toBe('OPERATOR_NOT_ALLOWED');
    stop();
  });

  it('puts the card in the reader in the place of a lost one', async () => {
    const spare = (await opened(SPARE)).card;
    const { card: old } = await opened(WANG);
    expect(old.holder).toBe(spare.holder);
    await take(old.serial, because('report-lost'));
    const step: CardStep = { event: 'replace', reason: '補發', by: spare.serial };
    // The one that is to take the place is in no reader.
    expect(await take(old.serial, step)).toMatchObject({ refusal: { code: 'CARD_LOST' }, card: { status: 'lost' } });
    await insert(CHEN, RIGHT, 'patient');
    expect((await take(old.serial, step)).refusal?.code).toBe('CARD_LOST');
    const { inReaders } = await office.until(DESK, (now) => now.desk === DESK && now.inReaders.length > 0);
    const others = { ...step, by: inReaders[0]?.serial ?? '' };
    expect((await take(old.serial, others)).refusal?.code).toBe('CARD_STATE_CONFLICT');
    await insert(SPARE, RIGHT, 'patient');
    const replaced = await take(old.serial, step);
    expect(replaced).toMatchObject({ done: 'replace', card: { status: 'replaced', replacedBy: spare.serial } });
    expect(replaced.steps).toEqual([]);
    expect(await find({ by: 'serial', serial: spare.serial })).toMatchObject({ card: { status: 'active' } });
  });

  it('takes back a warrant, found by a health card of its patient or by its own number, for a reason', async () => {
    const first = await warrantOf(world, CHEN);
    const second = await warrantOf(world, CHEN);
    const { card } = await opened(CHEN);
    const list = async (query: CardQuery) => at({ flow: await find(query) }, 'warrants');
    const all = await list({ by: 'warrants-of', card: card.serial });
    expect(new Set(all.warrants.map(({ serial }) => serial))).toEqual(new Set([first, second]));
    expect(all.warrants.some(({ erased }) => erased)).toBe(false);
    const erase = async (serial: string, reason = '代領人失聯') => {
      const state = await office.station.eraseWarrant({ desk: DESK, serial, reason });
      return state.desk === DESK ? at(state, 'warrants') : expect.fail('another desk answered');
    };
    expect(await codeOf(erase('00'.repeat(16)))).toBe('STEP_OUT_OF_ORDER');
    // Past the contract, at the bureau.
    expect((await erase(first, ' ')).refusal?.code).toBe('REQUEST_MALFORMED');
    const after = await erase(first);
    expect(after).toMatchObject({ card: card.serial, done: first });
    expect(after.warrants.find(({ serial }) => serial === first)?.erased).toBe(true);
    expect(await codeOf(erase(first))).toBe('STEP_OUT_OF_ORDER');
    expect(await world.store.warrantErasure(first, signal)).toMatchObject({ serial: first });
    // The patient's card is told at the next desk.
    expect(await find({ by: 'serial', serial: card.serial })).toMatchObject({ card: { orders: card.orders + 1 } });
    const one = await list({ by: 'serial', serial: second });
    expect(one).toMatchObject({ warrants: [{ serial: second, erased: false, maskedName: '趙○芬' }] });
    expect(one.card).toBeUndefined();
    expect(await erase(second, '法院裁定')).toMatchObject({ done: second, warrants: [{ erased: true }] });
    expect((await list({ by: 'warrants-of', card: (await opened(LEE, 'doctor')).card.serial })).warrants).toEqual([]);
  });

  it('says that the bureau is away, and what it did when only its answer was lost', async () => {
    const serial = await warrantOf(world, CHEN);
    await find({ by: 'serial', serial });
    const { wire } = office.desk(DESK);
    const erase = async () => {
      const state = await office.station.eraseWarrant({ desk: DESK, serial, reason: '代領人失聯' });
      return state.desk === DESK ? at(state, 'warrants') : expect.fail('another desk answered');
    };
    const unreachable = new ImisError('BUREAU_UNREACHABLE', 'in the way');
    const away = wire.meddle('warrantErasure', async () => {
      throw unreachable;
    });
    const refused = await erase();
    expect(refused).toMatchObject({ refusal: { code: 'WARRANT_ONLINE_ONLY' }, warrants: [{ erased: false }] });
    expect(refused.done).toBeUndefined();
    expect(await world.store.warrantErasure(serial, signal)).toBeUndefined();
    away();
    const lost = wire.meddle('warrantErasure', async (input, pass) => {
      await pass(input);
      throw unreachable;
    });
    const known = await erase();
    expect(known).toMatchObject({ done: serial, warrants: [{ erased: true }] });
    expect(known.refusal).toBeUndefined();
    lost();
    const next = await warrantOf(world, CHEN);
    await find({ by: 'serial', serial: next });
    const unread = wire.meddle('warrant', async () => {
      throw unreachable;
    });
    const state = await office.station.eraseWarrant({ desk: DESK, serial: next, reason: '代領人失聯' });
    unread();
    expect(state.flow).toMatchObject({ done: next, warrants: [{ serial: next, erased: true }] });
  });

  it('shows warrants to nobody once the clerk has left', async () => {
    const serial = await warrantOf(world, CHEN);
    await find({ by: 'serial', serial });
    const off = await office.station.signOff({ desk: DESK });
    expect(off.flow.step).toBe('idle');
    const asked = office.station.eraseWarrant({ desk: DESK, serial, reason: '代領人失聯' });
    expect(await codeOf(asked)).toBe('OPERATOR_REQUIRED');
    expect(JSON.stringify(off)).not.toContain(serial);
  });

  it('forgets what it showed when the clerk’s card leaves', async () => {
    await opened(CHEN);
    world.table.remove(LEFT);
    const left = await office.until(DESK, ({ operator, flow }) => operator === undefined && flow.step === 'idle');
    expect(left.inReaders).toEqual([]);
    const asked = office.station.findCards({ desk: DESK, query: { by: 'reader' } });
    expect(await codeOf(asked)).toBe('OPERATOR_REQUIRED');
  });

  it('locks itself after three minutes without a clerk', async () => {
    await opened(CHEN);
    office.runTimers(LOCK_MS - 1);
    expect((await office.state(DESK)).operator?.role).toBe('clerk');
    office.runTimers(LOCK_MS);
    expect(await office.state(DESK)).toMatchObject({ flow: { step: 'idle' }, inReaders: [] });
    expect((await office.state(DESK)).operator).toBeUndefined();
  });

  it('hides what it showed when the sign-on has run out, from the next clerk too', async () => {
    const { card } = await opened(CHEN);
    const until = (await office.state(DESK)).operator?.until ?? expect.fail('nobody on duty');
    world.clocks.advance(Date.parse(until) - world.clocks.desk.now() + 1000);
    expect(await office.state(DESK)).toMatchObject({ flow: { step: 'idle' }, inReaders: [] });
    expect(JSON.stringify(await office.state(DESK))).not.toContain(card.holder);
    const next = await signOn(CLERK.id);
    expect(next).toMatchObject({ operator: { role: 'clerk' }, flow: { step: 'idle' } });
  });

  it('serves PINs, and nothing of a card is shown meanwhile', async () => {
    await opened(CHEN);
    const begun = await office.station.openPinService({ desk: DESK, work: 'unblock' });
    expect(begun).toMatchObject({ pinService: { state: 'waiting' }, flow: { step: 'idle' } });
    const next = () => digitsOfPin('580213');
    const served = await office.station.unblockPin({
      desk: DESK,
      card: 'patient',
      puk: digitsOfPin(DEMO_PUK),
      next: next(),
      again: next(),
    });
    expect(served.pinService).toMatchObject({ state: 'done', card: 'patient' });
    expect(settled(await office.station.clear({ desk: DESK }))).toBe(true);
  });
});
