/**
 * What a desk keeps on its disk: the outbox, its evidence, the newest public material, sets that wait for their card, pickups that were begun, locks,
 * counts of prints (SQLite, WAL, every write on disk before it is acknowledged). The form of the rows is desk-rows.ts.
 * @module
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { OutboxStore } from '../../nhi-client/outbox.ts';
import type { DeskStore } from '../station/ports.ts';
import { DESK_ROWS } from './desk-rows.ts';

/** Opens or makes the file. */
export function openDeskStore(file: string): {
  readonly store: DeskStore;
  readonly outbox: OutboxStore;
  close(): void;
} {
  // SQLite gives its side files the mode of the database.
  if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
  chmodSync(file, 0o600);
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(`
    create table if not exists outbox (id text primary key, created_at integer not null, json text not null);
    create table if not exists material (id integer primary key check (id = 1), json text not null);
    create table if not exists evidence (position integer primary key autoincrement, json text not null);
    create table if not exists kept_set (reference text primary key, json text not null);
    create table if not exists begun_pickup (rx_id text primary key, json text not null);
    create table if not exists inbox (rx_id text primary key, json text not null);
    create table if not exists settled (position integer primary key autoincrement, json text not null);
    create table if not exists held_lock (rx_id text primary key, json text not null);
    create table if not exists printed_sheet (sheet text primary key, day text not null, json text not null);
  `);
  const put = database.prepare(
    'insert into outbox (id, created_at, json) values (?, ?, ?) on conflict (id) do update set json = excluded.json',
  );
  const remove = database.prepare('delete from outbox where id = ?');
  const list = database.prepare('select json from outbox order by created_at, rowid');
  const append = database.prepare('insert into evidence (json) values (?)');
  const material = database.prepare('select json from material');
  const keepMaterial = database.prepare(
    'insert into material (id, json) values (1, ?) on conflict (id) do update set json = excluded.json',
  );
  const evidence = database.prepare('select json from evidence order by position');
  const keepSet = database.prepare(
    'insert into kept_set (reference, json) values (?, ?) on conflict (reference) do update set json = excluded.json',
  );
  const keptSets = database.prepare('select json from kept_set order by rowid');
  const dropSet = database.prepare('delete from kept_set where reference = ?');
  const keepPickup = database.prepare(
    'insert into begun_pickup (rx_id, json) values (?, ?) on conflict (rx_id) do update set json = excluded.json',
  );
  const begunPickups = database.prepare('select json from begun_pickup order by rowid');
  const keepInbox = database.prepare(
    'insert into inbox (rx_id, json) values (?, ?) on conflict (rx_id) do update set json = excluded.json',
  );
  const inbox = database.prepare('select json from inbox order by rowid');
  const dropInbox = database.prepare('delete from inbox where rx_id = ?');
  const keepSettled = database.prepare('insert into settled (json) values (?)');
  const settled = database.prepare('select json from settled order by position');
  const keepLock = database.prepare(
    'insert into held_lock (rx_id, json) values (?, ?) on conflict (rx_id) do update set json = excluded.json',
  );
  const heldLocks = database.prepare('select json from held_lock order by rowid');
  const dropLock = database.prepare('delete from held_lock where rx_id = ?');
  const dropPickup = database.prepare('delete from begun_pickup where rx_id = ?');
  const keepPrinted = database.prepare(
    'insert into printed_sheet (sheet, day, json) values (?, ?, ?) on conflict (sheet) do update set day = excluded.day, json = excluded.json',
  );
  const printedSheets = database.prepare('select json from printed_sheet order by rowid');
  const dropPrinted = database.prepare('delete from printed_sheet where day < ?');

  return {
    outbox: {
      put: async (items, signal) => {
        signal.throwIfAborted();
        database.transaction(() => {
          for (const item of items) put.run(item.id, item.createdAt, DESK_ROWS.outbox.toText(item));
        })();
      },
      remove: async (id) => {
        remove.run(id);
      },
      list: async () => DESK_ROWS.outbox.fromRows(list.all()),
    },
    store: {
      appendEvidence: async (rows) => {
        for (const row of rows) append.run(DESK_ROWS.evidence.toText(row));
      },
      evidence: async () => DESK_ROWS.evidence.fromRows(evidence.all()),
      material: async () => DESK_ROWS.material.fromRows(material.all())[0],
      saveMaterial: async (newest) => {
        keepMaterial.run(DESK_ROWS.material.toText(newest));
      },
      keepSet: async (set) => {
        keepSet.run(set.reference, DESK_ROWS.keptSet.toText(set));
      },
      keptSets: async () => DESK_ROWS.keptSet.fromRows(keptSets.all()),
      dropSet: async (reference) => {
        dropSet.run(reference);
      },
      keepPickup: async (pickup) => {
        keepPickup.run(pickup.rxId, DESK_ROWS.begunPickup.toText(pickup));
      },
      begunPickups: async () => DESK_ROWS.begunPickup.fromRows(begunPickups.all()),
      dropPickup: async (rxId) => {
        dropPickup.run(rxId);
      },
      keepInbox: async (item) => {
        keepInbox.run(item.rxId, DESK_ROWS.inbox.toText(item));
      },
      inbox: async () => DESK_ROWS.inbox.fromRows(inbox.all()),
      dropInbox: async (rxId) => {
        dropInbox.run(rxId);
      },
      keepSettled: async (conflict) => {
        keepSettled.run(DESK_ROWS.settled.toText(conflict));
      },
      settled: async () => DESK_ROWS.settled.fromRows(settled.all()),
      keepLock: async (lock) => {
        keepLock.run(lock.rxId, DESK_ROWS.heldLock.toText(lock));
      },
      heldLocks: async () => DESK_ROWS.heldLock.fromRows(heldLocks.all()),
      dropLock: async (rxId) => {
        dropLock.run(rxId);
      },
      keepPrinted: async (sheets) => {
        database.transaction(() => {
          for (const sheet of sheets) {
            const { paper, rxId, part, line, day } = sheet;
            keepPrinted.run(`${paper}/${rxId}/${part}/${line}`, day, DESK_ROWS.printedSheet.toText(sheet));
          }
        })();
      },
      printedSheets: async () => DESK_ROWS.printedSheet.fromRows(printedSheets.all()),
      dropPrinted: async (before) => {
        dropPrinted.run(before);
      },
    },
    close: () => {
      database.close();
    },
  };
}
