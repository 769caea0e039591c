/**
 * A desk's store as versions before wrote it: tables of readable JSON.
 * @module
 */
import Database from 'better-sqlite3';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import type { BegunPickup, DeskEvidence, HeldLock, KeptSet } from '../station/ports.ts';
import { DESK_ROWS } from './desk-rows.ts';

/** What such a store holds. */
export interface UnsealedRows {
  readonly outbox?: readonly OutboxItem[];
  readonly evidence?: readonly DeskEvidence[];
  readonly sets?: readonly KeptSet[];
  readonly pickups?: readonly BegunPickup[];
  readonly locks?: readonly HeldLock[];
  /** JSON. */
  readonly material?: string;
}

/** Writes one. */
export function writeUnsealedStore(file: string, rows: UnsealedRows): void {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec(`
    create table outbox (id text primary key, created_at integer not null, json text not null);
    create table material (id integer primary key check (id = 1), json text not null);
    create table evidence (position integer primary key autoincrement, json text not null);
    create table kept_set (reference text primary key, json text not null);
    create table begun_pickup (rx_id text primary key, json text not null);
    create table held_lock (rx_id text primary key, json text not null);
  `);
  const put = (sql: string, ...values: readonly (string | number)[]) => database.prepare(sql).run(...values);
  for (const item of rows.outbox ?? [])
    put('insert into outbox values (?, ?, ?)', item.id, item.createdAt, DESK_ROWS.outbox.toText(item));
  for (const line of rows.evidence ?? [])
    put('insert into evidence (json) values (?)', DESK_ROWS.evidence.toText(line));
  for (const set of rows.sets ?? [])
    put('insert into kept_set values (?, ?)', set.reference, DESK_ROWS.keptSet.toText(set));
  for (const pickup of rows.pickups ?? [])
    put('insert into begun_pickup values (?, ?)', pickup.rxId, DESK_ROWS.begunPickup.toText(pickup));
  for (const lock of rows.locks ?? [])
    put('insert into held_lock values (?, ?)', lock.rxId, DESK_ROWS.heldLock.toText(lock));
  if (rows.material !== undefined) put('insert into material values (1, ?)', rows.material);
  database.close();
}
