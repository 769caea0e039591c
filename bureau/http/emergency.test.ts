/** From two fingers to the minimal record, and what it leaves behind (eqs 13 to 15). */
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { ask, confirm, confirmation, decide } from '../testing/emergency-messages.ts';
import { type Cast, checkIn, enrol, makeCast, signOn, visitOf } from '../testing/journeys.ts';
import { record, sealed } from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import { fingerSet, PHOTO, probeOf } from '../testing/soft-fingers.ts';
import type { Certified, SoftDoctor, SoftPatient } from '../testing/soft-people.ts';
import {
  addPost,
  beginJoin,
  createWorld,
  folderOf,
  HOSPITAL,
  makeStaff,
  type Post,
  signal,
  type World,
} from '../testing/world.ts';

let world: World;
let cast: Cast;
let room: Post;
let doctor: SoftDoctor;
let nurse: Certified;
let others: readonly SoftPatient[];

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  room = await addPost(world, { name: 'emergency', institution: HOSPITAL, role: 'emergency' });
  const { clerk } = cast.operators;
  const join = await beginJoin(world, clerk, [4]);
  doctor = join.finish((await world.posts.bureau.client.join({ operator: clerk, body: join.body }, signal)).credential);
  nurse = await makeStaff(world, clerk, HOSPITAL, 'nurse');
  others = [await enrol(world, clerk, 'B100000001', '李二'), await enrol(world, clerk, 'B100000002', '張三')];
  await decide(world, clerk, cast.patient, { set: fingerSet(1) });
  for (const [i, patient] of others.entries()) await decide(world, clerk, patient, { set: fingerSet(i + 2) });
  const visit = await visitOf(world, cast);
  const message = sealed(world, await record(world, cast.doctor, visit));
  await world.posts.clinic.client.record({ presence: visit.presence, body: { message } }, signal);
});
afterAll(async () => {
  await room.client.close();
  await world.close();
});

const log = async () => {
  const { clerk } = cast.operators;
  return world.posts.bureau.client.breakGlassLog({ operator: clerk, body: {} }, signal);
};

describe('an emergency query', () => {
  it('finds the person among others; a nurse confirms; the minimal record comes; the patient is told', async () => {
    const asked = await ask(world, room, doctor);
    const { candidates, queryId, searched, enrolled, confirmBefore } = asked.candidates;
    expect([searched, enrolled]).toEqual([3, 3]);
    expect(candidates).toEqual([
      { handle: candidates[0]?.handle, likeness: 'strong', oneIn: null, photo: PHOTO, sex: 'female', ageBand: 'old' },
    ]);
    expect(Date.parse(confirmBefore)).toBe(world.clock.now() + 5 * MINUTE);
    world.clock.advance(MINUTE);
    const answer = await confirm(world, asked, await confirmation(world, asked, nurse));
    expect(answer).toMatchObject({ queryId, birthYear: 1950, sex: 'female', allergies: [] });
    expect(answer.diagnoses.map(({ code }) => code)).toEqual(['I10']);
    expect(answer.medication.map(({ code, days }) => [code, days])).toEqual([
      ['C08CA01', 28],
      ['A10BA02', 28],
    ]);
    expect(JSON.stringify([asked.candidates, answer])).not.toContain(cast.patient.pid);

    const { lines, broken } = await log();
    expect(broken).toBeNull();
    expect(lines).toMatchObject([
      { position: 1, kind: 'query', outcome: 'ok', queryId, triage: 1, candidates: 1, pid: null, by: '' },
      { position: 2, kind: 'confirmation', outcome: 'ok', queryId, triage: 1, pid: cast.patient.pid },
    ]);
    // The soft scanner vouches for both; who confirms lays no finger.
    expect(lines.map(({ fingers, vouched }) => [fingers, vouched])).toEqual([
      [2, 2],
      [null, null],
    ]);
    expect(lines[1]?.previous).toBe(lines[0]?.hash);
    expect(answer.log).toEqual({ position: 2, hash: lines[1]?.hash });

    const arrive = () => checkIn(world, world.posts.registration, cast.operators.registrar, cast.patient);
    const notice = {
      kind: 'break-glass',
      at: answer.at,
      institution: HOSPITAL,
      reason: 'unconscious',
      log: answer.log,
    };
    expect((await arrive()).notices).toEqual([notice]);
    // The answer may have been lost: again on the same day, and then no more.
    expect((await arrive()).notices).toEqual([notice]);
    world.clock.advance(DAY);
    cast = {
      ...cast,
      operators: { ...cast.operators, registrar: await signOn(world, world.posts.registration, cast.registrar) },
    };
    expect((await arrive()).notices).toEqual([]);
    cast = { ...cast, operators: { ...cast.operators, clerk: await signOn(world, world.posts.bureau, world.clerk) } };
  });

  it('finds by one finger whose position nobody knows, and says when there is nobody', async () => {
    const probe = probeOf(3, [7]);
    const unplaced = {
      ...probe,
      fingers: probe.fingers.map((one) => ({ ...one, finger: 0 as const, record: toUnknown(one.record) })),
    };
    expect((await ask(world, room, doctor, unplaced)).candidates.candidates).toHaveLength(1);
    expect((await ask(world, room, doctor, probeOf(77))).candidates).toMatchObject({ candidates: [], searched: 3 });
  });

  it('can be opened by the officers: the signed query is kept, what was captured is not', async () => {
    const { clerk } = cast.operators;
    const probe = probeOf(2);
    const asked = await ask(world, room, doctor, probe);
    const line = (await log()).lines.find(({ queryId }) => queryId === asked.candidates.queryId);
    const kept = await world.store.message(line?.messageId ?? '', signal);
    const text = Buffer.from(kept?.signed ?? []).toString('latin1');
    expect(text).toContain('"type":"emergency-query"');
    expect(text).not.toContain(probe.fingers[0]?.record.slice(0, 40));
    const officer = await signOn(world, world.posts.bureau, await makeStaff(world, clerk, '9900000001', 'officer'));
    const body = { caseId: '2026-001', reason: '病人申訴', messageId: line?.messageId ?? '' };
    const opened = await world.posts.bureau.client.openDispute({ operator: officer, body }, signal);
    expect(opened.type).toBe('opening-case');
  });

  it('finds others though a set in the register is damaged, and counts whose it is as not compared', async () => {
    const database = new Database(bureauFiles(folderOf(world)).database);
    const rows = database.prepare('select number, sealed_fingers from finger_set').all() as {
      number: string;
      sealed_fingers: Buffer;
    }[];
    const write = database.prepare('update finger_set set sealed_fingers = ? where number = ?');
    const found: number[] = [];
    for (const { number, sealed_fingers } of rows) {
      write.run(Buffer.from(sealed_fingers).fill(0, 30, 40), number);
      const { candidates, searched, enrolled } = (await ask(world, room, doctor)).candidates;
      write.run(sealed_fingers, number);
      expect(enrolled).toBe(3);
      expect(searched).toBe(2);
      found.push(candidates.length);
    }
    database.close();
    // Nobody but the one whose set it was.
    expect(found.sort((a, b) => a - b)).toEqual([0, 1, 1]);
  });

  it('shows nobody any more once its time is over', async () => {
    const asked = await ask(world, room, doctor, probeOf(2));
    const { queryId } = asked.candidates;
    expect((await world.store.emergencyQuery(queryId, signal))?.sealed_candidates).not.toBeNull();
    world.clock.advance(6 * MINUTE);
    await world.tend();
    expect((await world.store.emergencyQuery(queryId, signal))?.sealed_candidates).toBeNull();
  });
});

/** The position in the first view of a record, behind its header of 24 bytes: unknown. */
function toUnknown(record: string): string {
  const bytes = Buffer.from(record, 'base64');
  bytes[24] = 0;
  return bytes.toString('base64');
}
