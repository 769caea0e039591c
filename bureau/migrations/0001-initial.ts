/**
 * The first tables. Append-only: a later change is a later file. Imports nothing of the application.
 * Identifiers and hashes are lower-case hex, instants are milliseconds since 1970 (integer), signed bytes are kept as they came.
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

  await table('person')
    .addColumn('pid', 'text', (column) => column.primaryKey())
    .addColumn('identity_tag', 'text', (column) => column.notNull().unique())
    .addColumn('sealed_identity', 'blob', (column) => column.notNull())
    .addColumn('paid_until', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .execute();
  await table('certificate')
    .addColumn('serial', 'text', (column) => column.primaryKey())
    .addColumn('pid', 'text')
    .addColumn('der', 'blob', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    .addColumn('revoked_at', 'integer')
    .execute();
  await table('challenge')
    .addColumn('challenge', 'text', (column) => column.primaryKey())
    .addColumn('terminal', 'text', (column) => column.notNull())
    .addColumn('subject', 'text')
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .addColumn('used_at', 'integer')
    .execute();
  await table('operator_session')
    .addColumn('token', 'text', (column) => column.primaryKey())
    .addColumn('terminal', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('certificate_serial', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .execute();
  await table('visit')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('queue_number', 'integer', (column) => column.notNull())
    .addColumn('opened_at', 'integer', (column) => column.notNull())
    .addColumn('released_at', 'integer')
    .addColumn('presence_token', 'text')
    .addColumn('presence_terminal', 'text')
    .execute();
  await db.schema.createIndex('visit_by_patient').on('visit').columns(['pid', 'institution', 'opened_at']).execute();
  await db.schema.createIndex('visit_by_presence').on('visit').columns(['presence_token']).execute();
  await db.schema.createIndex('visit_by_day').on('visit').columns(['institution', 'day']).execute();
  await table('message')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('signed', 'blob', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .execute();
  await table('clinical_record')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('visit_id', 'text', (column) => column.notNull())
    .addColumn('signed', 'blob', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('record_by_patient').on('clinical_record').columns(['pid', 'received_at']).execute();
  await table('prescription')
    .addColumn('rx_id', 'text', (column) => column.primaryKey())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('visit_id', 'text', (column) => column.notNull())
    .addColumn('pharmacy', 'text', (column) => column.notNull())
    .addColumn('parts', 'integer', (column) => column.notNull())
    .addColumn('used', 'integer', (column) => column.notNull())
    .addColumn('line_count', 'integer', (column) => column.notNull())
    .addColumn('expires', 'text', (column) => column.notNull())
    .addColumn('manifest', 'blob', (column) => column.notNull())
    .addColumn('designation', 'blob', (column) => column.notNull())
    .addColumn('ciphertext', 'blob', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('prescription_by_pharmacy')
    .on('prescription')
    .columns(['pharmacy', 'received_at'])
    .execute();
  await table('pickup')
    .addColumn('rx_id', 'text', (column) => column.notNull())
    .addColumn('part', 'integer', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('pickup_object', 'blob', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('pickup_once', ['rx_id', 'part'])
    .execute();
  await table('evidence')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('equation', 'text', (column) => column.notNull())
    .addColumn('message_hash', 'text', (column) => column.notNull())
    .addColumn('signature', 'blob', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('verifier', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await table('group_member')
    .addColumn('q', 'text', (column) => column.primaryKey())
    .addColumn('join_string', 'blob', (column) => column.notNull())
    .addColumn('proof_c', 'blob', (column) => column.notNull())
    .addColumn('proof_z', 'blob', (column) => column.notNull())
    .addColumn('signature', 'blob', (column) => column.notNull())
    .addColumn('certificate', 'blob', (column) => column.notNull())
    .addColumn('doctor_class', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('joined_at', 'integer', (column) => column.notNull())
    .execute();
}
