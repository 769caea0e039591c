/**
 * {@link AgentStore} over Kysely, and what a transaction of another matter does about warrants.
 * @module
 */
import type { Kysely, Transaction } from 'kysely';
import type { AgentStore, NewErasure, WarrantUse } from './agent-store.ts';
import { countedUntil, type Guard, inSequence, insertOrders } from './kysely-cards.ts';
import type { Row, Tables } from './tables.ts';

async function pickupsUnder(db: Kysely<Tables>, serial: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('dispensing').select('pickup').distinct().where('warrant', '=', serial).execute();
  return rows.map(({ pickup }) => pickup);
}

/** May this pickup still be made under the warrant? Lines that were owed come on the same pickup object, which counts once. */
export async function hasUseLeft(tx: Transaction<Tables>, { serial, uses }: WarrantUse, pickup: string) {
  const made = await pickupsUnder(tx, serial);
  return made.includes(pickup) || made.length < uses;
}

/** False, and nothing written, when a card has moved on. What is erased already stays as it is, and is ordered once. */
export async function insertErasure(tx: Transaction<Tables>, { row, orders }: NewErasure): Promise<boolean> {
  const known = await tx.selectFrom('warrant_erasure').select('serial').where('serial', '=', row.serial).execute();
  if (known.length > 0) return true;
  if (!(await inSequence(tx, orders))) return false;
  // A head has counted what was erased in the seconds before it, as with certificates.
  const erased_at = Math.max(row.erased_at, (await countedUntil(tx)) + 1000);
  await tx
    .insertInto('warrant_erasure')
    .values({ ...row, erased_at })
    .execute();
  await insertOrders(tx, orders);
  return true;
}

/** How many erasures a head that is issued at an instant (ms) counts: those of the seconds before. */
export async function erasuresBefore(tx: Transaction<Tables>, issuedAt: number): Promise<number> {
  const { count } = await tx
    .selectFrom('warrant_erasure')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('erased_at', '<', Math.floor(issuedAt / 1000) * 1000)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The methods. */
export function createAgentStore(db: Kysely<Tables>, guarded: Guard): AgentStore {
  const erasures = () => db.selectFrom('warrant_erasure').selectAll();
  return {
    agentApproval: guarded((serial: string) =>
      db.selectFrom('agent_approval').selectAll().where('serial', '=', serial).executeTakeFirst(),
    ),
    agentApprovalsOf: guarded((pid: string, limit: number) =>
      db
        .selectFrom('agent_approval')
        .selectAll()
        .where('pid', '=', pid)
        .orderBy('approved_at', 'desc')
        .orderBy('serial')
        .limit(limit)
        .execute(),
    ),
    agentIdOf: guarded(async (tag: string) => {
      const row = await db
        .selectFrom('agent_approval')
        .select('agent_id')
        .where('agent_tag', '=', tag)
        .orderBy('approved_at')
        .executeTakeFirst();
      return row?.agent_id;
    }),
    warrantErasures: guarded((): Promise<readonly Row<'warrant_erasure'>[]> => erasures().orderBy('serial').execute()),
    warrantErasure: guarded((serial: string) => erasures().where('serial', '=', serial).executeTakeFirst()),
    warrantPickups: guarded((serial: string) => pickupsUnder(db, serial)),
  };
}
