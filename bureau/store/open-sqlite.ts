/**
 * Opens the bureau's SQLite database (better-sqlite3, WAL) and brings its tables up to date.
 * @module
 */
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as initial from '../migrations/0001-initial.ts';
import * as epochs from '../migrations/0002-epochs-and-openings.ts';
import { createKyselyStore } from './kysely-store.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Tables whose rows nobody changes or removes, not even by hand. */
const APPEND_ONLY = ['opening_log', 'opening_case', 'epoch'];

/** `file` is a path or `:memory:`. An acknowledged write survives a crash (synchronous FULL). */
export async function openSqliteStore(file: string): Promise<Store> {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: {
        close: () => database.close(),
        // Take the write lock at once: a transaction that reads first and writes later is refused, without waiting, when another
        // process (the administrator's command) has written in between.
        prepare: (text) => database.prepare(text === 'begin' ? 'begin immediate' : text),
      },
    }),
  });
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({
        '0001-initial': { up: initial.up },
        '0002-epochs-and-openings': { up: epochs.up },
      }),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the bureau database could not be migrated', { cause: error });
  for (const table of APPEND_ONLY) {
    for (const change of ['update', 'delete']) {
      database.exec(`create trigger if not exists ${table}_no_${change} before ${change} on ${table}
        begin select raise(abort, '${table} is append-only'); end`);
    }
  }
  return createKyselyStore(db);
}
