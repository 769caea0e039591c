/** Fingerprints at the clerk's desk: given, refused, renewed, withdrawn; what is withdrawn is nowhere any more. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { ask, confirm, confirmation, decide, decision, decisionBody } from '../testing/emergency-messages.ts';
import { type Cast, enrol, makeCast, signOn } from '../testing/journeys.ts';
import { DAY } from '../testing/moving-clock.ts';
import { enrolledFinger, fingerRecord, fingerSet, probeOf } from '../testing/soft-fingers.ts';
import type { Certified, SoftDoctor } from '../testing/soft-people.ts';
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

beforeAll(async () => {
  world = await createWorld({ policy: { fingerprintLife: DAY, emergencyQueries: 100 } });
  cast = await makeCast(world);
  room = await addPost(world, { name: 'emergency', institution: HOSPITAL, role: 'emergency' });
  const { clerk } = cast.operators;
  const join = await beginJoin(world, clerk, [4]);
  doctor = join.finish((await world.posts.bureau.client.join({ operator: clerk, body: join.body }, signal)).credential);
  nurse = await makeStaff(world, clerk, HOSPITAL, 'nurse');
});
afterAll(async () => {
  await room.client.close();
  await world.close();
});

const standing = (pid: string) =>
  world.posts.bureau.client.fingerprintStanding({ operator: cast.operators.clerk, params: { pid } }, signal);
const found = async (person: number): Promise<number> =>
  (await ask(world, room, doctor, probeOf(person))).candidates.candidates.length;
const known = async (person: number): Promise<string> => {
  const asked = await ask(world, room, doctor, probeOf(person));
  await confirm(world, asked, await confirmation(world, asked, nurse));
  const operator = cast.operators.clerk;
  const { lines } = await world.posts.bureau.client.breakGlassLog({ operator, body: {} }, signal);
  return lines.at(-1)?.pid ?? '';
};

/** Every file of the bureau's folder, one after another. */
const everyFile = (): Buffer =>
  Buffer.concat(
    readdirSync(folderOf(world), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

describe('fingerprints', () => {
  it('are refused, given after all, and found', async () => {
    const { clerk } = cast.operators;
    const { pid } = cast.patient;
    expect(await standing(pid)).toMatchObject({ state: 'undecided', fingers: [], since: null });
    expect(await decide(world, clerk, cast.patient, { decision: 'refuse' })).toMatchObject({ state: 'refused' });
    expect(await found(1)).toBe(0);
    const given = await decide(world, clerk, cast.patient, { set: fingerSet(1) });
    expect(given).toMatchObject({ state: 'enrolled', fingers: [2, 7], renewalDue: false, inForce: true });
    expect(given.events.map(({ event }) => event)).toEqual(['refused', 'enrolled']);
    expect(await known(1)).toBe(pid);
  });

  it('lie under a number that the tables join to nobody', async () => {
    const database = new Database(bureauFiles(folderOf(world)).database, { readonly: true });
    const rows = database.prepare('select * from finger_set').all();
    database.close();
    const text = JSON.stringify(rows, (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('latin1') : value,
    );
    expect(rows).toHaveLength(1);
    expect(text).not.toContain(cast.patient.pid);
    const all = everyFile();
    const record = Buffer.from(fingerRecord({ person: 1, finger: 2 }, 0));
    expect(all.includes(record.subarray(24, 60))).toBe(false);
    expect(all.includes(record.toString('base64').slice(32, 72))).toBe(false);
  });

  it('are answered again to the same bytes, also when the first answer was lost', async () => {
    const { clerk } = cast.operators;
    const patient = await enrol(world, clerk, 'B100000003', '許一');
    const set = fingerSet(3);
    const body = decisionBody(world, await decision(world, patient, set), set);
    const send = () => world.posts.bureau.client.fingerprints({ operator: clerk, body }, signal);
    expect(await send()).toEqual(await send());
    expect((await standing(patient.pid)).events).toHaveLength(1);
  });

  it('are renewed under another number: the old fingers are found no more', async () => {
    const { clerk } = cast.operators;
    const patient = await enrol(world, clerk, 'B100000004', '周二');
    await decide(world, clerk, patient, { set: fingerSet(4) });
    world.clock.advance(DAY + 1);
    cast = { ...cast, operators: { ...cast.operators, clerk: await signOn(world, world.posts.bureau, world.clerk) } };
    expect(await standing(patient.pid)).toMatchObject({ renewalDue: true });
    const renewed = await decide(world, cast.operators.clerk, patient, { set: fingerSet(40) });
    expect(renewed).toMatchObject({ state: 'enrolled', renewalDue: false });
    expect(renewed.events.map(({ event }) => event)).toEqual(['enrolled', 'renewed']);
    expect(await found(4)).toBe(0);
    expect(await known(40)).toBe(patient.pid);
  });

  it('are withdrawn: no search finds them, and no file has them', async () => {
    const { clerk } = cast.operators;
    const patient = await enrol(world, clerk, 'B100000005', '吳三');
    const database = bureauFiles(folderOf(world)).database;
    const open = () => new Database(database, { readonly: true });
    const before = open();
    const there = new Set(before.prepare('select number from finger_set').pluck().all());
    before.close();
    await decide(world, clerk, patient, { set: fingerSet(5) });
    const enrolled = open();
    const rows = enrolled.prepare('select * from finger_set').all() as {
      number: string;
      sealed_face: Buffer;
      sealed_fingers: Buffer;
    }[];
    enrolled.close();
    const mine = rows.find(({ number }) => !there.has(number));
    if (mine === undefined) throw new Error('nothing was enrolled');
    // The newest record of the gallery's journal, sealed.
    const journal = readFileSync(join(bureauFiles(folderOf(world)).gallery, 'gallery.journal')).subarray(-64, -16);
    const traces = [mine.sealed_face.subarray(20, 60), mine.sealed_fingers.subarray(-60), journal];
    const traced = (): boolean[] => {
      const all = everyFile();
      return traces.map((trace) => all.includes(trace));
    };
    expect(traced()).toEqual([true, true, true]);
    expect(await known(5)).toBe(patient.pid);
    const gone = await decide(world, clerk, patient, { decision: 'withdraw' });
    expect(gone).toMatchObject({ state: 'withdrawn', fingers: [], inForce: true });
    expect(await found(5)).toBe(0);
    expect(traced()).toEqual([false, false, false]);
  });

  it('are found again after a restart, and after the gallery’s folder was lost', async () => {
    await world.restart();
    expect(await known(1)).toBe(cast.patient.pid);
    await world.stop();
    rmSync(bureauFiles(folderOf(world)).gallery, { recursive: true });
    await world.restart();
    expect(await known(1)).toBe(cast.patient.pid);
    expect(await found(5)).toBe(0);
  });

  it('are found again after the gallery’s files were damaged, wherever, and what was withdrawn stays away', async () => {
    const journal = join(bureauFiles(folderOf(world)).gallery, 'gallery.journal');
    for (const at of [3, 30, -20]) {
      await world.stop();
      const bytes = readFileSync(journal);
      const place = at < 0 ? bytes.length + at : at;
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(journal, bytes);
      await world.restart();
      expect(await known(1)).toBe(cast.patient.pid);
      expect(await found(5)).toBe(0);
    }
  });

  it('come back by no older copy of the gallery’s folder, and nobody is missing then', async () => {
    const { clerk } = cast.operators;
    const { gallery } = bureauFiles(folderOf(world));
    const patient = await enrol(world, clerk, 'B100000008', '何六');
    await decide(world, clerk, patient, { set: fingerSet(8) });
    await world.stop();
    cpSync(gallery, join(world.dir, 'older'), { recursive: true });
    await world.restart();
    await decide(world, clerk, patient, { set: fingerSet(80) });
    await world.stop();
    rmSync(gallery, { recursive: true });
    cpSync(join(world.dir, 'older'), gallery, { recursive: true });
    const older = readFileSync(join(gallery, 'gallery.journal')).subarray(-64);
    await world.restart();
    expect(await known(80)).toBe(patient.pid);
    expect(await found(8)).toBe(0);
    expect(readFileSync(join(gallery, 'gallery.journal')).includes(older)).toBe(false);
  });

  it('of two people on one finger are refused at the same instant too: one of them is enrolled', async () => {
    const { clerk } = cast.operators;
    const twins = [await enrol(world, clerk, 'B100000006', '鄭四'), await enrol(world, clerk, 'B100000007', '鄭五')];
    const set = { ...fingerSet(6), fingers: [2, 7].map((finger) => enrolledFinger({ person: 6, finger })) };
    const results = await Promise.allSettled(twins.map((patient) => decide(world, clerk, patient, { set })));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'FINGER_DUPLICATE' });
  });
});
