/**
 * Sealed rows in one SQLite table (WAL, every write on disk before it is acknowledged). Readable without the key are how many rows of a kind
 * there are, how long they are in steps of 256 bytes, and times. Rows that were taken away or put back as they once were are not noticed.
 * @module
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import type { RowKind } from './desk-rows.ts';
import { moveUnsealedRows, scrub } from './move-unsealed-rows.ts';
import { createRowSeal, type RowSeal } from './row-seal.ts';

/** The rows of one kind. */
export interface KeptRows<T> {
  /** Adds them, or puts them in the place of those with the same key; all of them or none. */
  put(values: readonly T[]): void;
  drop(key: string): void;
  /** Oldest first. Throws STORE_DAMAGED. */
  all(): T[];
}

/** A store of sealed rows. */
export interface SealedRows {
  of<T>(kind: RowKind<T>): KeptRows<T>;
  close(): void;
}

/** Writes a text at a row's place. */
export type PutText = (kind: string, key: string, at: number, text: string) => void;

const TABLE = `
  create table if not exists sealed_row (
    position integer primary key autoincrement,
    kind text not null,
    key blob not null,
    at integer not null,
    sealed blob not null,
    unique (kind, key)
  )
`;
const Row = z.object({ key: z.instanceof(Uint8Array), at: z.int(), sealed: z.instanceof(Uint8Array) });
/** The row by which the right key is known. */
const CHECK = { kind: 'check', key: 'check', text: '"IMIS"' } as const;

/** Whether a file holds sealed rows: there is one key that it needs. */
export function isSealedStore(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = new Database(file);
  try {
    return (
      database.prepare("select 1 from sqlite_master where type = 'table' and name = 'sealed_row'").get() !== undefined
    );
  } finally {
    database.close();
  }
}

/** Once the table is there. */
function putting(database: Database.Database, seal: RowSeal): PutText {
  const put = database.prepare(
    `insert into sealed_row (kind, key, at, sealed) values (?, ?, ?, ?)
     on conflict (kind, key) do update set at = excluded.at, sealed = excluded.sealed`,
  );
  return (kind, key, at, text) => {
    const place = { kind, key: seal.lookup(kind, key), at };
    put.run(kind, place.key, at, seal.seal(place, text));
  };
}

/** Writes the check of a new store, or compares that of one that is there. Throws STORE_KEY_LOST. */
function checkKey(database: Database.Database, seal: RowSeal, put: PutText): void {
  const row = database.prepare('select key, at, sealed from sealed_row where kind = ?').get(CHECK.kind);
  if (row === undefined) {
    put(CHECK.kind, CHECK.key, 0, CHECK.text);
    return;
  }
  const { key, at, sealed } = Row.parse(row);
  if (!equalBytes(key, seal.lookup(CHECK.kind, CHECK.key)))
    throw new ImisError('STORE_KEY_LOST', 'the rows are sealed under another key');
  seal.open({ kind: CHECK.kind, key, at }, sealed);
}

/**
 * Opens or makes a store under its key (32 bytes, only read here). What lies in tables of before is sealed and its old pages overwritten.
 * Throws STORE_KEY_LOST for the key of another store.
 */
export function openSealedRows(file: string, storeKey: Uint8Array): SealedRows {
  // SQLite gives its side files the mode of the database.
  if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
  chmodSync(file, 0o600);
  const seal = createRowSeal(storeKey);
  const database = new Database(file);
  const close = (): void => {
    database.close();
    seal.forget();
  };
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.transaction(() => {
      database.exec(TABLE);
      const put = putting(database, seal);
      checkKey(database, seal, put);
      moveUnsealedRows(database, put);
    })();
    scrub(database);
    return { of: (kind) => keptRows(database, seal, kind), close };
  } catch (cause) {
    close();
    throw cause;
  }
}

function keptRows<T>(database: Database.Database, seal: RowSeal, kind: RowKind<T>): KeptRows<T> {
  const { name } = kind;
  const put = putting(database, seal);
  const drop = database.prepare('delete from sealed_row where kind = ? and key = ?');
  const all = database.prepare('select key, at, sealed from sealed_row where kind = ? order by at, position');
  const putAll = database.transaction((values: readonly T[]) => {
    for (const value of values) put(name, kind.keyOf(value), kind.atOf?.(value) ?? 0, kind.toText(value));
  });
  return {
    put: (values) => {
      putAll(values);
    },
    drop: (key) => {
      drop.run(name, seal.lookup(name, key));
    },
    all: () =>
      kind.fromTexts(
        all.all(name).map((row) => {
          const { key, at, sealed } = Row.parse(row);
          return seal.open({ kind: name, key, at }, sealed);
        }),
      ),
  };
}
