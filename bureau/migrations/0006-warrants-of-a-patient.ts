/**
 * The warrants of a patient are found without reading everybody's: a clerk at the card office asks for them. Append-only: a later change is a later
 * file. Imports nothing of the application.
 * @module
 */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('agent_approval_by_pid').on('agent_approval').columns(['pid']).execute();
}
