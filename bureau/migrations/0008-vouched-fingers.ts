/**
 * How many fingers a query brought, and for how many of them a scanner's key vouched; null in lines of before, and where neither is known.
 * Append-only: a later change is a later file. Imports nothing of the application.
 * @module
 */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // SQLite adds one column at a time.
  for (const column of ['fingers', 'vouched'])
    await db.schema.alterTable('break_glass').addColumn(column, 'integer').execute();
}
