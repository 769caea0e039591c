/**
 * {@link EmergencyStore} over Kysely, and what an accepted message changes about fingerprints and emergencies.
 * @module
 */
import type { Kysely, Transaction } from 'kysely';
import type { EmergencyStore, FingerChange, NewConfirmation, NewQuery } from './emergency-store.ts';
import type { Guard } from './kysely-cards.ts';
import type { Row, Tables } from './tables.ts';

/** False, and nothing written, when another decision came in between. */
export async function changeFingers(tx: Transaction<Tables>, change: FingerChange): Promise<boolean> {
  const { standing, after, set, erased, events } = change;
  const now = await tx
    .selectFrom('finger_standing')
    .select('message_id')
    .where('pid', '=', standing.pid)
    .executeTakeFirst();
  if ((now?.message_id ?? null) !== after) return false;
  if (erased !== null) {
    await tx.deleteFrom('finger_set').where('number', '=', erased).execute();
    await tx.insertInto('gallery_task').values({ number: erased, change: 'remove' }).execute();
  }
  if (set !== null) {
    await tx.insertInto('finger_set').values(set).execute();
    await tx.insertInto('gallery_task').values({ number: set.number, change: 'put' }).execute();
  }
  await tx.deleteFrom('finger_standing').where('pid', '=', standing.pid).execute();
  await tx.insertInto('finger_standing').values(standing).execute();
  for (const event of events) await tx.insertInto('finger_log').values(event).execute();
  return true;
}

async function appendLine(tx: Kysely<Tables>, line: Row<'break_glass'>): Promise<boolean> {
  const result = await tx
    .insertInto('break_glass')
    .values(line)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function countQueries(db: Kysely<Tables>, terminal: string, since: number): Promise<number> {
  const { count } = await db
    .selectFrom('emergency_query')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('terminal', '=', terminal)
    .where('asked_at', '>', since)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** False, and nothing written, when the terminal has asked too often or the log has moved on. */
export async function insertQuery(tx: Transaction<Tables>, { query, limit, line }: NewQuery): Promise<boolean> {
  if ((await countQueries(tx, query.terminal, limit.since)) >= limit.queries) return false;
  if (!(await appendLine(tx, line))) return false;
  await tx.insertInto('emergency_query').values(query).execute();
  return true;
}

/** False, and nothing written, when the query is confirmed or over, or the log has moved on. */
export async function confirmQuery(tx: Transaction<Tables>, confirmation: NewConfirmation): Promise<boolean> {
  const { queryId, at, line, notice } = confirmation;
  const open = await tx
    .selectFrom('emergency_query')
    .select('id')
    .where('id', '=', queryId)
    .where('confirmed_at', 'is', null)
    .where('expires_at', '>=', at)
    .executeTakeFirst();
  if (open === undefined || !(await appendLine(tx, line))) return false;
  await tx
    .updateTable('emergency_query')
    .set({ confirmed_at: at, sealed_candidates: null })
    .where('id', '=', queryId)
    .execute();
  await tx
    .insertInto('patient_notice')
    .values({ ...notice, given_on: null })
    .execute();
  return true;
}

/** The methods; `scrub` is the database's own. */
export function createEmergencyStore(db: Kysely<Tables>, guarded: Guard, scrub: () => Promise<void>): EmergencyStore {
  return {
    fingerStanding: guarded((pid: string) =>
      db.selectFrom('finger_standing').selectAll().where('pid', '=', pid).executeTakeFirst(),
    ),
    fingerSets: guarded(async (numbers: readonly string[]) =>
      numbers.length === 0
        ? []
        : db
            .selectFrom('finger_set')
            .selectAll()
            .where('number', 'in', [...numbers])
            .execute(),
    ),
    fingerNumbers: guarded(async (after: string, limit: number) => {
      const rows = await db
        .selectFrom('finger_set')
        .select('number')
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map(({ number }) => number);
    }),
    fingerCount: guarded(async () => {
      const { count } = await db
        .selectFrom('finger_set')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    }),
    appendFingerLog: guarded(async (row: Omit<Row<'finger_log'>, 'position'>) => {
      await db.insertInto('finger_log').values(row).execute();
    }),
    fingerLog: guarded((pid: string) =>
      db.selectFrom('finger_log').selectAll().where('pid', '=', pid).orderBy('position').execute(),
    ),
    galleryTasks: guarded(() => db.selectFrom('gallery_task').selectAll().orderBy('position').execute()),
    galleryTasksDone: guarded(async (position: number) => {
      await db.deleteFrom('gallery_task').where('position', '<=', position).execute();
    }),
    scrub: guarded(scrub),
    emergencyQuery: guarded((id: string) =>
      db.selectFrom('emergency_query').selectAll().where('id', '=', id).executeTakeFirst(),
    ),
    emergencyQueriesSince: guarded((terminal: string, since: number) => countQueries(db, terminal, since)),
    forgetCandidates: guarded(async (now: number) => {
      await db
        .updateTable('emergency_query')
        .set({ sealed_candidates: null })
        .where('expires_at', '<', now)
        .where('sealed_candidates', 'is not', null)
        .execute();
    }),
    appendBreakGlass: guarded((line: Row<'break_glass'>) => appendLine(db, line)),
    lastBreakGlass: guarded(() =>
      db.selectFrom('break_glass').selectAll().orderBy('position', 'desc').limit(1).executeTakeFirst(),
    ),
    breakGlass: guarded((after: number, limit: number) =>
      db.selectFrom('break_glass').selectAll().where('position', '>', after).orderBy('position').limit(limit).execute(),
    ),
    handOverNotices: guarded((pid: string, day: string) =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('patient_notice')
          .set({ given_on: day })
          .where('pid', '=', pid)
          .where('given_on', 'is', null)
          .execute();
        return tx
          .selectFrom('patient_notice')
          .selectAll()
          .where('pid', '=', pid)
          .where('given_on', '=', day)
          .orderBy('position')
          .execute();
      }),
    ),
  };
}
