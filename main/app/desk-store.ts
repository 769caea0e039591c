/**
 * What a desk keeps on its disk: the outbox, its evidence, the newest public material (SQLite, WAL, every write on disk before it is acknowledged).
 * Sealing at rest, record by record, comes with the off-line pharmacy; what lies here is sealed to the bureau already, evidence names no one.
 * @module
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { PublicMaterial } from '../../contract/bureau-api.ts';
import { ERRORS, type ErrorCode, isErrorCode } from '../../contract/errors.ts';
import type { OutboxItem, OutboxStore } from '../../nhi-client/outbox.ts';
import type { DeskEvidence, DeskStore } from '../station/ports.ts';

const Item = z.strictObject({
  id: z.string(),
  version: z.literal(1),
  route: z.enum(['record', 'prescription', 'pickup']),
  body: z.record(z.string(), z.string()),
  presence: z.string().exactOptional(),
  createdAt: z.number(),
  refusedWith: z.custom<ErrorCode>((code) => isErrorCode(code) && code in ERRORS).exactOptional(),
});
const Evidence = z.strictObject({
  version: z.literal(1),
  type: z.literal('verification'),
  institution: z.string(),
  keyId: z.string(),
  equation: z.string(),
  messageHash: z.string(),
  signature: z.string(),
  epoch: z.string(),
  result: z.string(),
  at: z.string(),
  verifier: z.string(),
});
const Row = z.object({ json: z.string() });

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
  const parsed = <T>(schema: z.ZodType<T>, rows: readonly unknown[]): T[] =>
    rows.map((row) => schema.parse(JSON.parse(Row.parse(row).json)));

  return {
    outbox: {
      put: async (item: OutboxItem, signal) => {
        signal.throwIfAborted();
        put.run(item.id, item.createdAt, JSON.stringify(item));
      },
      remove: async (id) => {
        remove.run(id);
      },
      list: async () => parsed(Item, list.all()),
    },
    store: {
      appendEvidence: async (rows: readonly DeskEvidence[]) => {
        for (const row of rows) append.run(JSON.stringify(row));
      },
      evidence: async () => parsed(Evidence, evidence.all()),
      // What an earlier version stored has another shape: as good as nothing, since it is fetched anew.
      material: async () => PublicMaterial.safeParse(parsed(z.unknown(), material.all())[0]).data,
      saveMaterial: async (newest: PublicMaterial) => {
        keepMaterial.run(JSON.stringify(newest));
      },
    },
    close: () => {
      database.close();
    },
  };
}
