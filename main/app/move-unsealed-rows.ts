/**
 * Stores of before: tables of readable JSON. Their rows are sealed at the first opening, and the pages they stood on overwritten. What a disk
 * or a file system keeps of a file's earlier blocks is out of reach from here.
 * @module
 */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { PutText } from './sealed-rows.ts';

/** Tables of before, whose names are those of the kinds (desk-rows.ts): what their rows were found by and put in order by, in SQL. */
const UNSEALED = {
  outbox: { key: 'id', at: 'created_at' },
  material: { key: "'newest'", at: '0' },
  evidence: { key: 'cast(position as text)', at: '0' },
  kept_set: { key: 'reference', at: '0' },
  begun_pickup: { key: 'rx_id', at: '0' },
  held_lock: { key: 'rx_id', at: '0' },
  inbox: { key: 'rx_id', at: '0' },
  settled: { key: "json_extract(json, '$.id')", at: '0' },
  printed_sheet: { key: 'sheet', at: '0' },
} as const;

const Row = z.object({ key: z.string(), at: z.int(), json: z.string() });
/** In `user_version`: nothing readable is left on the file's pages. */
const CLEAN = 1;

/** Moves what lies in tables of before, as it is; within the caller's transaction. */
export function moveUnsealedRows(database: Database.Database, put: PutText): void {
  const isThere = database.prepare("select 1 from sqlite_master where type = 'table' and name = ?");
  for (const [kind, { key, at }] of Object.entries(UNSEALED)) {
    if (isThere.get(kind) === undefined) continue;
    const rows = database.prepare(`select ${key} as key, ${at} as at, json from ${kind} order by rowid`).all();
    for (const row of z.array(Row).parse(rows)) put(kind, row.key, row.at, row.json);
    database.exec(`drop table ${kind}`);
    database.pragma('user_version = 0');
  }
}

/** Writes the file anew and empties its log, unless that was done; after a loss of power it is done at the next opening. */
export function scrub(database: Database.Database): void {
  if (database.pragma('user_version', { simple: true }) === CLEAN) return;
  database.exec('vacuum');
  emptyLog(database);
  database.pragma(`user_version = ${CLEAN}`);
}

/** Every page of the log into the file, which then is the only place of what it holds. Throws while another program reads the store. */
function emptyLog(database: Database.Database): void {
  const { busy } = z
    .object({ busy: z.int() })
    .parse(z.array(z.unknown()).parse(database.pragma('wal_checkpoint(TRUNCATE)'))[0]);
  if (busy !== 0) throw new Error('another program has the store open: its old pages could not be overwritten');
}
