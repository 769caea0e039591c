/**
 * A demonstration for each test file without issuing its dozen cards each time: it is made once a run (vitest's global set-up) and copied.
 * @module
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDemonstration } from '../../main/app/demonstration.ts';

/** Names the folder of the one that is copied. */
const MADE = 'IMIS_TEST_DEMONSTRATION';

/** Makes the one; the answer removes it. Called by vitest before any worker starts. */
export default async function makeDemonstration(): Promise<() => void> {
  const parent = mkdtempSync(join(tmpdir(), 'imis-made-'));
  const made = join(parent, 'demonstration');
  await ensureDemonstration(made, (what, cause) => console.error(what, cause));
  process.env[MADE] = made;
  return () => rmSync(parent, { recursive: true, force: true });
}

/** A demonstration of its own in `dir`. */
export async function copyDemonstration(dir: string): Promise<void> {
  const made = process.env[MADE];
  if (made === undefined) await ensureDemonstration(dir, () => undefined);
  else cpSync(made, dir, { recursive: true });
}
