/**
 * Opens the bureau's SQLite database (better-sqlite3, WAL) and brings its tables up to date.
 * @module
 */
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as initial from '../migrations/0001-initial.ts';
import * as epochs from '../migrations/0002-epochs-and-openings.ts';
import * as cards from '../migrations/0003-cards.ts';
import * as prescriptionLife from '../migrations/0004-prescription-life.ts';
import * as agents from '../migrations/0005-agents.ts';
import * as warrantsOfAPatient from '../migrations/0006-warrants-of-a-patient.ts';
import * as fingers from '../migrations/0007-fingers-and-emergency.ts';
import * as vouchedFingers from '../migrations/0008-vouched-fingers.ts';
import { createKyselyStore } from './kysely-store.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Tables whose rows are not changed or removed: a guard against mistakes, not against whoever owns the file. */
const APPEND_ONLY: Readonly<Record<string, string>> = {
  opening_log: 'position = new.position',
  opening_case: 'case_id = new.case_id and revision = new.revision',
  opening_share: 'case_id = new.case_id and revision = new.revision and opener = new.opener',
  member_log: 'position = new.position',
  card_log: 'position = new.position',
  card_order: 'card = new.card and number = new.number',
  dispensing: 'message_id = new.message_id',
  agent_approval: 'serial = new.serial or message_id = new.message_id',
  warrant_erasure: 'serial = new.serial',
  finger_log: 'position = new.position',
  break_glass: 'position = new.position or previous = new.previous',
  prescription_event: 'rx_id = new.rx_id and revision = new.revision',
  epoch: 'position = new.position or name = new.name or previous = new.previous',
};

/** `file` is a path or `:memory:`. An acknowledged write survives a crash (synchronous FULL). */
export async function openSqliteStore(file: string): Promise<Store> {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // What is deleted is overwritten: fingerprints that were withdrawn are to be in no file.
  database.pragma('secure_delete = ON');
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
        '0003-cards': { up: cards.up },
        '0004-prescription-life': { up: prescriptionLife.up },
        '0005-agents': { up: agents.up },
        '0006-warrants-of-a-patient': { up: warrantsOfAPatient.up },
        '0007-fingers-and-emergency': { up: fingers.up },
        '0008-vouched-fingers': { up: vouchedFingers.up },
      }),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('the bureau database could not be migrated', { cause: error });
  for (const [table, sameKey] of Object.entries(APPEND_ONLY)) {
    const refused = `begin select raise(abort, '${table} is append-only'); end`;
    for (const change of ['update', 'delete'])
      database.exec(`create trigger if not exists ${table}_no_${change} before ${change} on ${table} ${refused}`);
    // REPLACE removes a row without asking the trigger of DELETE. Our own inserts say "on conflict do nothing", which comes to the same.
    database.exec(`create trigger if not exists ${table}_no_replace before insert on ${table}
      when exists (select 1 from ${table} where ${sameKey}) begin select raise(ignore); end`);
  }
  return createKyselyStore(db, async () => {
    // The log written ahead has the deleted pages as they were until it is emptied. Waits for readers as long as busy_timeout says.
    database.pragma('wal_checkpoint(TRUNCATE)');
  });
}
