/**
 * A patient stands at a pharmacy that the prescription was not sent to (product.md 2, eq 10): the health card names this one, by its PIN.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { OTHER_PHARMACY, PHARMACY } from '../../main/app/demonstration.ts';
import { openOtherPharmacy } from './other-pharmacy.ts';
import type { StationUnderTest } from './station-under-test.ts';
import {
  at,
  CHEN,
  codeOf,
  collect,
  DRAFT,
  leavePharmacy,
  listed,
  look,
  openHouse,
  pinOf,
  refusalIn,
  seeDoctor,
  settled,
  WANG,
  wrongPin,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const SENT_ELSEWHERE = { ...DRAFT, pharmacy: OTHER_PHARMACY };
const desk = 'pharmacy' as const;

describe('at another pharmacy than the one it was sent to', () => {
  let world: World;
  let other: StationUnderTest;
  let rxId: string;
  let fresh: Uint8Array;
  beforeAll(async () => {
    world = await createWorld();
    fresh = world.table.copy(WANG);
    await openHouse(world);
    other = await openOtherPharmacy(world);
  });
  beforeEach(async () => {
    await leavePharmacy(world);
    // A card has room for four sealed copies.
    world.table.restore(WANG, fresh);
    rxId = (await seeDoctor(world, WANG, SENT_ELSEWHERE)).rxId ?? '';
  });
  afterAll(() => world.close());

  const designate = async (pin = pinOf(WANG)) => {
    const state = await world.station.designateHere({ desk, rxId, pin });
    if (state.desk !== desk) throw new Error('another desk answered');
    return state;
  };
  const lookElsewhere = async (card: string) => {
    world.table.insert(card, 'other-pharmacy/right');
    const state = await other.until(desk, (now) => settled(now) && now.flow.step === 'listed');
    return listed(state, rxId);
  };
  const leaveElsewhere = async (): Promise<void> => {
    world.table.remove('other-pharmacy/right');
    await other.station.clear({ desk });
  };
  const stored = () => world.store.prescription(rxId, signal);

  it('the patient’s PIN has it sealed to this one and named at the bureau and on the card; then it is handed out as ever', async () => {
    expect(await look(world, WANG, rxId)).toMatchObject({
      state: 'refused',
      refusal: { code: 'RX_OTHER_PHARMACY' },
      pharmacy: OTHER_PHARMACY,
      lines: [],
    });
    const before = await stored();
    const view = listed(await designate(), rxId);
    expect(view).toMatchObject({ state: 'ready', pharmacy: PHARMACY, lines: DRAFT.lines, source: 'bureau' });
    const after = await stored();
    expect([before?.pharmacy, after?.pharmacy]).toEqual([OTHER_PHARMACY, PHARMACY]);
    // What the doctor signed is the same; the envelope round it is not.
    expect(Buffer.from(after?.ciphertext ?? []).equals(Buffer.from(before?.ciphertext ?? []))).toBe(false);
    expect(Buffer.from(after?.manifest ?? []).equals(Buffer.from(before?.manifest ?? []))).toBe(true);
    expect(at(await collect(world, rxId), 'dispensed')).toMatchObject({ acknowledged: true });
    await leavePharmacy(world);
    const there = await lookElsewhere(WANG);
    expect(there).toMatchObject({ state: 'collected', pharmacy: PHARMACY });
    expect(await codeOf(other.station.designateHere({ desk, rxId, pin: pinOf(WANG) }))).toBe('STEP_OUT_OF_ORDER');
    await leaveElsewhere();
    const events = (await world.store.prescriptionEvents(rxId, signal)).map(({ event }) => event);
    expect(events).toEqual(['redesignate', 'accept', 'dispense']);
  });

  it('a wrong PIN changes nothing and counts; the right one may follow', async () => {
    await look(world, WANG, rxId);
    const wrong = await designate(wrongPin());
    expect(at(wrong, 'listed').refusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect((await stored())?.pharmacy).toBe(OTHER_PHARMACY);
    expect(listed(await designate(), rxId).state).toBe('ready');
  });

  it('while the other pharmacy prepares it, it stays there, and its lock is not to be taken over from here', async () => {
    expect((await lookElsewhere(WANG)).state).toBe('ready');
    await other.station.accept({ desk, rxId, recover: false });
    await leaveElsewhere();
    await look(world, WANG, rxId);
    const refused = await designate();
    expect(refusalIn(refused.flow)).toBe('RX_LOCKED');
    expect(listed(refused, rxId).state).toBe('refused');
    expect(await codeOf(world.station.accept({ desk, rxId, recover: true }))).toBe('STEP_OUT_OF_ORDER');
    expect((await stored())?.pharmacy).toBe(OTHER_PHARMACY);
  });

  it('what was collected there is not collected here, whatever an older copy of the card says', async () => {
    const copy = world.table.copy(WANG);
    await lookElsewhere(WANG);
    const lines: LineOutcome[] = [
      { line: 1, outcome: 'given' },
      { line: 2, outcome: 'given' },
    ];
    await other.station.dispense({ desk, rxId, lines });
    await leaveElsewhere();
    world.table.restore(WANG, copy);
    expect((await look(world, WANG, rxId)).state).toBe('refused');
    const refused = await designate();
    expect(refusalIn(refused.flow)).toBe('RX_COLLECTED');
    expect(listed(refused, rxId).state).toBe('collected');
  });

  it('without a line nothing can be named, and the card is not asked for its PIN', async () => {
    await look(world, WANG, rxId);
    const mend = world.desk(desk).wire.cut();
    const refused = await designate(wrongPin());
    expect(refusalIn(refused.flow)).toBe('BUREAU_UNREACHABLE');
    mend();
    // Not one try of the PIN is gone.
    expect(at(await designate(wrongPin()), 'listed').refusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(listed(await designate(), rxId).state).toBe('ready');
  });

  it.each<ErrorCode>(['RX_EXPIRED', 'RX_CANCELLED', 'RX_NOT_FOUND'])(
    'the bureau’s %s stands on the screen',
    async (code) => {
      await look(world, WANG, rxId);
      const stop = world
        .desk(desk)
        .wire.meddle('designation', () => Promise.reject(new ImisError(code, 'by the test')));
      const refused = await designate();
      stop();
      expect(refusalIn(refused.flow)).toBe(code);
      expect((await stored())?.pharmacy).toBe(OTHER_PHARMACY);
    },
  );

  it('the card keeps few copies: of one that made room and was taken back there is nothing to seal', async () => {
    const sentHere = (await seeDoctor(world, WANG)).rxId ?? '';
    await look(world, WANG, sentHere);
    await collect(world, sentHere);
    await leavePharmacy(world);
    for (let i = 0; i < 3; i++) await seeDoctor(world, WANG, SENT_ELSEWHERE);
    await look(world, WANG, sentHere);
    await world.station.takeBack({ desk, rxId: sentHere, reason: '給錯人' });
    await leavePharmacy(world);
    world.table.insert(WANG, 'other-pharmacy/right');
    await other.until(desk, (now) => settled(now) && now.flow.step === 'listed');
    const refused = await other.station.designateHere({ desk, rxId: sentHere, pin: pinOf(WANG) });
    expect(refusalIn(refused.flow)).toBe('RX_COPY_GONE');
    await leaveElsewhere();
  });

  it('a card that was reported lost meanwhile names no pharmacy', async () => {
    rxId = (await seeDoctor(world, CHEN, SENT_ELSEWHERE)).rxId ?? '';
    await look(world, CHEN, rxId);
    const { signing } = await world.table.cards.patientCertificates({ slot: 'pharmacy/right' });
    await revoke(world.folders.bureau, parseCertificate(signing).serial, world.clocks.bureau);
    const refused = await designate(pinOf(CHEN));
    expect(refusalIn(refused.flow)).toBe('CERT_REVOKED');
    expect((await stored())?.pharmacy).toBe(OTHER_PHARMACY);
  });
});
