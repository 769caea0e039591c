import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hex } from '../../crypto/common/bytes.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { addInstitution, revoke, setStanding } from '../../main/app/administer-bureau.ts';
import { createBureauFolder } from '../../main/app/bureau-folder.ts';
import { HOSPITAL } from '../../main/app/demonstration.ts';
import { deskFiles, loadDesk } from '../../main/app/desk-folder.ts';
import { enrolTerminal } from '../../main/app/enrol-terminal.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { MINUTE } from './moving-clocks.ts';
import { registerOf } from './register.ts';
import { CHEN, checkIn, codeOf, openHouse, patientIn, pinOf, ready, signOn, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const LIN = 'patient-lin';

describe('check-ins the bureau must refuse', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
  });
  beforeEach(async () => {
    world.clocks.agree();
    await world.startBureau();
    world.table.remove('registration/right');
    await world.station.clear({ desk: 'registration' });
  });
  afterAll(() => world.close());

  /** A card goes in and is refused with a code; no visit opens; once what was wrong is put right, the same card checks in. */
  async function refusedThenWell(card: string, code: string, putRight: () => unknown): Promise<void> {
    const before = registerOf(world);
    const { flow } = await patientIn(world, 'registration', card);
    expect(flow).toMatchObject({ step: 'refused', refusal: { code } });
    expect(JSON.stringify(flow)).not.toContain('person');
    expect(registerOf(world)).toEqual(before);
    await putRight();
    expect((await world.station.checkIn({ desk: 'registration' })).flow.step).toBe('checked-in');
    expect(registerOf(world)).toEqual({ ...before, visits: before.visits + 1 });
  }

  const pidOf = async (card: string): Promise<string> => {
    world.table.insert(card, 'other-registration/right');
    const { signing } = await world.table.cards.patientCertificates({ slot: 'other-registration/right' });
    world.table.remove('other-registration/right');
    return hex(parseCertificate(signing).pid ?? new Uint8Array(0));
  };

  it('stale: the card answers a challenge that has run out', async () => {
    const { wire } = world.desk('registration');
    const stop = wire.meddle('challenge', async (input, pass) => {
      const answer = await pass(input);
      world.clocks.advance(3 * MINUTE + 1);
      return answer;
    });
    await refusedThenWell(WANG, 'CHALLENGE_STALE', stop);
  });

  it('late: the signed check-in is held up on its way', async () => {
    const { wire } = world.desk('registration');
    const stop = wire.meddle('checkIn', (input, pass) => {
      world.clocks.advance(2 * MINUTE + 1);
      return pass(input);
    });
    await refusedThenWell(WANG, 'TIME_SKEW', stop);
  });

  it('replayed: the same sealed bytes again open no second visit', async () => {
    await checkIn(world, WANG);
    const { wire, ports } = world.desk('registration');
    const sent = wire.seen.findLast(({ route }) => route === 'checkIn');
    const before = registerOf(world);
    // What was seen on the route is what the desk had sent there.
    const again = ports.bureau.checkIn(sent?.input as Parameters<typeof ports.bureau.checkIn>[0], signal);
    expect(await codeOf(again)).toBe('CHALLENGE_USED');
    expect(registerOf(world)).toEqual(before);
    await checkIn(world, WANG);
  });

  it('replayed: a challenge that was answered before, which the card itself does not take', async () => {
    const { wire } = world.desk('registration');
    let first: Awaited<ReturnType<typeof wire.client.challenge>> | undefined;
    const stop = wire.meddle('challenge', async (input, pass) => {
      first ??= await pass(input);
      return first;
    });
    await checkIn(world, WANG);
    await refusedThenWell(WANG, 'CARD_REFUSED', stop);
  });

  it('forwarded: what one terminal signed for, another cannot hand in', async () => {
    const folder = join(world.dir, 'registration-2');
    await enrolTerminal(
      world.folders.bureau,
      { role: 'registration', institution: HOSPITAL, name: 'registration 2', out: folder },
      world.clocks.bureau,
    );
    const other = await world.another([{ folder, slots: 'other-registration' }]);
    await signOn(world, 'registration', 'staff-registrar', { station: other, slots: 'other-registration' });
    const token = other.desk('registration').wire.seen.findLast(({ route }) => route === 'signOn')?.answer;
    await signOn(world, 'registration', 'staff-registrar');
    const caught = Promise.withResolvers<string>();
    const stop = world.desk('registration').wire.meddle('checkIn', (input) => {
      caught.resolve(input.body?.message ?? '');
      return Promise.reject(new Error('kept back'));
    });
    const before = registerOf(world);
    await patientIn(world, 'registration', WANG);
    stop();
    const operator = typeof token === 'object' && token !== null && 'token' in token ? String(token.token) : '';
    const forwarded = other
      .desk('registration')
      .ports.bureau.checkIn({ operator, body: { message: await caught.promise } }, signal);
    expect(await codeOf(forwarded)).toBe('CONTEXT_MISMATCH');
    expect(registerOf(world)).toEqual(before);
    expect((await world.station.checkIn({ desk: 'registration' })).flow.step).toBe('checked-in');
  });

  it('unpaid insurance', async () => {
    const pid = await pidOf(WANG);
    await setStanding(world.folders.bureau, pid, '2020-12-31');
    await refusedThenWell(WANG, 'INSURANCE_UNPAID', () => setStanding(world.folders.bureau, pid, '2099-12-31'));
  });

  it('clocks five minutes apart, either way', async () => {
    for (const minutes of [5, -5]) {
      world.clocks.desk.advance(minutes * MINUTE);
      await refusedThenWell(WANG, 'TIME_SKEW', () => world.clocks.desk.advance(-minutes * MINUTE));
      world.table.remove('registration/right');
      await world.station.clear({ desk: 'registration' });
    }
  });

  it('a desk that starts with a wrong clock says so, not that certificates are bad', async () => {
    for (const minutes of [5, -5]) {
      world.clocks.desk.advance(minutes * MINUTE);
      const other = await world.another([{ folder: world.folders.registration, slots: 'other-registration' }]);
      world.table.insert('staff-registrar', 'other-registration/left');
      await other.until('registration', ready('other-registration/left', 'staff'));
      const state = await other.station.signOn({ desk: 'registration', pin: pinOf('staff-registrar') });
      expect(state.signOnRefusal).toEqual({ code: 'TIME_SKEW' });
      world.clocks.desk.advance(-minutes * MINUTE);
      const right = await other.station.signOn({ desk: 'registration', pin: pinOf('staff-registrar') });
      expect(right.operator?.role).toBe('registrar');
    }
    await signOn(world, 'registration', 'staff-registrar');
  });

  it('no bureau: the desk says so, and the same card checks in when it is back', async () => {
    await world.stopBureau();
    world.table.insert(WANG, 'registration/right');
    const state = await world.until('registration', ({ flow }) => flow.step === 'refused');
    expect(state.flow).toMatchObject({ refusal: { code: 'BUREAU_UNREACHABLE' } });
    expect(state.bureau.online).toBe(false);
    await world.startBureau();
    const well = await world.station.checkIn({ desk: 'registration' });
    expect(well.flow.step).toBe('checked-in');
    expect(well.bureau.online).toBe(true);
  });

  it('an answer that is not the bureau’s', async () => {
    const { wire } = world.desk('registration');
    const stop = wire.meddle('checkIn', async (input, pass) => {
      const { reply } = await pass(input);
      const bytes = Buffer.from(reply, 'base64');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
      return { reply: bytes.toString('base64') };
    });
    const { flow } = await patientIn(world, 'registration', WANG);
    expect(flow).toMatchObject({ step: 'refused', refusal: { code: 'ENVELOPE_TAMPERED' } });
    stop();
    expect((await world.station.checkIn({ desk: 'registration' })).flow.step).toBe('checked-in');
  });

  it('a foreign terminal: keys of another bureau open no door, whatever the desk trusts', async () => {
    const foreign = join(world.dir, 'foreign');
    await createBureauFolder(join(foreign, 'bureau'), { clock: systemClock, institution: '9900000002' });
    await addInstitution(join(foreign, 'bureau'), { code: HOSPITAL, name: 'elsewhere', kind: 'hospital' });
    const desk = join(foreign, 'desk');
    await enrolTerminal(
      join(foreign, 'bureau'),
      { role: 'registration', institution: HOSPITAL, name: 'elsewhere', out: desk },
      systemClock,
    );
    const tryIt = async (folder: string): Promise<unknown> => {
      const other = await world.another([{ folder, slots: 'other-registration' }]);
      world.table.insert('staff-registrar', 'other-registration/left');
      await other.until('registration', ready('other-registration/left', 'staff'));
      const state = await other.station.signOn({ desk: 'registration', pin: pinOf('staff-registrar') });
      expect(state.operator).toBeUndefined();
      return state.signOnRefusal?.code;
    };
    // Our cards do not speak to it.
    expect(await tryIt(desk)).toBe('CARD_TERMINAL_REFUSED');
    // With what one of ours shows to cards: it does not even believe in our bureau.
    const [ours, thief] = [deskFiles(world.folders.registration), join(foreign, 'thief')];
    cpSync(desk, thief, { recursive: true });
    for (const name of ['card-channel.key.pem', 'card-channel.cvc'])
      cpSync(join(ours.keys, name), join(deskFiles(thief).keys, name));
    cpSync(ours.cardAuthority, deskFiles(thief).cardAuthority);
    expect(await tryIt(thief)).toBe('BUREAU_UNREACHABLE');
    // Made to believe in ours, ours does not know it.
    const misled = join(foreign, 'misled');
    cpSync(thief, misled, { recursive: true });
    cpSync(ours.bureauCa, deskFiles(misled).bureauCa);
    expect(await tryIt(misled)).toBe('TERMINAL_UNKNOWN');
    await signOn(world, 'registration', 'staff-registrar');
    await checkIn(world, CHEN);
  });

  it('a revoked card, for good', async () => {
    world.table.seat('other-registration', await loadDesk(world.folders.registration));
    world.table.insert(LIN, 'other-registration/right');
    const { signing } = await world.table.cards.patientCertificates({ slot: 'other-registration/right' });
    await revoke(world.folders.bureau, parseCertificate(signing).serial, world.clocks.bureau);
    const before = registerOf(world);
    for (const minutes of [0, 6]) {
      // Six minutes later the desk has the newer list and finds it by itself.
      world.clocks.advance(minutes * MINUTE);
      const { flow } = await patientIn(world, 'registration', LIN);
      expect(flow).toMatchObject({ step: 'refused', refusal: { code: 'CERT_REVOKED' } });
    }
    expect(registerOf(world)).toEqual(before);
    world.table.remove('registration/right');
    await checkIn(world, CHEN);
  });
});
