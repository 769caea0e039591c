/**
 * A copied disk: the folders of desks that hold a visit and a pickup the bureau has not got yet, copied while the desks run, and everything
 * in them that a thief would look for. Beside it the same rows as versions before stored them, in which the same search finds all of it.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Allergy } from '../../contract/safety.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { PATIENTS } from '../../main/app/demonstration.ts';
import { DESK_ROWS } from '../../main/app/desk-rows.ts';
import { openDeskStore } from '../../main/app/desk-store.ts';
import type { KioskFile } from '../../main/app/kiosk-file.ts';
import { GENERATED_PASSPHRASE_COST } from '../../main/app/officers/sealed-secret.ts';
import { pinStoreKey } from '../../main/app/pin-store-key.ts';
import { type KioskOptions, runKiosk } from '../../main/app/run-kiosk.ts';
import { openDeskData } from '../../main/app/store-key.ts';
import { storePins } from '../../main/app/store-pin.ts';
import { writeUnsealedStore } from '../../main/app/unsealed-store.fixture.ts';
import type { KeptSet } from '../../main/station/ports.ts';
import { MEDICATIONS } from '../../record/catalogue.ts';
import { filesBelow, findWords } from '../harness/find-words.ts';
import { TEST_STORE_KEY } from './station-under-test.ts';
import { CHEN, checkIn, collect, DRAFT, look, open, openHouse, seeDoctor, sign, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const DESKS = ['registration', 'clinic', 'pharmacy'] as const;
const PERSONS = PATIENTS.filter(({ id }) => id === WANG || id === CHEN).map(({ person }) => person);
const DRUGS = MEDICATIONS.filter(({ code }) => DRAFT.lines.some((line) => line.code === code));

let world: World;
/** Copies of what lies on the disks. */
let copies: Record<(typeof DESKS)[number], string>;
let copiedKeys: readonly string[];
/** The same rows, readable. */
let readable: string;
/** Who and what: names, numbers, pseudonyms, prescriptions, drugs. */
let words: readonly string[];
/** Names of what a row says, in quotes as JSON has them. */
let jsonKeys: readonly string[];

const Pids = z.array(z.object({ pid: z.string() }));

/** Every name of a JSON text, in quotes. */
const namesIn = (text: string): readonly string[] => text.match(/"[A-Za-z]{3,}"(?=:)/gu) ?? [];

/** A set that says all of it, as no desk would: so that each word is searched for where it can be found. */
function tellingSet(told: readonly string[]): KeptSet {
  const texts = told.filter((word) => Buffer.byteLength(word) <= 35);
  const allergies = texts.map(
    (code): Allergy => ({
      substance: { kind: 'text', code },
      criticality: 'low',
      recorded: '2026-11-29',
    }),
  );
  const some = 'ab'.repeat(32);
  return {
    version: 1,
    reference: some,
    card: some,
    recordId: some,
    accepted: false,
    visit: { visitId: 'cd'.repeat(16), day: '2026-11-29', institution: '0401180014', diagnoses: [...DRAFT.diagnoses] },
    allergies,
  };
}

beforeAll(async () => {
  world = await createWorld();
  await openHouse(world);
  // A pickup that the bureau does not get, and after it a visit.
  const first = await seeDoctor(world, CHEN);
  await look(world, CHEN, first.rxId);
  await world.station.accept({ desk: 'pharmacy', rxId: first.rxId ?? '', recover: false });
  const second = await seeDoctor(world, WANG);
  await checkIn(world, WANG);
  await open(world, WANG);
  await world.stopBureau();
  await collect(world, first.rxId);
  const third = await sign(world);

  const database = new Database(bureauFiles(world.folders.bureau).database, { readonly: true });
  const pids = Pids.parse(database.prepare('select pid from person').all()).map(({ pid }) => pid);
  database.close();
  words = [
    ...PERSONS.flatMap(({ name, nationalId, birthDate }) => [name, nationalId, birthDate]),
    ...pids,
    ...[first, second, third].map(({ rxId }) => rxId ?? expect.fail('a visit without a prescription')),
    ...DRUGS.flatMap(({ code, zh, en }) => [code, zh, en]),
    // Short ones would be found in any noise.
    ...DRAFT.diagnoses.filter((code) => code.length >= 5),
  ];
  expect(words.length).toBeGreaterThan(15);

  const ports = DESKS.map((desk) => world.desk(desk));
  for (const {
    ports: { store },
  } of ports) {
    await store.keepSet(tellingSet(words), signal);
    await store.keepLock({ version: 1, rxId: first.rxId ?? '', part: 1, secret: 'ef'.repeat(32) }, signal);
  }
  const copy = (folder: string, as: string): string => {
    const target = join(world.dir, 'copies', as);
    cpSync(folder, target, { recursive: true });
    return target;
  };
  const data = (n: number): string => join(world.dir, 'station-0', 'data', `${DESKS[n]}-${n}`);
  copies = { registration: copy(data(0), 'r'), clinic: copy(data(1), 'c'), pharmacy: copy(data(2), 'p') };
  copiedKeys = DESKS.map((desk) => copy(world.folders[desk], `folder-${desk}`));

  readable = join(world.dir, 'readable');
  mkdirSync(readable);
  const all = await Promise.all(
    ports.map(async ({ ports: { store }, outboxItems }) => ({
      outbox: await outboxItems(),
      evidence: await store.evidence(signal),
      sets: await store.keptSets(signal),
      pickups: await store.begunPickups(signal),
      locks: await store.heldLocks(signal),
      material: JSON.stringify(await store.material(signal)),
    })),
  );
  all.forEach((rows, n) => writeUnsealedStore(join(readable, `${n}.sqlite`), rows));
  jsonKeys = [
    ...new Set(
      all.flatMap(({ outbox, evidence, sets, locks, material }) =>
        [
          ...outbox.map((item) => DESK_ROWS.outbox.toText(item)),
          ...evidence.map((line) => DESK_ROWS.evidence.toText(line)),
          ...sets.map((set) => DESK_ROWS.keptSet.toText(set)),
          ...locks.map((lock) => DESK_ROWS.heldLock.toText(lock)),
          material,
        ].flatMap(namesIn),
      ),
    ),
  ];
});
afterAll(() => world.close());

it('holds something worth stealing: a visit, a pickup, evidence', async () => {
  const routes = async (desk: 'clinic' | 'pharmacy') =>
    (await world.desk(desk).outboxItems()).map(({ route }) => route);
  expect(await routes('clinic')).toEqual(['record', 'prescription']);
  expect(await routes('pharmacy')).toEqual(['pickup']);
  expect(await world.desk('pharmacy').evidence()).not.toEqual([]);
  expect(jsonKeys.length).toBeGreaterThan(25);
});

it('tells a thief nothing: no name, number, pseudonym, prescription or drug, and not what is in a row', () => {
  const stores = filesBelow(...Object.values(copies));
  // The log as well, in which every row stands that was written last.
  expect(new Set(stores.map((file) => basename(file)))).toEqual(
    new Set(['desk.sqlite', 'desk.sqlite-wal', 'desk.sqlite-shm']),
  );
  expect(findWords([...stores, ...filesBelow(...copiedKeys)], words)).toEqual([]);
  expect(findWords(stores, jsonKeys)).toEqual([]);
});

it('would be found by the same search, had it been stored as before', () => {
  const files = filesBelow(readable);
  expect(findWords(files, words)).toEqual(words);
  expect(findWords(files, jsonKeys)).toEqual(jsonKeys);
});

it('a store of before tells nothing from its first opening on', async () => {
  for (const file of filesBelow(readable)) {
    const { outbox, close } = openDeskStore(file, TEST_STORE_KEY);
    expect(
      findWords(
        filesBelow(readable).filter((one) => one.startsWith(file)),
        words,
      ),
    ).toEqual([]);
    await outbox.list(signal);
    close();
  }
  expect(findWords(filesBelow(readable), [...words, ...jsonKeys])).toEqual([]);
});

it('a copy opens with the key, and holds what the desk holds', async () => {
  const { store, outbox, close } = openDeskStore(join(copies.clinic, 'desk.sqlite'), TEST_STORE_KEY);
  expect(await outbox.list(signal)).toEqual(await world.desk('clinic').outboxItems());
  expect(await store.keptSets(signal)).toEqual(await world.desk('clinic').ports.store.keptSets(signal));
  close();
  const other = TEST_STORE_KEY.map((byte) => byte ^ 1);
  expect(() => openDeskStore(join(copies.clinic, 'desk.sqlite'), other)).toThrow(
    expect.objectContaining({ code: 'STORE_KEY_LOST' }),
  );
});

it('a kiosk starts with the PIN that was set for it, and with no other', async () => {
  const at = (name: string): string => join(world.dir, name);
  const write = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  const file: KioskFile = {
    version: 1,
    folder: 'pharmacy',
    data: 'kiosk-data',
    readers: { kind: 'software', slots: ['left'], folder: 'cards' },
  };
  const configFile = write('pharmacy.json', JSON.stringify(file));
  const common = { desk: 'pharmacy', bureauUrl: world.url, configFile };
  const start = (more: Partial<KioskOptions>) => runKiosk({ ...common, ...more }, () => undefined);
  const right = write('right-pin', '今天的啟動密碼\n');
  const wrong = write('wrong-pin', '明天的啟動密碼\n');
  // Set at a cost that a test can pay.
  (await openDeskData(at('kiosk-data'), pinStoreKey(storePins(right), GENERATED_PASSPHRASE_COST), signal)).close();
  await (await start({ storePinFile: right })).close();
  await expect(start({ storePinFile: wrong })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  // Nobody sits at a terminal here.
  await expect(start({})).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  writeFileSync(configFile, JSON.stringify({ ...file, storeKey: 'os' } satisfies KioskFile));
  await expect(start({ storePinFile: right })).rejects.toMatchObject({ code: 'STORE_KEY_UNAVAILABLE' });
});
