/**
 * The safety table of an institution, from its file; and the example that the demonstration loads.
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ImisError } from '../../contract/errors.ts';
import { parseSafetyTable, SAFETY_TABLE_LIMIT, type SafetyTable } from '../../record/safety-table.ts';
import { readBytes } from './bureau-files.ts';

/** The example beside its format; this file lies as deep in the sources as in the bundle (out/main). */
export const EXAMPLE_SAFETY_TABLE = join(import.meta.dirname, '..', '..', 'record', 'safety-table.example.json');

/** Reads a table. Throws FOLDER_NOT_FOUND when the file cannot be read, else as parseSafetyTable; the message names the file. */
export function readSafetyTable(file: string): SafetyTable {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > SAFETY_TABLE_LIMIT) throw new ImisError('SAFETY_TABLE_TOO_LARGE', `${file}: ${size} bytes`);
  const bytes = readBytes(file);
  try {
    return parseSafetyTable(bytes);
  } catch (cause) {
    if (!(cause instanceof ImisError)) throw cause;
    throw new ImisError(cause.code, `${file}: ${cause.message}`, { cause });
  }
}
