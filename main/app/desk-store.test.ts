import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import type { BegunPickup, KeptSet, PrintedSheet } from '../station/ports.ts';
import { openDeskStore } from './desk-store.ts';

const { signal } = new AbortController();
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

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imis-desk-'));
  file = join(folder, 'desk.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Works on the store as one session of the station, and ends it. */
async function inSession<T>(work: (desk: ReturnType<typeof openDeskStore>) => Promise<T>): Promise<T> {
  const desk = openDeskStore(file);
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
    await inSession(({ store }) => store.keepSet(SET, signal));
    const database = new Database(file);
    database.prepare('update kept_set set json = ?').run('{"version":1}');
    database.close();
    await inSession(({ store }) => expect(store.keptSets(signal)).rejects.toThrow());
  });
});
