/**
 * The life of a prescription: where it stands, with a revision that every step raises by one; its events; what was dispensed on which pickup
 * object. Append-only: a later change is a later file. Imports nothing of the application.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';

/** What every stored row carries (product.md 1). */
const HEAD = ['version', 'type', 'institution', 'key_id'] as const;

/** The tables as this file finds and leaves them. */
interface Before {
  prescription: {
    rx_id: string;
    pharmacy: string;
    line_count: number;
    manifest: Uint8Array;
    days_per_part: number;
    life: string;
    revision: number;
  };
  pickup: Head & { rx_id: string; part: number; message_id: string; pickup_object: Uint8Array; received_at: number };
  dispensing: Head & {
    rx_id: string;
    part: number;
    message_id: string;
    pickup: string;
    pickup_object: Uint8Array;
    pickup_signature: Uint8Array;
    lines: string;
    received_at: number;
  };
}
interface Head {
  version: number;
  type: string;
  institution: string;
  key_id: string;
}

/** Until now every line of a part was given at once. */
async function carryOver(db: Kysely<Before>): Promise<void> {
  for (const row of await db.selectFrom('prescription').selectAll().execute()) {
    const signed = Buffer.from(row.manifest).toString('latin1');
    const days = Number(/"daysPerPart":([0-9]{1,2})/u.exec(signed)?.[1] ?? 30);
    const all = Array.from({ length: row.line_count }, (_, i) => i + 1);
    const pickups = await db.selectFrom('pickup').selectAll().where('rx_id', '=', row.rx_id).orderBy('part').execute();
    const dispensed = [];
    for (const { version, type, institution, key_id, ...one } of pickups) {
      const pickup = createHash('sha256').update(one.pickup_object).digest('hex');
      const lines = JSON.stringify(all.map((line) => ({ line, outcome: 'given' })));
      await db
        .insertInto('dispensing')
        .values({ version, type, institution, key_id, ...one, pickup, pickup_signature: new Uint8Array(0), lines })
        .execute();
      dispensed.push({ pickup, pharmacy: institution, at: one.received_at, lines: all, exception: false });
    }
    const life = JSON.stringify({ phase: 'open', pharmacy: row.pharmacy, dispensed, voided: [] });
    await db.updateTable('prescription').set({ days_per_part: days, life }).where('rx_id', '=', row.rx_id).execute();
  }
}

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [column, type, initial] of [
    ['days_per_part', 'integer', 30],
    ['phase', 'text', 'open'],
    ['life', 'text', ''],
    ['revision', 'integer', 0],
  ] as const) {
    await db.schema
      .alterTable('prescription')
      .addColumn(column, type, (it) => it.notNull().defaultTo(initial))
      .execute();
  }
  await db.schema
    .createTable('dispensing')
    .addColumn('position', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn(HEAD[0], 'integer', (column) => column.notNull())
    .addColumn(HEAD[1], 'text', (column) => column.notNull())
    .addColumn(HEAD[2], 'text', (column) => column.notNull())
    .addColumn(HEAD[3], 'text', (column) => column.notNull())
    .addColumn('rx_id', 'text', (column) => column.notNull())
    .addColumn('part', 'integer', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    // SHA-256 of the object, hex.
    .addColumn('pickup', 'text', (column) => column.notNull())
    .addColumn('pickup_object', 'blob', (column) => column.notNull())
    // Empty for what was dispensed before this table was: every line was given then.
    .addColumn('pickup_signature', 'blob', (column) => column.notNull())
    // Outcomes as they were signed, JSON.
    .addColumn('lines', 'text', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('dispensing_by_prescription').on('dispensing').columns(['rx_id', 'part']).execute();
  // One event a revision: whoever decided on an older one is refused.
  await db.schema
    .createTable('prescription_event')
    .addColumn('rx_id', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('institution', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text')
    .addColumn('at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('prescription_event_once', ['rx_id', 'revision'])
    .execute();
  await carryOver(db);
  await db.schema.dropTable('pickup').execute();
}
