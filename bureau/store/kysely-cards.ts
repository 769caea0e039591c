/**
 * {@link CardStore} over Kysely, and how certificates are revoked, held and let go, which cards and single certificates have in common.
 * @module
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { CardChange, CardStore, NewCard, OrderRow } from './card-store.ts';
import type { Row, Tables } from './tables.ts';

/** A method of the store without its signal: what `guarded` in kysely-store.ts wraps. */
export type Guard = <A extends readonly unknown[], R>(
  work: (...args: A) => Promise<R>,
) => (...args: [...A, AbortSignal]) => Promise<R>;

/** Issue instant of the newest epoch head in whole seconds, as ms; a revocation before it has been counted by that head. */
export async function countedUntil(tx: Transaction<Tables>): Promise<number> {
  const newest = await tx
    .selectFrom('epoch')
    .select(({ fn }) => fn.max('issued_at').as('at'))
    .executeTakeFirst();
  return Math.floor(Number(newest?.at ?? -1000) / 1000) * 1000;
}

/** Revokes for good; the first revocation dates it. Answers how many of them there are. */
export async function revokeCertificates(
  tx: Transaction<Tables>,
  serials: readonly string[],
  at: number,
): Promise<bigint> {
  // A head has counted what was revoked in the seconds before it: a clock that was set back must not date anything among them.
  const dated = Math.max(at, (await countedUntil(tx)) + 1000);
  const result = await tx
    .updateTable('certificate')
    .set({ revoked_at: sql<number>`coalesce(revoked_at, ${dated})`, hold: null })
    .where('serial', 'in', [...serials])
    .executeTakeFirst();
  return result.numUpdatedRows;
}

/** What was revoked by itself stays so when its card comes back: only what is good is held. */
async function holdCertificates(tx: Transaction<Tables>, serials: readonly string[], at: number): Promise<void> {
  const dated = Math.max(at, (await countedUntil(tx)) + 1000);
  await tx
    .updateTable('certificate')
    .set({ revoked_at: sql<number>`coalesce(revoked_at, ${dated})`, hold: 'held' })
    .where('serial', 'in', [...serials])
    .where((is) => is.or([is('revoked_at', 'is', null), is('hold', '=', 'resumed')]))
    .execute();
}

/** What the newest head has counted stays in the list until the next one; the rest is good again at once. */
async function resumeCertificates(tx: Transaction<Tables>, serials: readonly string[]): Promise<void> {
  const counted = await countedUntil(tx);
  const held = tx
    .updateTable('certificate')
    .where('serial', 'in', [...serials])
    .where('hold', '=', 'held');
  await held.where('revoked_at', '>=', counted).set({ revoked_at: null, hold: null }).execute();
  await held.set({ hold: 'resumed' }).execute();
}

async function changeCertificates(tx: Transaction<Tables>, { card, at, certificates }: CardChange): Promise<void> {
  const links = await tx.selectFrom('card_certificate').select('certificate').where('card', '=', card).execute();
  const serials = [card, ...links.map(({ certificate }) => certificate)];
  switch (certificates) {
    case 'revoke':
      await revokeCertificates(tx, serials, at);
      break;
    case 'hold':
      await holdCertificates(tx, serials, at);
      break;
    case 'resume':
      await resumeCertificates(tx, serials);
      break;
    case 'keep':
      break;
  }
}

const MEMBER_STEPS = {
  stop: { from: ['active', 'held'], to: 'replaced', kind: 'revoked' },
  hold: { from: ['active'], to: 'held', kind: 'held' },
  resume: { from: ['held'], to: 'active', kind: 'resumed' },
} as const;

async function changeMember(tx: Transaction<Tables>, { member: step, at }: CardChange, q: string | null) {
  if (step === 'keep' || q === null) return;
  const { from, to, kind } = MEMBER_STEPS[step];
  const changed = await tx
    .updateTable('group_member')
    .set({ status: to })
    .where('q', '=', q)
    .where('status', 'in', from)
    .returning('doctor_id')
    .executeTakeFirst();
  if (changed === undefined) return;
  await tx.insertInto('member_log').values({ doctor_id: changed.doctor_id, kind, hash: '', at }).execute();
}

/** Are the numbers those after the last of each card? */
export async function inSequence(tx: Transaction<Tables>, orders: readonly OrderRow[]): Promise<boolean> {
  const last = new Map<string, number>();
  for (const { card, number } of orders) {
    const row = last.has(card)
      ? undefined
      : await tx.selectFrom('card').select('order_number').where('serial', '=', card).executeTakeFirst();
    if (number !== (last.get(card) ?? row?.order_number ?? -1) + 1) return false;
    last.set(card, number);
  }
  return true;
}

/** Keeps orders whose numbers were found to be in sequence. */
export async function insertOrders(tx: Transaction<Tables>, orders: readonly OrderRow[]): Promise<void> {
  for (const order of orders) {
    await tx.insertInto('card_order').values(order).execute();
    await tx.updateTable('card').set({ order_number: order.number }).where('serial', '=', order.card).execute();
  }
}

async function insertCard(tx: Transaction<Tables>, { card, certificate, others, by }: NewCard): Promise<void> {
  await tx.insertInto('card').values(card).execute();
  await tx.insertInto('certificate').values(certificate).execute();
  for (const serial of others)
    await tx.insertInto('card_certificate').values({ certificate: serial, card: card.serial }).execute();
  const line = { card: card.serial, event: 'issue', status: card.status, reason: '', by, at: card.issued_at };
  await tx.insertInto('card_log').values(line).execute();
}

async function change(tx: Transaction<Tables>, it: CardChange): Promise<boolean> {
  const { card, from, to, event, reason, by, at, orders } = it;
  const row = await tx.selectFrom('card').selectAll().where('serial', '=', card).executeTakeFirst();
  if (row?.status !== from || !(await inSequence(tx, orders))) return false;
  await tx
    .updateTable('card')
    .set({ status: to, ...(it.replacedBy === null ? {} : { replaced_by: it.replacedBy }) })
    .where('serial', '=', card)
    .execute();
  await tx.insertInto('card_log').values({ card, event, status: to, reason, by, at }).execute();
  await changeCertificates(tx, it);
  await changeMember(tx, it, row.member);
  await insertOrders(tx, orders);
  return true;
}

/** The methods. */
export function createCardStore(db: Kysely<Tables>, guarded: Guard): CardStore {
  const cards = () => db.selectFrom('card').selectAll();
  return {
    saveCard: guarded((card: NewCard) => db.transaction().execute((tx) => insertCard(tx, card))),
    card: guarded((serial: string) => cards().where('serial', '=', serial).executeTakeFirst()),
    cardByKey: guarded((keyId: string) =>
      cards().where('key_id', '=', keyId).orderBy('issued_at', 'desc').executeTakeFirst(),
    ),
    cardOfCertificate: guarded((serial: string) =>
      cards()
        .where((is) =>
          is.or([
            is('serial', '=', serial),
            is('serial', 'in', db.selectFrom('card_certificate').select('card').where('certificate', '=', serial)),
          ]),
        )
        .executeTakeFirst(),
    ),
    cards: guarded((filter: Parameters<CardStore['cards']>[0]): Promise<readonly Row<'card'>[]> => {
      let query = cards().orderBy('issued_at', 'desc').orderBy('serial').limit(filter.limit);
      for (const column of ['holder', 'kind', 'status'] as const) {
        const wanted = filter[column];
        if (wanted !== undefined) query = query.where(column, '=', wanted);
      }
      return query.execute();
    }),
    cardsEnded: guarded((at: number) =>
      cards().where('expires_at', '<', at).where('status', 'in', ['active', 'suspended']).execute(),
    ),
    changeCard: guarded((it: CardChange) => db.transaction().execute((tx) => change(tx, it))),
    cardLog: guarded((card: string) =>
      db.selectFrom('card_log').selectAll().where('card', '=', card).orderBy('position').execute(),
    ),
    cardOrders: guarded((card: string, after: number) =>
      db
        .selectFrom('card_order')
        .selectAll()
        .where('card', '=', card)
        .where('number', '>', after)
        .orderBy('number')
        .execute(),
    ),
    openPrescriptionsOf: guarded((pid: string, today: string) =>
      db
        .selectFrom('prescription')
        .selectAll()
        .where('pid', '=', pid)
        .where('expires', '>=', today)
        .where('phase', '!=', 'cancelled')
        .whereRef('used', '<', 'parts')
        .orderBy('received_at')
        .execute(),
    ),
  };
}
