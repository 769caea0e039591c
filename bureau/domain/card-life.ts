/**
 * What happens to cards after they were issued: each step is a row in the log, concerns the card's certificates at once and its group
 * credential from the next epoch on, and is ordered of the card itself (docs/card.md, "The life of a card").
 * @module
 */
import { dayAfter, dayOf, instantOf } from '../../contract/calendar.ts';
import {
  type CardEvent,
  CardStatus,
  type CardStep,
  type CardView,
  ClerkEvent,
  isRenewalDue,
} from '../../contract/card-life.ts';
import { CardKind } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { Manifest } from '../../contract/messages.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import type { OrderContents } from '../../crypto/proxysig/bureau-order.ts';
import type { OrderRow } from '../store/card-store.ts';
import type { Row } from '../store/tables.ts';
import { type Bureau, clerkOf, type RequestContext } from './bureau.ts';
import { signOrders } from './card-orders.ts';
import { effectsOf, isFinal, statusAfter } from './card-transitions.ts';
import { identityTag } from './identities.ts';

/** A step, and who takes it. `by` of a replacement is the card that takes the place. */
export interface LifeStep {
  readonly event: CardEvent;
  readonly reason: string;
  readonly actor: string;
  readonly replacedBy?: string;
}

/** Others change cards too: how often to look again before giving up. */
const TRIES = 8;
/** Most cards a clerk is shown at a time. */
const MOST_SHOWN = 200;

/** A card as a clerk sees it. */
const viewOf = (card: Row<'card'>, now: number): CardView => {
  const status = CardStatus.parse(card.status);
  return {
    serial: card.serial,
    kind: CardKind.parse(card.kind),
    holder: card.holder,
    status,
    issuedAt: instantOf(card.issued_at),
    expiresAt: instantOf(card.expires_at),
    renewalDue: !isFinal(status) && isRenewalDue(card.expires_at, now),
    orders: card.order_number,
    replacedBy: card.replaced_by,
  };
};

async function known({ store }: Bureau, serial: string, signal: AbortSignal): Promise<Row<'card'>> {
  const card = await store.card(serial, signal);
  if (card === undefined) throw new ImisError('NOT_FOUND', 'no such card');
  return card;
}

/** The record with which a prescription goes on another card, with what the bureau shows as used. */
function issuedAgain(row: Row<'prescription'>): OrderContents {
  const { content } = parseSignedMessage(row.manifest);
  const { controlled, expires } = Manifest.parse(JSON.parse(decodeUtf8(content)));
  const record = {
    rxId: fromHex(row.rx_id),
    hash16: fromHex(row.message_id).slice(0, 16),
    issued: Math.floor(row.received_at / 1000),
    // The end of the last day in Taiwan, as a clinic writes it.
    expires: Math.floor(Date.parse(`${expires}T15:59:59.000Z`) / 1000),
    parts: row.parts,
    used: row.used,
    status: 'open',
    controlled,
    pharmacy: bcdOf(row.pharmacy),
  } as const;
  return { kind: 'issue-rx', record };
}

/** The card that takes the place: another active one of the same holder. Its orders: what is still to be collected. */
async function ordersOfSuccessor(
  bureau: Bureau,
  card: Row<'card'>,
  serial: string,
  signal: AbortSignal,
): Promise<readonly OrderRow[]> {
  const successor = await known(bureau, serial, signal);
  const fits = successor.kind === card.kind && successor.holder === card.holder && successor.status === 'active';
  if (!fits || successor.serial === card.serial)
    throw new ImisError('CARD_STATE_CONFLICT', 'not an active card of the same holder');
  if (card.kind !== 'patient') return [];
  const today = dayOf(bureau.clock.now());
  const open = await bureau.store.openPrescriptionsOf(card.holder, today, signal);
  return signOrders(bureau, successor, open.map(issuedAgain), signal);
}

/** The state that an event leads to now; undefined where it cannot happen, or the card would be renewed too early. */
const after = (card: Row<'card'>, event: CardEvent, now: number): CardStatus | undefined =>
  event === 'renew' && !isRenewalDue(card.expires_at, now)
    ? undefined
    : statusAfter(CardStatus.parse(card.status), event);

/** Takes one step. NOT_FOUND for an unknown card, CARD_STATE_CONFLICT for a step that its state does not allow. */
export async function changeCardLife(
  bureau: Bureau,
  serial: string,
  step: LifeStep,
  signal: AbortSignal,
): Promise<Row<'card'>> {
  const { store, clock } = bureau;
  for (let tries = 0; tries < TRIES; tries++) {
    const card = await known(bureau, serial, signal);
    const to = after(card, step.event, clock.now());
    if (to === undefined) throw new ImisError('CARD_STATE_CONFLICT', `${step.event} of a card that is ${card.status}`);
    const { certificates, member, order } = effectsOf(to);
    // Every state but the first has stopped the card already.
    const isNew = (order === 'block') === (card.status === 'active');
    const own = await signOrders(bureau, card, isNew ? [{ kind: order }] : [], signal);
    const { replacedBy } = step;
    const others = replacedBy === undefined ? [] : await ordersOfSuccessor(bureau, card, replacedBy, signal);
    const changed = await store.changeCard(
      {
        card: serial,
        from: card.status,
        to,
        event: step.event,
        reason: step.reason,
        by: step.actor,
        at: clock.now(),
        certificates,
        member,
        replacedBy: replacedBy ?? null,
        orders: [...own, ...others],
      },
      signal,
    );
    if (changed) return known(bureau, serial, signal);
  }
  throw new Error('a card that changes all the while');
}

/** A clerk's step. */
export async function takeCardStep(
  bureau: Bureau,
  request: RequestContext,
  serial: string,
  body: CardStep,
): Promise<CardView> {
  const { event, reason } = body;
  const step = { event, reason, actor: clerkOf(request), ...('by' in body ? { replacedBy: body.by } : {}) };
  return viewOf(await changeCardLife(bureau, serial, step, request.signal), bureau.clock.now());
}

/** Cards, newest first. A national number finds the cards of its pseudonym; nobody's is an empty list. */
export async function listCards(
  bureau: Bureau,
  filter: {
    readonly holder?: string | undefined;
    readonly nationalId?: string | undefined;
    readonly kind?: string | undefined;
    readonly status?: string | undefined;
  },
  signal: AbortSignal,
): Promise<CardView[]> {
  const { store, keys, clock } = bureau;
  let { holder } = filter;
  if (filter.nationalId !== undefined) {
    const person = await store.personByTag(identityTag(keys.identity.tagKey, filter.nationalId), signal);
    if (person === undefined || (holder !== undefined && holder !== person.pid)) return [];
    holder = person.pid;
  }
  const { kind, status } = filter;
  const rows = await store.cards(
    {
      ...(holder === undefined ? {} : { holder }),
      ...(kind === undefined ? {} : { kind }),
      ...(status === undefined ? {} : { status }),
      limit: MOST_SHOWN,
    },
    signal,
  );
  return rows.map((row) => viewOf(row, clock.now()));
}

/** A card, its log, and what a clerk may do to it now. NOT_FOUND. */
export async function showCard(bureau: Bureau, serial: string, signal: AbortSignal) {
  const card = await known(bureau, serial, signal);
  const lines = await bureau.store.cardLog(serial, signal);
  const now = bureau.clock.now();
  return {
    card: viewOf(card, now),
    steps: ClerkEvent.options.filter((event) => after(card, event, now) !== undefined),
    log: lines.map(({ event, status, reason, by, at }) => ({
      event,
      status: CardStatus.parse(status),
      reason,
      by,
      at: instantOf(at),
    })),
  };
}

/** One step for every card of a holder to which it can happen; how many. */
async function stopCards(
  bureau: Bureau,
  filter: { readonly holder: string; readonly kind: CardKind },
  step: LifeStep,
  signal: AbortSignal,
): Promise<number> {
  const cards = await bureau.store.cards({ ...filter, limit: MOST_SHOWN }, signal);
  const concerned = cards.filter(({ status }) => statusAfter(CardStatus.parse(status), step.event) !== undefined);
  for (const { serial } of concerned) await changeCardLife(bureau, serial, step, signal);
  return concerned.length;
}

/**
 * A patient has died: every card stops and the standing ends yesterday. Open prescriptions stay in the books. Answers how many cards; NOT_FOUND
 * for a pseudonym nobody has.
 */
export async function holderDeceased(
  bureau: Bureau,
  pid: string,
  { reason, actor }: Pick<LifeStep, 'reason' | 'actor'>,
  signal: AbortSignal,
): Promise<number> {
  const person = await bureau.store.person(pid, signal);
  if (person === undefined) throw new ImisError('NOT_FOUND', 'nobody has this pseudonym');
  const yesterday = dayAfter(bureau.clock.now(), -1);
  if (person.paid_until > yesterday) await bureau.store.setPaidUntil(pid, yesterday, signal);
  return stopCards(bureau, { holder: pid, kind: 'patient' }, { event: 'holder-deceased', reason, actor }, signal);
}

/** A doctor has left: the cards are withdrawn. Answers how many. */
export const withdrawDoctor = (
  bureau: Bureau,
  doctorId: string,
  { reason, actor }: Pick<LifeStep, 'reason' | 'actor'>,
  signal: AbortSignal,
): Promise<number> =>
  stopCards(bureau, { holder: doctorId, kind: 'doctor' }, { event: 'return', reason, actor }, signal);

/** Cards whose time is over end; called by a timer. */
export async function expireCards(bureau: Bureau, signal: AbortSignal): Promise<number> {
  const over = await bureau.store.cardsEnded(bureau.clock.now(), signal);
  for (const { serial } of over)
    await changeCardLife(bureau, serial, { event: 'expire', reason: '', actor: 'timer' }, signal);
  return over.length;
}
