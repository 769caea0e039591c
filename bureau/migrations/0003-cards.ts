/**
 * Cards: what each is, who holds it, what became of it, and the orders the bureau gave it. Append-only: a later change is a later file.
 * Imports nothing of the application. A card's serial number is 16 bytes in hex and also that of its own certificate.
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

  // `held`: revoked while its card is suspended. `resumed`: good again, and in the list until a head is published that leaves it out.
  await db.schema.alterTable('certificate').addColumn('hold', 'text').execute();

  // `key_id` of a card is that of its signature key.
  await table('card')
    .addColumn('serial', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .addColumn('order_number', 'integer', (column) => column.notNull())
    .addColumn('replaced_by', 'text')
    // Q of a doctor's card that has joined.
    .addColumn('member', 'text')
    .execute();
  await db.schema.createIndex('card_by_holder').on('card').columns(['holder']).execute();
  await db.schema.createIndex('card_by_key').on('card').columns(['key_id']).execute();

  // Certificates of the bureau that are on a card besides its own.
  await db.schema
    .createTable('card_certificate')
    .addColumn('certificate', 'text', (column) => column.primaryKey())
    .addColumn('card', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('certificate_by_card').on('card_certificate').columns(['card']).execute();

  await db.schema
    .createTable('card_log')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('card', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('card_log_by_card').on('card_log').columns(['card']).execute();

  await table('card_order')
    .addColumn('card', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('encoded', 'blob', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('card_order_once', ['card', 'number'])
    .execute();
}
