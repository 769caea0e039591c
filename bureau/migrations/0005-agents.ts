/**
 * Agents: whom the bureau approved for which patient, sealed like persons; warrants that were taken back; and under which warrant a part was
 * collected. Append-only: a later change is a later file. Imports nothing of the application. Serial numbers and pseudonyms are 16 bytes in hex.
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

  await table('agent_approval')
    .addColumn('serial', 'text', (column) => column.primaryKey())
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    // Finds the agent of this one patient again, and joins no two patients.
    .addColumn('agent_tag', 'text', (column) => column.notNull())
    .addColumn('sealed_agent', 'blob', (column) => column.notNull())
    // SubjectPublicKeyInfo of PK_A.
    .addColumn('agent_key', 'blob', (column) => column.notNull())
    // Seconds since 1970.
    .addColumn('not_after', 'integer', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    .addColumn('approved_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('agent_approval_by_tag').on('agent_approval').columns(['agent_tag']).execute();

  await table('warrant_erasure')
    .addColumn('serial', 'text', (column) => column.primaryKey())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('erased_at', 'integer', (column) => column.notNull())
    .execute();

  // Null where the holder collected.
  await db.schema.alterTable('dispensing').addColumn('warrant', 'text').execute();
  await db.schema.createIndex('dispensing_by_warrant').on('dispensing').columns(['warrant']).execute();
}
