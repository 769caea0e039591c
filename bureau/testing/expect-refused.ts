/**
 * A refusal is a code, an unchanged store, and a line of evidence where a signature was looked at.
 * @module
 */
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { ErrorCode } from '../../contract/errors.ts';
import { refusalOf } from '../../contract/errors.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { folderOf, signal, type World } from './world.ts';

const TABLES = [
  'person',
  'certificate',
  'challenge',
  'operator_session',
  'visit',
  'message',
  'clinical_record',
  'prescription',
  'dispensing',
  'prescription_event',
  'card_order',
  'agent_approval',
  'warrant_erasure',
  'group_member',
  'finger_standing',
  'finger_set',
  'gallery_task',
  'emergency_query',
  'patient_notice',
] as const;

/** A digest of every table but the evidence. */
function stateOf(world: World): string {
  const database = new Database(bureauFiles(folderOf(world)).database, { readonly: true });
  try {
    const rows = TABLES.map((table) =>
      database
        .prepare(`select * from ${table}`)
        .all()
        .map((row) => JSON.stringify(row))
        .sort(),
    );
    return hex(h256(new Uint8Array(Buffer.from(JSON.stringify(rows)))));
  } finally {
    database.close();
  }
}

/**
 * Runs a request that must be refused with `code`. `evidence`: 'line' when a signature was looked at, so that exactly one line with the
 * code must have been added; 'none' when the request did not come so far.
 */
export async function expectRefused(
  world: World,
  code: ErrorCode,
  evidence: 'line' | 'none',
  request: () => Promise<unknown>,
): Promise<void> {
  const before = stateOf(world);
  const lines = (await world.store.evidence(signal)).length;
  let refusal: ErrorCode | 'accepted' = 'accepted';
  try {
    await request();
  } catch (cause) {
    refusal = refusalOf(cause).code;
  }
  expect(refusal).toBe(code);
  expect(stateOf(world)).toBe(before);
  const added = (await world.store.evidence(signal)).slice(lines).map(({ result }) => result);
  expect(added).toEqual(evidence === 'line' ? [code] : []);
}
