/**
 * Epochs with their bundles, the classes of a member, and the openings of signatures. Append-only: a later change is a later file.
 * Imports nothing of the application.
 * @module
 */
import { type Kysely, sql } from 'kysely';

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

  await db.schema
    .alterTable('group_member')
    .addColumn('doctor_id', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema.alterTable('group_member').addColumn('attestation', 'blob').execute();
  // ID_D out of the join statement: lp1(tag)(17) ‖ pkh(32) ‖ length(4) ‖ ID ‖ nonce(32) ‖ Q(48).
  await sql`update group_member set doctor_id = cast(substr(join_string, 54, length(join_string) - 133) as text)`.execute(
    db,
  );
  await db.schema.createIndex('member_by_doctor').on('group_member').columns(['doctor_id']).execute();
  await db.schema
    .createTable('member_class')
    .addColumn('q', 'text', (column) => column.notNull())
    .addColumn('doctor_class', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('member_class_once', ['q', 'doctor_class'])
    .execute();
  await db.schema.createIndex('member_by_class').on('member_class').columns(['doctor_class']).execute();
  await sql`insert into member_class (q, doctor_class) select q, doctor_class from group_member`.execute(db);

  // Who joined and who was revoked, in the order it happened; `hash` of the whole record for a join.
  await db.schema
    .createTable('member_log')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('doctor_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into member_log (doctor_id, kind, hash, at) select doctor_id, 'joined', '', joined_at from group_member`.execute(
    db,
  );

  await table('epoch')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    // Two heads after the same one would fork the chain.
    .addColumn('previous', 'text', (column) => column.notNull().unique())
    .addColumn('not_before', 'integer', (column) => column.notNull())
    .addColumn('not_after', 'integer', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    // Position of the member log it was issued from.
    .addColumn('members_to', 'integer', (column) => column.notNull())
    .addColumn('head', 'blob', (column) => column.notNull())
    .addColumn('signature', 'blob', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('bundle')
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('doctor_class', 'integer', (column) => column.notNull())
    .addColumn('entries', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('bundle_once', ['epoch', 'doctor_class'])
    .execute();

  await table('opening_case')
    .addColumn('case_id', 'text', (column) => column.notNull())
    // 1, and one more for each order that follows a change of the openers.
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('ordered_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('case_once', ['case_id', 'revision'])
    .execute();
  await db.schema.createIndex('case_by_message').on('opening_case').columns(['message_id']).execute();
  await table('opening_share')
    .addColumn('case_id', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('opener', 'integer', (column) => column.notNull())
    .addColumn('share', 'blob', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('share_once', ['case_id', 'revision', 'opener'])
    .execute();
  await table('opening_log')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('case_id', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('opener', 'integer')
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('opening_log_by_case').on('opening_log').columns(['case_id']).execute();
}
