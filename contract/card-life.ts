/**
 * The life of a card as the bureau keeps it: states, what can happen, and what a clerk is shown.
 * @module
 */
import { z } from 'zod';
import { CardKind } from './card-service.ts';
import { Id16, Instant } from './formats.ts';

/** Where a card stands. */
export const CardStatus = z.enum([
  'active',
  'suspended',
  'lost',
  'stolen',
  'replaced',
  'expired',
  'holder-deceased',
  'returned',
]);
export type CardStatus = z.infer<typeof CardStatus>;

/**
 * What happens to a card. `replace` and `renew` name the card that takes its place, `renew` from 60 days before its end on;
 * `return`: handed in, or withdrawn by the bureau.
 */
export const CardEvent = z.enum([
  'report-lost',
  'report-stolen',
  'suspend',
  'resume',
  'replace',
  'renew',
  'expire',
  'holder-deceased',
  'return',
]);
export type CardEvent = z.infer<typeof CardEvent>;

/** Days before its end from which on a card may be renewed, and its holder is told. */
const RENEWAL_DAYS = 60;

/** Is a card that ends at an instant to be renewed now? Both in ms since 1970. */
export const isRenewalDue = (expires: number, now: number): boolean => expires - now <= RENEWAL_DAYS * 86_400_000;

const Reason = z.string().max(200);
const AloneEvent = z.enum(['report-lost', 'report-stolen', 'suspend', 'resume', 'return']);
const SuccessorEvent = z.enum(['replace', 'renew']);

/** What a clerk may say of a card. `expire` and `holder-deceased` are the bureau's own. */
export const ClerkEvent = z.enum([...AloneEvent.options, ...SuccessorEvent.options]);
export type ClerkEvent = z.infer<typeof ClerkEvent>;

/** One of them, as it is sent. `by` is the serial number of the card that takes the place. */
export const CardStep = z.discriminatedUnion('event', [
  z.strictObject({ event: AloneEvent, reason: Reason }),
  z.strictObject({ event: SuccessorEvent, reason: Reason, by: Id16 }),
]);
export type CardStep = z.infer<typeof CardStep>;

/** A card as a clerk sees it; `holder` is PID_P, the doctor's or the member of staff's identifier. */
export const CardView = z.strictObject({
  serial: Id16,
  kind: CardKind,
  holder: z.string(),
  status: CardStatus,
  issuedAt: Instant,
  expiresAt: Instant,
  renewalDue: z.boolean(),
  /** Number of the bureau's last order to it. */
  orders: z.int().min(0),
  replacedBy: Id16.nullable(),
});
export type CardView = z.infer<typeof CardView>;

/** A line of a card's log. `by`: serial number of the clerk's certificate, or the part of the bureau that did it. */
export const CardLogLine = z.strictObject({
  event: z.string(),
  status: CardStatus,
  reason: z.string(),
  by: z.string(),
  at: Instant,
});
export type CardLogLine = z.infer<typeof CardLogLine>;
