/** A database of before keeps what it knew. */
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, it } from 'vitest';
import { hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { PrescriptionLife } from '../domain/prescription-life.ts';
import type { Tables } from '../store/tables.ts';
import * as initial from './0001-initial.ts';
import * as epochs from './0002-epochs-and-openings.ts';
import * as cards from './0003-cards.ts';
import * as life from './0004-prescription-life.ts';

it('carries prescriptions and pickups over', async () => {
  const database = new Database(':memory:');
  const dialect = new SqliteDialect({ database });
  const db = new Kysely<unknown>({ dialect });
  for (const { up } of [initial, epochs, cards]) await up(db);
  const head = [1, 'test', '0401180014', 'ab'];
  const manifest = utf8('...{"type":"prescription-manifest","parts":2,"daysPerPart":28,"lineCount":2}...');
  const insert = database.prepare(`insert into prescription values (${Array(18).fill('?').join(',')})`);
  for (const [rxId, used] of [
    ['open', 0],
    ['begun', 1],
  ] as const) {
    const of = [rxId, `m-${rxId}`, 'p1', 'v1', '5901200001', 2, used, 2, '2026-12-31'];
    insert.run(...head, ...of, manifest, utf8('d'), utf8('c'), '{}', 1_000);
  }
  const pickup = [1, 'pickup', '5901200001', 'cd', 'begun', 1, 'u1', utf8('object'), 2_000];
  database.prepare(`insert into pickup values (${pickup.map(() => '?').join(',')})`).run(...pickup);

  await life.up(db);

  const after = new Kysely<Tables>({ dialect });
  const rows = await after.selectFrom('prescription').selectAll().orderBy('rx_id').execute();
  expect(rows.map((row) => [row.rx_id, row.phase, row.days_per_part, row.revision])).toEqual([
    ['begun', 'open', 28, 0],
    ['open', 'open', 28, 0],
  ]);
  const object = hex(h256(utf8('object')));
  const [begun, open] = rows.map((row) => PrescriptionLife.parse(JSON.parse(row.life)));
  const common = { phase: 'open', pharmacy: '5901200001', voided: [] };
  const given = { pickup: object, pharmacy: '5901200001', at: 2_000, lines: [1, 2], exception: false };
  expect(open).toEqual({ ...common, dispensed: [] });
  expect(begun).toEqual({ ...common, dispensed: [given] });
  const dispensed = await after.selectFrom('dispensing').selectAll().execute();
  expect(dispensed).toMatchObject([{ rx_id: 'begun', part: 1, message_id: 'u1', pickup: object, received_at: 2_000 }]);
  await db.destroy();
});
