/**
 * Fingerprints given at the bureau's desk, and found in the emergency room (eqs 1, 13 to 15): from consent to the minimal record, what every refusal
 * is called, and that nothing stays at the desk.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmergencyCase } from '../../contract/emergency-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { CLERK, HOSPITAL, PATIENTS } from '../../main/app/demonstration.ts';
import { DEAD_MAN_MS, IDLE_MS } from '../../main/station/emergency.ts';
import { createLaidImages, impressionOf, type LaidImages } from '../harness/laid-images.ts';
import type { StationUnderTest } from './station-under-test.ts';
import { at, CHEN, checkIn, codeOf, LEE, pinOf, ready, refusalIn, signOn, WANG, wrongPin } from './walk.ts';
import { createWorld, type World } from './world.ts';

const ER = 'emergency';
const OFFICE = 'card-office';
const NURSE = 'staff-nurse';
const [DOCTOR_SLOT, STAFF_SLOT] = ['emergency/left', 'emergency/right'];
const wang = PATIENTS.find(({ id }) => id === WANG) ?? expect.fail();
/** Without the pictures, which would drown a failure. */
const plain = <T>(flow: T): T =>
  // What JSON drops here, previews, is text.
  JSON.parse(JSON.stringify(flow, (key, value: unknown) => (key === 'preview' ? '' : value))) as T;
/** Whose fingers are laid: a seed each, of people whom nobody would take for each other. */
const [OF_WANG, OF_CHEN] = [101, 111];
const PHOTO = {
  mime: 'image/png',
  data: toBase64(encode({ width: 40, height: 50, data: new Uint8Array(2000).fill(120), channels: 1, depth: 8 })),
} as const;
const ABOUT: EmergencyCase = {
  triage: 1,
  reason: { kind: 'unconscious', words: '路倒，無人認識' },
  seen: { sex: 'male', ageBand: null },
};

describe('fingers and the emergency room', () => {
  let world: World;
  let images: LaidImages;
  let office: StationUnderTest;
  let er: StationUnderTest;
  let laid = 0;
  /** Lines of the log about 王小明, as the emergency room was given them. */
  const told: { readonly position: number; readonly hash: string }[] = [];
  /** Persons in a part of the gallery that does not answer. */
  let unreached = 0;
  beforeAll(async () => {
    images = await createLaidImages();
    world = await createWorld({
      fingerScanner: images.scanner,
      engines: ({ gallery, ...others }) => ({
        ...others,
        gallery: {
          ...gallery,
          search: async (...asked) => {
            const answer = await gallery.search(...asked);
            if (unreached === 0) return answer;
            return { ...answer, candidates: [], searched: answer.searched - unreached };
          },
        },
      }),
    });
    // A card is issued for its first class; the emergency room comes with the next epoch.
    await beginEpoch(world.folders.bureau, world.clocks.bureau);
    office = await world.another([{ folder: world.folders.issuing, slots: OFFICE }]);
    er = await world.another([{ folder: world.folders.emergency, slots: ER }], 'er');
    world.table.insert(CLERK.id, 'card-office/left');
    await office.until(OFFICE, ready('card-office/left', 'staff'));
    await office.station.signOn({ desk: OFFICE, pin: pinOf(CLERK.id) });
  });
  beforeEach(async () => {
    await er.station.clear({ desk: ER });
    await insertAt(er, ER, LEE, DOCTOR_SLOT, 'doctor');
    await insertAt(er, ER, NURSE, STAFF_SLOT, 'staff');
  });
  afterAll(() => world.close());

  const insertAt = async (
    station: StationUnderTest,
    desk: typeof ER | typeof OFFICE,
    card: string,
    slot: string,
    kind: 'patient' | 'doctor' | 'staff',
  ): Promise<void> => {
    world.table.insert(card, slot);
    await station.until(desk, ready(slot, kind));
  };
  const take = async (station: StationUnderTest, desk: typeof ER | typeof OFFICE, person: number, finger: 2 | 7) => {
    images.lay(impressionOf(person, finger, ++laid));
    return station.station.takeFinger({ desk, finger });
  };

  /** The card office with the card of a patient, fingerprints open. */
  const openAt = async (card: string) => {
    await office.station.clear({ desk: OFFICE });
    await insertAt(office, OFFICE, card, 'card-office/right', 'patient');
    await office.station.openFingerprints({ desk: OFFICE });
    return plain(at(await office.state(OFFICE), 'fingerprints'));
  };
  const decide = async (card: string, decision: 'enrol' | 'refuse' | 'withdraw', pin = pinOf(card)) => {
    const photo = decision === 'enrol' ? { photo: PHOTO } : {};
    await office.station.decideFingerprints({ desk: OFFICE, decision, pin, ...photo });
    return plain(at(await office.state(OFFICE), 'fingerprints'));
  };
  const takeSet = async (person: number): Promise<void> => {
    for (const finger of [2, 7] as const) for (let i = 0; i < 3; i++) await take(office, OFFICE, person, finger);
  };

  const begin = async (about = ABOUT) => {
    await er.station.beginEmergency({ desk: ER, about });
    return er.state(ER);
  };
  const search = async (pin = pinOf(LEE)) => {
    await er.station.searchFingers({ desk: ER, pin });
    return plain(await er.state(ER));
  };
  /** From why to candidates, with two fingers. */
  const searchFor = async (person: number) => {
    at(await begin(), 'fingers');
    await take(er, ER, person, 2);
    await take(er, ER, person, 7);
    return at(await search(), 'candidates');
  };

  it('takes fingers and a photo with the consent of the holder’s card, and no half of them', async () => {
    expect(await openAt(WANG)).toMatchObject({ standing: { state: 'undecided', fingers: [] }, taken: [] });
    await take(office, OFFICE, OF_WANG, 2);
    expect(await codeOf(decide(WANG, 'enrol'))).toBe('STEP_OUT_OF_ORDER');
    await office.station.dropFinger({ desk: OFFICE, index: 0 });
    await takeSet(OF_WANG);
    const fourth = office.station.takeFinger({ desk: OFFICE, finger: 2 });
    expect(await codeOf(fourth)).toBe('STEP_OUT_OF_ORDER');
    const wrong = await decide(WANG, 'enrol', wrongPin());
    expect(wrong).toMatchObject({ refusal: { code: 'PIN_WRONG' }, standing: { state: 'undecided' } });
    // What was taken is still there.
    expect(wrong.taken.map(({ finger, grade }) => [finger, grade])).toEqual(
      [2, 2, 2, 7, 7, 7].map((finger) => [finger, 'good']),
    );
    const given = await decide(WANG, 'enrol');
    expect(given).toMatchObject({
      done: 'enrolled',
      taken: [],
      standing: { state: 'enrolled', fingers: [2, 7], inForce: true },
    });
    expect(given.standing.events).toMatchObject([{ event: 'enrolled' }]);
  });

  it('finds who has the fingers, and shows the minimal record on a second person’s word', async () => {
    const { taken } = at(await begin(), 'fingers');
    expect(taken).toEqual([]);
    images.lay(impressionOf(OF_WANG, 2, ++laid));
    await er.station.takeFinger({ desk: ER, finger: 2 });
    images.lay(impressionOf(OF_WANG, 7, ++laid));
    await er.station.takeFinger({ desk: ER, finger: 0 });
    const { seen } = er.desk(ER).wire;
    const found = at(await search(), 'candidates');
    expect(found).toMatchObject({
      candidates: [{ likeness: 'strong', sex: 'male', photo: PHOTO }],
      searched: 1,
      enrolled: 1,
      fingers: { sent: 2, poor: 0 },
    });
    // The scanner signed over the challenge that the bureau then saw.
    const challenge = seen.findLast(({ route }) => route === 'challenge')?.answer;
    const nonce = Buffer.from(images.nonces.at(-1) ?? expect.fail()).toString('hex');
    expect(challenge).toMatchObject({ challenge: nonce });
    const { handle } = found.candidates[0] ?? expect.fail();
    await er.station.confirmCandidate({ desk: ER, handle, pin: pinOf(NURSE) });
    const { record, photo } = at(await er.state(ER), 'emergency-record');
    expect([record.birthYear, record.sex, photo]).toEqual([Number(wang.person.birthDate.slice(0, 4)), 'male', PHOTO]);
    expect(record.log.position).toBeGreaterThan(1);
    told.push(record.log);
  });

  it('keeps nothing: not the pictures, not in the store, not on the screen', async () => {
    const { candidates } = await searchFor(OF_WANG);
    const { handle, photo } = candidates[0] ?? expect.fail();
    await er.station.confirmCandidate({ desk: ER, handle, pin: pinOf(NURSE) });
    const { record } = at(await er.state(ER), 'emergency-record');
    told.push(record.log);
    await er.station.clear({ desk: ER });
    expect((await er.state(ER)).flow).toEqual({ step: 'idle' });
    // Every picture was overwritten once it had become minutiae.
    expect(images.taken.length).toBeGreaterThan(8);
    for (const { pixels } of images.taken) expect(pixels.every((grey) => grey === 0)).toBe(true);
    const disk = ['desk.sqlite', 'desk.sqlite-wal'].map((name) => {
      try {
        return readFileSync(join(world.dir, 'er', 'data', 'emergency-0', name)).toString('latin1');
      } catch (cause) {
        // There is no journal when all of it is in the file.
        if (name === 'desk.sqlite') throw cause;
        return '';
      }
    });
    for (const kept of [photo.data, handle, record.log.hash, '路倒', 'emergency-query'])
      expect(disk.some((bytes) => bytes.includes(Buffer.from(kept, 'utf8').toString('latin1')))).toBe(false);
    expect(await er.desk(ER).outboxItems()).toEqual([]);
    expect(JSON.stringify(er.logged.map(({ event }) => event))).not.toContain(handle);
  });

  it('tells the patient at the next check-in whose record was opened, where, why and on which line', async () => {
    world.table.remove('card-office/right');
    await signOn(world, 'registration', 'staff-registrar');
    const { notices } = await checkIn(world, WANG);
    expect(notices?.map(({ institution, reason, log }) => [institution, reason, log])).toEqual(
      told.map((log) => [HOSPITAL, 'unconscious', log]),
    );
    // A patient knows a hospital by its name.
    expect(notices?.map(({ institutionName }) => institutionName)).toEqual(told.map(() => '示範醫院'));
    // Of nobody else.
    expect((await checkIn(world, CHEN)).notices).toBeUndefined();
  });

  it('is emptied when nobody touches it, after a quarter of an hour whatever happens, and when the doctor leaves', async () => {
    at(await begin(), 'fingers');
    er.runTimers(IDLE_MS - 1);
    expect((await er.state(ER)).flow.step).toBe('fingers');
    const before = at(await er.state(ER), 'fingers').clearsAt;
    world.clocks.advance(60_000);
    await er.station.stay({ desk: ER });
    expect(Date.parse(at(await er.state(ER), 'fingers').clearsAt) - Date.parse(before)).toBe(60_000);
    er.runTimers(IDLE_MS);
    expect((await er.state(ER)).flow.step).toBe('idle');
    expect(await codeOf(er.station.stay({ desk: ER }))).toBe('STEP_OUT_OF_ORDER');

    const { clearsAt, endsAt } = await searchFor(OF_WANG);
    expect(Date.parse(endsAt) - Date.parse(clearsAt)).toBe(DEAD_MAN_MS - IDLE_MS);
    er.runTimers(DEAD_MAN_MS);
    expect((await er.state(ER)).flow.step).toBe('idle');

    at(await begin(), 'fingers');
    // Also while the scanner waits.
    const waiting = er.station.takeFinger({ desk: ER, finger: 2 });
    await er.until(ER, ({ flow }) => flow.step === 'fingers' && flow.waiting?.finger === 2);
    world.table.remove(DOCTOR_SLOT);
    await waiting;
    await er.until(ER, ({ flow }) => flow.step === 'idle');
  });

  it('takes a finger anew and keeps the better one, throws one away, and lets the scanner be called off', async () => {
    at(await begin(), 'fingers');
    await take(er, ER, OF_WANG, 2);
    const { height, width, pixels, dpi } = impressionOf(OF_WANG, 2, ++laid);
    const part = pixels.slice().fill(238, 0, Math.floor(height * 0.6) * width);
    part.fill(238, Math.floor(height * 0.75) * width);
    images.lay({ height, width, dpi, pixels: part });
    await er.station.takeFinger({ desk: ER, finger: 2 });
    const kept = plain(at(await er.state(ER), 'fingers'));
    expect(kept).toMatchObject({ keptEarlier: true, taken: [{ finger: 2, grade: 'good' }] });
    images.lay({ height, width, dpi, pixels: part });
    await er.station.takeFinger({ desk: ER, finger: 7 });
    const poor = at(await er.state(ER), 'fingers').taken[1];
    expect([poor?.grade, poor?.problems.includes('partial')]).toEqual(['poor', true]);
    images.lay({ height, width, dpi, pixels: new Uint8Array(width * height).fill(238) });
    await er.station.takeFinger({ desk: ER, finger: 3 });
    expect(refusalIn((await er.state(ER)).flow)).toBe('FINGER_ABSENT');
    await er.station.dropFinger({ desk: ER, index: 1 });
    expect(await codeOf(er.station.dropFinger({ desk: ER, index: 1 }))).toBe('STEP_OUT_OF_ORDER');
    const stop = new AbortController();
    const called = er.station.takeFinger({ desk: ER, finger: 4 }, stop.signal);
    await er.until(ER, ({ flow }) => flow.step === 'fingers' && flow.waiting?.finger === 4);
    expect(await codeOf(er.station.searchFingers({ desk: ER, pin: pinOf(LEE) }))).toBe('STEP_OUT_OF_ORDER');
    images.look({ height: 90, width: 80, dpi: 125, pixels: new Uint8Array(80 * 90).fill(238) });
    const seen = await er.until(ER, ({ flow }) => flow.step === 'fingers' && flow.waiting?.preview !== undefined);
    expect(at(seen, 'fingers').waiting?.preview?.seen).toBe('nothing');
    stop.abort();
    await called;
    const after = at(await er.state(ER), 'fingers');
    expect([after.taken.length, after.waiting, after.refusal]).toEqual([1, undefined, undefined]);
  });

  it('says plainly who may not ask, who may not confirm, and that the bureau is away', async () => {
    await insertAt(er, ER, 'doctor-hsu', DOCTOR_SLOT, 'doctor');
    at(await begin(), 'fingers');
    await take(er, ER, OF_WANG, 2);
    expect(refusalIn((await search(pinOf('doctor-hsu'))).flow)).toBe('CLASS_NOT_ALLOWED');
    await er.station.clear({ desk: ER });
    world.table.remove(DOCTOR_SLOT);
    await er.until(ER, ({ slots }) => slots.some(({ slot, state }) => slot === DOCTOR_SLOT && state === 'empty'));
    expect(refusalIn((await begin()).flow)).toBe('DOCTOR_CARD_ABSENT');
    await insertAt(er, ER, LEE, DOCTOR_SLOT, 'doctor');
    const { wire } = er.desk(ER);
    const away = async (): Promise<never> => {
      throw new ImisError('BUREAU_UNREACHABLE', 'in the way');
    };
    const noChallenge = wire.meddle('challenge', away);
    expect(refusalIn((await begin()).flow)).toBe('BUREAU_UNREACHABLE');
    noChallenge();
    at(await begin(), 'fingers');
    expect(await codeOf(er.station.searchFingers({ desk: ER, pin: pinOf(LEE) }))).toBe('STEP_OUT_OF_ORDER');
    await take(er, ER, OF_WANG, 2);
    expect(at(await search(wrongPin()), 'fingers').refusal).toMatchObject({ code: 'PIN_WRONG', triesLeft: 2 });
    const noSearch = wire.meddle('emergencyQuery', away);
    // The finger is still there, and the search can be asked again.
    expect(at(await search(), 'fingers')).toMatchObject({ refusal: { code: 'BUREAU_UNREACHABLE' }, taken: [{}] });
    noSearch();
    const found = at(await search(), 'candidates');
    const { handle } = found.candidates[0] ?? expect.fail();
    const confirm = async (card: string) => {
      await insertAt(er, ER, card, STAFF_SLOT, 'staff');
      await er.station.confirmCandidate({ desk: ER, handle, pin: pinOf(card) });
      return at(await er.state(ER), 'candidates').refusal?.code;
    };
    expect(await confirm('staff-pharmacist')).toBe('CONFIRMER_REFUSED');
    const other = er.station.confirmCandidate({ desk: ER, handle: '0'.repeat(32), pin: pinOf(NURSE) });
    expect(await codeOf(other)).toBe('STEP_OUT_OF_ORDER');
    world.clocks.advance(11 * 60_000);
    expect(await confirm(NURSE)).toBe('EMERGENCY_EXPIRED');
    // Other fingers: those that were taken stay.
    await er.station.moreFingers({ desk: ER });
    expect(at(await er.state(ER), 'fingers').taken).toHaveLength(1);
  });

  it('reports fingers that somebody else has, and takes them when a clerk has looked into it', async () => {
    await openAt(CHEN);
    expect(await decide(CHEN, 'refuse')).toMatchObject({ done: 'refused', standing: { state: 'refused' } });
    await takeSet(OF_WANG);
    const twice = await decide(CHEN, 'enrol');
    expect(twice).toMatchObject({
      duplicate: true,
      refusal: { code: 'FINGER_DUPLICATE' },
      standing: { state: 'refused' },
    });
    await office.station.settleDuplicate({ desk: OFFICE, found: '測試者以同一手指登記' });
    const settledAt = plain(at(await office.state(OFFICE), 'fingerprints'));
    expect(settledAt).toMatchObject({ done: 'enrolled', standing: { state: 'enrolled' } });
    expect(settledAt.standing.events.map(({ event }) => event)).toEqual([
      'refused',
      'duplicate-found',
      'duplicate-accepted',
      'enrolled',
    ]);
    expect(await codeOf(office.station.settleDuplicate({ desk: OFFICE, found: 'again' }))).toBe('STEP_OUT_OF_ORDER');
    expect(await decide(CHEN, 'withdraw')).toMatchObject({ done: 'withdrawn', standing: { state: 'withdrawn' } });
    await takeSet(OF_CHEN);
    expect(await decide(CHEN, 'enrol')).toMatchObject({ done: 'enrolled', standing: { fingers: [2, 7] } });
  });

  it('forgets what was taken at the office when the card leaves, and renews', async () => {
    await openAt(WANG);
    await take(office, OFFICE, OF_WANG, 2);
    world.table.remove('card-office/right');
    await office.until(OFFICE, ({ flow }) => flow.step === 'idle');
    await openAt(WANG);
    await takeSet(OF_WANG);
    const again = await decide(WANG, 'enrol');
    expect([again.refusal, again.duplicate]).toEqual([undefined, undefined]);
    expect(again).toMatchObject({ done: 'renewed', standing: { state: 'enrolled' } });
  });

  it('says how many persons were not compared, and that none could be', async () => {
    unreached = 1;
    const some = await searchFor(OF_WANG);
    expect([some.candidates, some.searched, some.enrolled]).toEqual([[], 1, 2]);
    unreached = 2;
    await er.station.moreFingers({ desk: ER });
    expect(at(await search(), 'fingers')).toMatchObject({ refusal: { code: 'GALLERY_UNAVAILABLE' }, taken: [{}, {}] });
    unreached = 0;
    // It is back: the same fingers find.
    expect(at(await search(), 'candidates').candidates).toMatchObject([{ likeness: 'strong' }]);
  });

  it('finds nobody with the fingers of whoever has withdrawn, and the others still', async () => {
    await openAt(WANG);
    const gone = await decide(WANG, 'withdraw');
    expect(gone).toMatchObject({ done: 'withdrawn', standing: { state: 'withdrawn', fingers: [] } });
    const nobody = await searchFor(OF_WANG);
    expect([nobody.candidates, nobody.searched, nobody.enrolled]).toEqual([[], 1, 1]);
    await er.station.clear({ desk: ER });
    expect((await searchFor(OF_CHEN)).candidates).toMatchObject([{ likeness: 'strong', sex: 'female' }]);
  });

  it('has wiped every PIN that a card was given', () => {
    expect(world.table.digits.length).toBeGreaterThan(20);
    expect(world.table.digits.every((digits) => digits.every((digit) => digit === 0))).toBe(true);
  });
});
