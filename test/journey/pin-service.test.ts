/**
 * A holder's PIN at the desks: changed, blocked, set anew with the PUK; and what each refusal is called.
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CardKind } from '../../contract/card-service.ts';
import type { Desk } from '../../contract/station.ts';
import { DEMO_PUK, digitsOfPin } from '../../main/app/demonstration.ts';
import { checkIn, codeOf, doctorIn, LEE, open, openHouse, patientIn, pinOf, ready, refusalIn, WANG } from './walk.ts';
import { createWorld, type World } from './world.ts';

const REGISTRAR = 'staff-registrar';
const NEW = '580213';

describe('the PIN service of a desk', () => {
  let world: World;
  let copies: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    world = await createWorld();
    copies = new Map([REGISTRAR, LEE, WANG].map((card) => [card, world.table.copy(card)]));
  });
  beforeEach(async () => {
    for (const [card, copy] of copies) world.table.restore(card, copy);
    for (const desk of ['registration', 'clinic', 'pharmacy'] as const) await world.station.clear({ desk });
    await openHouse(world);
  });
  afterAll(() => world.close());

  const begin = (desk: Desk) => world.station.openPinService({ desk, work: 'change' });
  const change = async (desk: Desk, card: CardKind, pin: string, next: string, again = next) => {
    const secrets = { pin: digitsOfPin(pin), next: digitsOfPin(next), again: digitsOfPin(again) };
    const { pinService } = await world.station.changePin({ desk, card, ...secrets });
    expect(
      Object.values(secrets)
        .flat()
        .every((digit) => digit === 0),
    ).toBe(true);
    return pinService;
  };
  const unblock = async (desk: Desk, card: CardKind, puk: string, next: string, again = next) => {
    const secrets = { puk: digitsOfPin(puk), next: digitsOfPin(next), again: digitsOfPin(again) };
    const { pinService } = await world.station.unblockPin({ desk, card, ...secrets });
    expect(
      Object.values(secrets)
        .flat()
        .every((digit) => digit === 0),
    ).toBe(true);
    return pinService;
  };

  it('changes a patient’s PIN at registration, without anybody being checked in', async () => {
    await begin('registration');
    await patientIn(world, 'registration', WANG);
    expect(await change('registration', 'patient', '112233', NEW)).toEqual({
      state: 'done',
      work: 'change',
      card: 'patient',
    });
    expect(await change('registration', 'patient', '112233', '580214')).toMatchObject({
      state: 'refused',
      refusal: { code: 'PIN_WRONG', triesLeft: 2 },
    });
    expect(await change('registration', 'patient', NEW, '580214')).toMatchObject({ state: 'done' });
    const state = await world.station.clear({ desk: 'registration' });
    expect(state.flow.step).toBe('idle');
    expect(state).not.toHaveProperty('pinService');
    world.table.remove('registration/right');
    await checkIn(world, WANG);
    expect(world.table.digits.flat().every((digit) => digit === 0)).toBe(true);
  });

  it('refuses a new PIN that is two, too easy, the old one or of the wrong length, and no try is lost', async () => {
    await begin('registration');
    await patientIn(world, 'registration', WANG);
    for (const [next, again, code] of [
      [NEW, '580214', 'PIN_MISMATCH'],
      [NEW, '5802133', 'PIN_MISMATCH'],
      ['123456', '123456', 'PIN_WEAK'],
      ['777777', '777777', 'PIN_WEAK'],
      ['112233', '112233', 'PIN_WEAK'],
      ['58021', '58021', 'PIN_FORMAT'],
      ['580213580', '580213580', 'PIN_FORMAT'],
    ] as const)
      expect(await change('registration', 'patient', '112233', next, again)).toMatchObject({ refusal: { code } });
    expect(await change('registration', 'patient', '000001', NEW)).toMatchObject({ refusal: { triesLeft: 2 } });
  });

  it('says when a PIN is blocked, and unblocks it with the PUK', async () => {
    await begin('registration');
    await patientIn(world, 'registration', WANG);
    for (const refusal of [
      { code: 'PIN_WRONG', triesLeft: 2 },
      { code: 'PIN_WRONG', triesLeft: 1 },
      { code: 'PIN_BLOCKED' },
      { code: 'PIN_BLOCKED' },
    ])
      expect(await change('registration', 'patient', '000001', NEW)).toMatchObject({ state: 'refused', refusal });
    expect(await unblock('registration', 'patient', '00000001', NEW)).toMatchObject({
      refusal: { code: 'PUK_WRONG', triesLeft: 9 },
    });
    expect(await unblock('registration', 'patient', DEMO_PUK, NEW)).toMatchObject({ state: 'done', work: 'unblock' });
    expect(await change('registration', 'patient', NEW, '580214')).toMatchObject({ state: 'done' });
  });

  it('says when the PUK is used up', async () => {
    await begin('registration');
    await patientIn(world, 'registration', WANG);
    for (let left = 9; left > 0; left--)
      expect(await unblock('registration', 'patient', '00000001', NEW)).toMatchObject({
        refusal: { code: 'PUK_WRONG', triesLeft: left },
      });
    for (const puk of ['00000001', DEMO_PUK])
      expect(await unblock('registration', 'patient', puk, NEW)).toMatchObject({ refusal: { code: 'PUK_EXHAUSTED' } });
  });

  it('changes the PIN of a member of staff, who stays on duty; a wrong one ends that', async () => {
    await begin('registration');
    expect(await change('registration', 'staff', '369258', NEW)).toMatchObject({ state: 'done', card: 'staff' });
    expect((await world.state('registration')).operator?.role).toBe('registrar');
    expect(await change('registration', 'staff', '369258', '580214')).toMatchObject({ refusal: { triesLeft: 2 } });
    expect((await world.state('registration')).operator).toBeUndefined();
    await world.station.clear({ desk: 'registration' });
    const state = await world.station.signOn({ desk: 'registration', pin: digitsOfPin(NEW) });
    expect(state.operator?.role).toBe('registrar');
  });

  it('changes the doctor’s PIN at the clinic and ends comfort signing', async () => {
    await world.station.openComfort({ desk: 'clinic', pin: pinOf(LEE) });
    await begin('clinic');
    expect(await change('clinic', 'doctor', '246810', NEW)).toMatchObject({ state: 'done', card: 'doctor' });
    expect(await world.station.clear({ desk: 'clinic' })).not.toHaveProperty('comfort');
    await checkIn(world, WANG);
    await patientIn(world, 'clinic', WANG);
    const refused = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
    expect(refused.flow).toMatchObject({ refusal: { code: 'PIN_WRONG' } });
    expect((await world.station.openVisit({ desk: 'clinic', pin: digitsOfPin(NEW) })).flow.step).toBe('opened');
  });

  it('does nothing unless it was opened, and does not open over a visit', async () => {
    const secrets = () => ({ pin: pinOf(LEE), next: digitsOfPin(NEW), again: digitsOfPin(NEW) });
    expect(await codeOf(world.station.changePin({ desk: 'clinic', card: 'doctor', ...secrets() }))).toBe(
      'STEP_OUT_OF_ORDER',
    );
    await checkIn(world, WANG);
    await open(world, WANG);
    expect(await codeOf(begin('clinic'))).toBe('STEP_OUT_OF_ORDER');
  });

  it('says which card is missing', async () => {
    await begin('registration');
    expect(await change('registration', 'patient', '112233', NEW)).toMatchObject({ refusal: { code: 'CARD_ABSENT' } });
    await begin('clinic');
    world.table.remove('clinic/left');
    expect(await change('clinic', 'doctor', '246810', NEW)).toMatchObject({ refusal: { code: 'DOCTOR_CARD_ABSENT' } });
    await doctorIn(world);
  });

  it('forgets how it went when that card has left, and closes by itself when nobody comes', async () => {
    await begin('pharmacy');
    await patientIn(world, 'pharmacy', WANG);
    expect(await change('pharmacy', 'patient', '112233', NEW)).toMatchObject({ state: 'done' });
    expect(refusalIn((await world.state('pharmacy')).flow)).toBeUndefined();
    world.table.remove('pharmacy/right');
    await world.until('pharmacy', ({ pinService }) => pinService?.state === 'waiting');
    world.runTimers(120_000);
    expect(await world.state('pharmacy')).not.toHaveProperty('pinService');
    await patientIn(world, 'pharmacy', WANG);
    await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
    world.table.insert(WANG, 'other-pharmacy/right');
    await world.until('pharmacy', (state) => !ready('pharmacy/right', 'patient')(state));
  });
});
