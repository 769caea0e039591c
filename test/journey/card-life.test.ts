/**
 * The life of a card as it shows at the counters: what the bureau ordered reaches the card when it comes in next, whichever desk that is, and a
 * replaced card's holder goes on with the new one.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeCardLife } from '../../bureau/domain/card-life.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import type { CardEvent } from '../../contract/card-life.ts';
import { createFirstClerk, withBureau } from '../../main/app/administer-bureau.ts';
import { terminalIdentity } from '../../main/app/create-desk-ports.ts';
import { digitsOfPin, issueDemoPatient, PATIENTS } from '../../main/app/demonstration.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { createIssuingDesk, type IssuingDesk } from '../../main/station/issuing-desk.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import {
  at,
  CHEN,
  checkIn,
  collect,
  DRAFT,
  LEE,
  leavePharmacy,
  look,
  openHouse,
  patientIn,
  pinOf,
  refusalIn,
  seeDoctor,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const [CLERK_SLOT, BLANK_SLOT] = ['other-registration/left', 'other-registration/right'];

describe('a card in its life', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    world.table.seat('other-registration', await loadDesk(world.folders.issuing));
    await openHouse(world);
  });
  afterAll(() => world.close());

  /** The bureau's word on a card, as its administrator or a clerk gives it beside the running server. */
  const happen = (serial: string, event: CardEvent, replacedBy?: string) =>
    withBureau(world.folders.bureau, world.clocks.bureau, (bureau) => {
      const step = { event, reason: '', actor: 'folder', ...(replacedBy === undefined ? {} : { replacedBy }) };
      return changeCardLife(bureau, serial, step, signal);
    });

  /** Serial number and last order of a card, as the card itself says. */
  async function onCard(card: string): Promise<{ readonly serial: string; readonly last: number }> {
    world.table.insert(card, BLANK_SLOT);
    const state = await world.table.cards.cardOrders({ slot: BLANK_SLOT });
    world.table.remove(BLANK_SLOT);
    return state;
  }

  /** An issuing desk with its first clerk signed on, over the cards of the table. */
  async function openIssuing(): Promise<{ readonly desk: IssuingDesk; close(): Promise<void> }> {
    const folder = await loadDesk(world.folders.issuing);
    const bureau = createBureauClient({ url: world.url, tls: folder.tls });
    const { cards } = world.table;
    const desk = createIssuingDesk({
      cards,
      bureau,
      terminal: terminalIdentity(folder),
      clock: world.clocks.desk,
      bureauCa: folder.bureauCa.der,
      log: () => undefined,
    });
    world.table.restore('clerk', createStaffCard().save());
    world.table.insert('clerk', CLERK_SLOT);
    const keys = await cards.issueStaffKeys({ slot: CLERK_SLOT }, signal);
    const clerk = { name: '承辦', spki: keys.signing, authenticationSpki: keys.authentication };
    const certified = await createFirstClerk(world.folders.bureau, clerk, world.clocks.bureau);
    const secrets = { pin: digitsOfPin('987654'), puk: digitsOfPin('12345678') };
    await cards.issueStaffFinish({ slot: CLERK_SLOT, ...certified, ...secrets }, signal);
    await desk.signOn(CLERK_SLOT, digitsOfPin('987654'), signal);
    return { desk, close: () => bureau.close() };
  }

  it('is blocked by the first desk that sees it, and stays blocked without the bureau', async () => {
    const { serial } = await onCard(CHEN);
    await happen(serial, 'suspend');
    const { flow } = await patientIn(world, 'registration', CHEN);
    expect(refusalIn(flow)).toBe('CARD_BLOCKED');
    world.table.remove('registration/right');
    expect(await onCard(CHEN)).toEqual({ serial, last: 1 });
    await world.stopBureau();
    expect(refusalIn((await patientIn(world, 'registration', CHEN)).flow)).toBe('CARD_BLOCKED');
    world.table.remove('registration/right');
    await world.startBureau();
  });

  it('is itself again when the bureau lets it go', async () => {
    const { serial } = await onCard(CHEN);
    await happen(serial, 'resume');
    const checkedIn = await checkIn(world, CHEN);
    expect(checkedIn.renewalDue).toBe(false);
    expect(Date.parse(checkedIn.cardExpires)).toBeGreaterThan(world.clocks.desk.now() + 7 * 365 * 86_400_000);
    expect(await onCard(CHEN)).toEqual({ serial, last: 2 });
  });

  it('of a doctor opens nothing when it is blocked', async () => {
    world.table.remove('clinic/left');
    const { serial } = await onCard(LEE);
    await happen(serial, 'suspend');
    await checkIn(world, CHEN);
    world.table.insert(LEE, 'clinic/left');
    await patientIn(world, 'clinic', CHEN);
    const { flow } = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    expect(refusalIn(flow)).toBe('CARD_BLOCKED');
    world.table.remove('clinic/left');
    world.table.remove('clinic/right');
    await happen(serial, 'resume');
    world.table.insert(LEE, 'clinic/left');
    await world.until('clinic', ({ slots }) => slots.some(({ kind, state }) => kind === 'doctor' && state === 'ready'));
    await seeDoctor(world, CHEN, { ...DRAFT, lines: [] });
  });

  it('that is replaced leaves its open prescriptions to the new one', async () => {
    const old = await onCard(WANG);
    const { rxId } = await seeDoctor(world, WANG);
    await happen(old.serial, 'report-lost');
    const issuing = await openIssuing();
    world.table.restore('new-wang', createPatientCard().save());
    world.table.insert('new-wang', BLANK_SLOT);
    const wang = PATIENTS.find(({ id }) => id === WANG) ?? expect.fail();
    await issueDemoPatient(world.dir, issuing.desk, BLANK_SLOT, wang);
    await issuing.close();
    world.table.remove(BLANK_SLOT);
    const fresh = await onCard('new-wang');
    await happen(old.serial, 'replace', fresh.serial);

    // Whoever found the old one gets nothing with it.
    expect(refusalIn((await patientIn(world, 'pharmacy', WANG)).flow)).toBe('CARD_BLOCKED');
    await leavePharmacy(world);
    const view = await look(world, 'new-wang', rxId);
    expect(view).toMatchObject({ state: 'ready', lines: DRAFT.lines });
    expect(at(await collect(world, rxId), 'dispensed')).toMatchObject({ acknowledged: true });
    expect((await world.store.prescription(rxId ?? '', signal))?.used).toBe(1);
    await leavePharmacy(world);
    expect(await onCard('new-wang')).toEqual({ serial: fresh.serial, last: 1 });
  });

  it('changes its PIN, is unblocked by its PUK, and forgets the digits', async () => {
    const { cards, digits } = world.table;
    world.table.insert('new-wang', BLANK_SLOT);
    const slot = BLANK_SLOT;
    const change = (pin: string, next: string) =>
      cards.changePin({ slot, pin: digitsOfPin(pin), next: digitsOfPin(next) }, signal);
    await change('112233', '445566');
    await expect(change('445566', '12345')).rejects.toMatchObject({ code: 'PIN_FORMAT' });
    for (const triesLeft of [2, 1])
      await expect(change('112233', '445566')).rejects.toMatchObject({ code: 'PIN_WRONG', triesLeft });
    await expect(change('112233', '445566')).rejects.toMatchObject({ code: 'PIN_BLOCKED' });
    await expect(change('445566', '112233')).rejects.toMatchObject({ code: 'PIN_BLOCKED' });
    const wrong = { slot, puk: digitsOfPin('00000000'), next: digitsOfPin('778899') };
    await expect(cards.unblockPin(wrong, signal)).rejects.toMatchObject({ code: 'PIN_WRONG' });
    expect(digits.flat().every((digit) => digit === 0)).toBe(true);
    world.table.remove(BLANK_SLOT);
  });

  it('takes no order that somebody altered, and serves on', async () => {
    const before = await onCard(CHEN);
    await happen(before.serial, 'suspend');
    await happen(before.serial, 'resume');
    const stop = world.desk('registration').wire.meddle('cardOrders', async (input, pass) => {
      const { orders } = await pass(input);
      // The block is kept back.
      return { orders: orders.slice(1) };
    });
    await checkIn(world, CHEN);
    stop();
    expect((await onCard(CHEN)).last).toBe(before.last);
    expect(world.logged.some(({ event }) => event === 'orders to a card')).toBe(true);
  });
});
