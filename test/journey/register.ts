/**
 * What the bureau holds, counted: a refusal must leave every count as it was.
 * @module
 */
import Database from 'better-sqlite3';
import { z } from 'zod';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import type { World } from './world.ts';

const Count = z.object({ n: z.int() });

/** What a journey leaves behind at the bureau. */
export interface Register {
  readonly visits: number;
  readonly released: number;
  readonly records: number;
  readonly prescriptions: number;
  readonly pickups: number;
}

const QUERIES: Readonly<Record<keyof Register, string>> = {
  visits: 'select count(*) n from visit',
  released: 'select count(*) n from visit where released_at is not null',
  records: 'select count(*) n from clinical_record',
  prescriptions: 'select count(*) n from prescription',
  pickups: 'select count(*) n from dispensing',
};

/** Counts, read as another process would. */
export function registerOf(world: World): Register {
  const database = new Database(bureauFiles(world.folders.bureau).database, { readonly: true });
  try {
    const count = (what: keyof Register): number => Count.parse(database.prepare(QUERIES[what]).get()).n;
    return {
      visits: count('visits'),
      released: count('released'),
      records: count('records'),
      prescriptions: count('prescriptions'),
      pickups: count('pickups'),
    };
  } finally {
    database.close();
  }
}
