/**
 * The part of the bureau's store that knows cards. As in store.ts every method is one atomic step.
 * @module
 */
import type { NewCertificate } from './store.ts';
import type { Row } from './tables.ts';

/** A card as it enters the register, with its own certificate and the serial numbers of the others that are on it. */
export interface NewCard {
  readonly card: Row<'card'>;
  readonly certificate: NewCertificate;
  readonly others: readonly string[];
  /** Who issued it, for the log. */
  readonly by: string;
}

/** An order as it is kept. */
export type OrderRow = Row<'card_order'>;

/** One step in the life of a card with everything that becomes true with it. */
export interface CardChange {
  readonly card: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** The card's certificates: revoked for good, held, let go again, or left. */
  readonly certificates: 'revoke' | 'hold' | 'resume' | 'keep';
  /** The member of a doctor's card: out for good, out for now, in again, or left. */
  readonly member: 'stop' | 'hold' | 'resume' | 'keep';
  readonly replacedBy: string | null;
  /** Orders for this card and others; each number must be the one after its card's last. */
  readonly orders: readonly OrderRow[];
}

export interface CardStore {
  saveCard(card: NewCard, signal: AbortSignal): Promise<void>;
  card(serial: string, signal: AbortSignal): Promise<Row<'card'> | undefined>;
  /** The newest card with this signature key. */
  cardByKey(keyId: string, signal: AbortSignal): Promise<Row<'card'> | undefined>;
  /** The card that a certificate is on. */
  cardOfCertificate(serial: string, signal: AbortSignal): Promise<Row<'card'> | undefined>;
  /** Newest first, at most `limit`. */
  cards(
    filter: { readonly holder?: string; readonly kind?: string; readonly status?: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly Row<'card'>[]>;
  /** Cards in use or suspended that end before an instant. */
  cardsEnded(at: number, signal: AbortSignal): Promise<readonly Row<'card'>[]>;
  /** False, and nothing changed, when the card is not in the state `from` any more or an order's number is taken. */
  changeCard(change: CardChange, signal: AbortSignal): Promise<boolean>;
  /** Oldest first. */
  cardLog(serial: string, signal: AbortSignal): Promise<readonly Row<'card_log'>[]>;
  /** Orders with a number above `after`, in sequence. */
  cardOrders(card: string, after: number, signal: AbortSignal): Promise<readonly OrderRow[]>;
  /** Prescriptions of a patient that can still be collected on a day, oldest first. */
  openPrescriptionsOf(pid: string, today: string, signal: AbortSignal): Promise<readonly Row<'prescription'>[]>;
}
