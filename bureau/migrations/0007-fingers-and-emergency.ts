/**
 * Fingerprints with photo, and the emergency room: how a patient stands, what was enrolled under a random number that no other table has in the
 * clear, what the gallery has still to be told, queries, the break-glass log, what patients are to be told. Append-only: a later change is a
 * later file. Imports nothing of the application. Instants in ms since 1970.
 * @module
 */
import type { Kysely } from 'kysely';

/** What every stored row carries (product.md 1). */
const HEAD = ['version', 'type', 'institution', 'key_id'] as const;

export async function up(db: Kysely<unknown>): Promise<void> {
  const table = (name: string) =>
    db.schema
      .createTable(name)
      .addColumn(HEAD[0], 'integer', (column) => column.notNull())
      .addColumn(HEAD[1], 'text', (column) => column.notNull())
      .addColumn(HEAD[2], 'text', (column) => column.notNull())
      .addColumn(HEAD[3], 'text', (column) => column.notNull());

  await table('finger_standing')
    .addColumn('pid', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    // Number of the set, sealed; null where none is enrolled.
    .addColumn('sealed_number', 'blob')
    // Positions, JSON.
    .addColumn('fingers', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    .addColumn('decided_at', 'integer', (column) => column.notNull())
    .execute();
  await table('finger_set')
    .addColumn('number', 'text', (column) => column.primaryKey())
    // Pseudonym and photo; records. Sealed, each by itself: a face is shown without opening the fingers.
    .addColumn('sealed_face', 'blob', (column) => column.notNull())
    .addColumn('sealed_fingers', 'blob', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('gallery_task')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('change', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('finger_log')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('words', 'text', (column) => column.notNull())
    // Pseudonyms, JSON.
    .addColumn('others', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('finger_log_by_person').on('finger_log').columns(['pid']).execute();

  await table('emergency_query')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    .addColumn('terminal', 'text', (column) => column.notNull())
    .addColumn('triage', 'integer', (column) => column.notNull())
    // JSON.
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('reply_key', 'blob', (column) => column.notNull())
    // Handles and pseudonyms; null once the query is over.
    .addColumn('sealed_candidates', 'blob')
    .addColumn('asked_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .addColumn('confirmed_at', 'integer')
    .execute();
  await db.schema
    .createIndex('emergency_query_by_terminal')
    .on('emergency_query')
    .columns(['terminal', 'asked_at'])
    .execute();

  await db.schema
    .createTable('break_glass')
    .addColumn('position', 'integer', (column) => column.primaryKey())
    .addColumn('previous', 'text', (column) => column.notNull().unique())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('institution', 'text', (column) => column.notNull())
    .addColumn('terminal', 'text', (column) => column.notNull())
    .addColumn('query_id', 'text')
    .addColumn('triage', 'integer')
    .addColumn('reason', 'text')
    .addColumn('candidates', 'integer', (column) => column.notNull())
    .addColumn('pid', 'text')
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text')
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('patient_notice')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('pid', 'text', (column) => column.notNull())
    // As the contract has it, JSON.
    .addColumn('notice', 'text', (column) => column.notNull())
    // Day in Taiwan on which it was first handed over.
    .addColumn('given_on', 'text')
    .execute();
  await db.schema.createIndex('patient_notice_by_person').on('patient_notice').columns(['pid']).execute();
}
