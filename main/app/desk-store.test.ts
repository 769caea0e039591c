import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ErrorCode } from '../../contract/errors.ts';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import type { BegunPickup, KeptSet, PrintedSheet } from '../station/ports.ts';
import { DESK_ROWS } from './desk-rows.ts';
import { openDeskStore } from './desk-store.ts';
import { openSealedRows } from './sealed-rows.ts';
import { writeUnsealedStore } from './unsealed-store.fixture.ts';

const { signal } = new AbortController();
const KEY = new Uint8Array(32).fill(7);
const reference = (digits: string): string => digits.repeat(32);

const SET: KeptSet = {
  version: 1,
  reference: reference('ab'),
  card: reference('cd'),
  recordId: reference('ef'),
  accepted: false,
  visit: { visitId: '1'.repeat(32), day: '2026-03-04', institution: '0401180014', diagnoses: ['I10'] },
  prescription: {
    record: {
      rxId: '2'.repeat(32),
      hash16: '3'.repeat(32),
      issued: 1,
      expires: 2,
      parts: 1,
      controlled: false,
      pharmacy: '5901020304',
    },
    body: Uint8Array.of(0, 1, 254, 255),
  },
};
const PICKUP: BegunPickup = { version: 1, rxId: '2'.repeat(32), part: 1, nonce: new Uint8Array(32).fill(9) };
const item = (id: string): OutboxItem => ({ id, version: 1, route: 'record', body: { message: 'AAAA' }, createdAt: 5 });

const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imis-desk-'));
  file = join(folder, 'desk.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Works on the store as one session of the station, and ends it. */
async function inSession<T>(work: (desk: ReturnType<typeof openDeskStore>) => Promise<T>): Promise<T> {
  const desk = openDeskStore(file, KEY);
  try {
    return await work(desk);
  } finally {
    desk.close();
  }
}

describe('what a desk keeps', () => {
  it('is there in the next session: sets, what became of them, and begun pickups', async () => {
    const { prescription: _prescription, ...bare } = SET;
    const second: KeptSet = {
      ...bare,
      reference: reference('12'),
      allergies: [{ substance: { kind: 'text', code: '花生' }, criticality: 'low', recorded: '2026-11-29' }],
    };
    await inSession(async ({ store }) => {
      await store.keepSet(SET, signal);
      await store.keepSet(second, signal);
      await store.keepPickup(PICKUP, signal);
    });
    await inSession(async ({ store }) => {
      expect(await store.keptSets(signal)).toEqual([SET, second]);
      expect(await store.begunPickups(signal)).toEqual([PICKUP]);
      await store.keepSet({ ...SET, accepted: true }, signal);
      await store.dropSet(second.reference, signal);
      await store.keepPickup({ ...PICKUP, part: 2 }, signal);
    });
    await inSession(async ({ store }) => {
      expect(await store.keptSets(signal)).toEqual([{ ...SET, accepted: true }]);
      expect(await store.begunPickups(signal)).toEqual([{ ...PICKUP, part: 2 }]);
      await store.dropSet(SET.reference, signal);
      await store.dropPickup(PICKUP.rxId, signal);
      expect(await store.keptSets(signal)).toEqual([]);
      expect(await store.begunPickups(signal)).toEqual([]);
    });
  });

  it('counts prints through a restart, each sheet for itself, and forgets those of long ago', async () => {
    const slip: PrintedSheet = {
      version: 1,
      paper: 'pickup-slip',
      rxId: '2'.repeat(32),
      part: 0,
      line: 0,
      count: 1,
      day: '2026-03-04',
    };
    const label: PrintedSheet = { ...slip, paper: 'label', part: 1, line: 1 };
    await inSession(({ store }) => store.keepPrinted([slip, label, { ...label, line: 2 }], signal));
    await inSession(async ({ store }) => {
      expect(await store.printedSheets(signal)).toEqual([slip, label, { ...label, line: 2 }]);
      await store.keepPrinted([{ ...label, count: 2, day: '2026-03-05' }], signal);
    });
    await inSession(async ({ store }) => {
      await store.dropPrinted('2026-03-05', signal);
      expect(await store.printedSheets(signal)).toEqual([{ ...label, count: 2, day: '2026-03-05' }]);
      const broken = { ...slip, part: 4 };
      await expect(store.keepPrinted([{ ...label, count: 3 }, broken], signal)).rejects.toThrow();
      expect(await store.printedSheets(signal)).toMatchObject([{ count: 2 }]);
    });
  });

  it('takes messages that belong together all or none', async () => {
    await inSession(async ({ outbox }) => {
      const broken = { ...item('2'), createdAt: undefined as unknown as number }; // What a fault in the desk might hand over.
      await expect(outbox.put([item('1'), broken], signal)).rejects.toThrow();
      expect(await outbox.list(signal)).toEqual([]);
      await outbox.put([item('1'), { ...item('2'), needs: '1', reference: SET.reference }], signal);
      expect((await outbox.list(signal)).map(({ id }) => id)).toEqual(['1', '2']);
    });
  });

  it('is not believed in another shape', async () => {
    const rows = openSealedRows(file, KEY);
    rows.of({ ...DESK_ROWS.keptSet, toText: () => '{"version":1}' }).put([SET]);
    rows.close();
    await inSession(({ store }) => expect(store.keptSets(signal)).rejects.toThrow('reference'));
  });

  it('opens under its own key only', () => {
    openDeskStore(file, KEY).close();
    expect(() =>
      openDeskStore(
        file,
        KEY.map((byte) => byte ^ 1),
      ),
    ).toThrow(code('STORE_KEY_LOST'));
    openDeskStore(file, KEY).close();
  });

  it('is not believed where a row was altered, or moved to another key', async () => {
    const second = { ...SET, reference: reference('12') };
    await inSession(async ({ store }) => {
      await store.keepSet(SET, signal);
      await store.keepSet(second, signal);
    });
    const swap = () => {
      const database = new Database(file);
      const rows = z
        .array(z.object({ position: z.int(), sealed: z.instanceof(Uint8Array) }))
        .length(2)
        .parse(database.prepare("select position, sealed from sealed_row where kind = 'kept_set'").all());
      const put = database.prepare('update sealed_row set sealed = ? where position = ?');
      rows.forEach(({ position }, i) => put.run(rows[1 - i]?.sealed, position));
      database.close();
    };
    const refused = () =>
      inSession(({ store }) => expect(store.keptSets(signal)).rejects.toMatchObject({ code: 'STORE_DAMAGED' }));
    swap();
    await refused();
    swap();
    await inSession(async ({ store }) => expect(await store.keptSets(signal)).toEqual([SET, second]));
    const database = new Database(file);
    database.exec("update sealed_row set at = 1 where kind = 'kept_set'");
    database.close();
    await refused();
  });
});

describe('a store of before', () => {
  const ROWS = {
    // Later first: the outbox goes by the time.
    outbox: [{ ...item('b'), createdAt: 9 }, item('a')],
    sets: [SET],
    pickups: [PICKUP],
    locks: [{ version: 1, rxId: '2'.repeat(32), part: 1, secret: reference('ee') }],
    evidence: ['eq16', 'eq18'].map((equation) => ({
      version: 1 as const,
      type: 'verification' as const,
      institution: '5901020304',
      keyId: reference('aa'),
      equation,
      messageHash: reference('bb'),
      signature: 'AAAA',
      epoch: '7',
      result: 'verified',
      at: '2026-11-29T00:00:00.000Z',
      verifier: 'imis',
    })),
  } as const;
  /** Words that its files hold: of JSON, of keys, of contents. */
  const WORDS = ['"rxId"', '"diagnoses"', 'I10', '2'.repeat(32), reference('ab'), reference('ee'), 'eq16'];
  const found = () => {
    const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    return WORDS.filter((word) => bytes.some((one) => one.includes(word)));
  };

  it('is sealed at the first opening, in order, and leaves no readable page', async () => {
    writeUnsealedStore(file, ROWS);
    expect(found()).toEqual(WORDS);
    const desk = openDeskStore(file, KEY);
    // While it is open, too: log and file.
    expect(found()).toEqual([]);
    expect((await desk.outbox.list(signal)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(await desk.store.keptSets(signal)).toEqual(ROWS.sets);
    expect(await desk.store.begunPickups(signal)).toEqual(ROWS.pickups);
    expect(await desk.store.heldLocks(signal)).toEqual(ROWS.locks);
    expect(await desk.store.evidence(signal)).toEqual(ROWS.evidence);
    await desk.store.dropSet(SET.reference, signal);
    expect(await desk.store.keptSets(signal)).toEqual([]);
    desk.close();
    expect(found()).toEqual([]);
  });

  it('is scrubbed at the next opening where the power failed between sealing and scrubbing', async () => {
    writeUnsealedStore(file, ROWS);
    openDeskStore(file, KEY).close();
    // As the power leaves it: sealed rows, and free pages with what stood on them.
    const database = new Database(file);
    database.exec('create table before (json text); pragma user_version = 0');
    for (const word of WORDS) database.prepare('insert into before values (?)').run(word);
    database.exec('drop table before');
    database.close();
    expect(found()).toEqual(WORDS);
    await inSession(async ({ outbox }) => {
      expect(found()).toEqual([]);
      expect((await outbox.list(signal)).map(({ id }) => id)).toEqual(['a', 'b']);
    });
  });
});
