/**
 * What a clerk at the bureau's terminal does with cards that were issued: look them up, report, suspend, resume, put another in their place.
 * Used by `imis card` and by the card-office desk (card-office-desk.ts).
 * @module
 */
import type { WarrantStanding } from '../../contract/agents.ts';
import type { CardLogLine, CardStep, CardView, ClerkEvent } from '../../contract/card-life.ts';
import type { CardKind } from '../../contract/card-service.ts';
import type { BureauClient } from '../../nhi-client/bureau-client.ts';

/** Which cards: of a holder (PID_P, a doctor's or a member of staff's identifier) or a national number, of a kind, in a state. */
export interface CardFilter {
  readonly holder?: string | undefined;
  readonly nationalId?: string | undefined;
  readonly kind?: CardKind | undefined;
  readonly status?: CardView['status'] | undefined;
}

/** A card, everything that happened to it, and what a clerk may do to it now. */
export interface ShownCard {
  readonly card: CardView;
  readonly log: readonly CardLogLine[];
  readonly steps: readonly ClerkEvent[];
}

export interface CardOffice {
  list(filter: CardFilter, signal: AbortSignal): Promise<readonly CardView[]>;
  show(serial: string, signal: AbortSignal): Promise<ShownCard>;
  /** The card is gone for good; its certificates are revoked and it is blocked when it is next seen. */
  report(serial: string, what: 'lost' | 'stolen', reason: string, signal: AbortSignal): Promise<CardView>;
  suspend(serial: string, reason: string, signal: AbortSignal): Promise<CardView>;
  resume(serial: string, reason: string, signal: AbortSignal): Promise<CardView>;
  /** Handed in, or withdrawn. */
  takeBack(serial: string, reason: string, signal: AbortSignal): Promise<CardView>;
  /** Another active card of the same holder takes its place. */
  replace(serial: string, by: string, reason: string, signal: AbortSignal): Promise<CardView>;
  /** As `replace`, from 60 days before its end on. */
  renew(serial: string, by: string, reason: string, signal: AbortSignal): Promise<CardView>;
  /** The warrants of the holder of a health card, newest first. */
  warrantsOf(card: string, signal: AbortSignal): Promise<readonly WarrantStanding[]>;
  warrant(serial: string, signal: AbortSignal): Promise<WarrantStanding>;
  /** Any of these steps. */
  step(serial: string, body: CardStep, signal: AbortSignal): Promise<CardView>;
}

/** The office of one clerk. Every call may reject with NOT_FOUND, CARD_STATE_CONFLICT, OPERATOR_REQUIRED and codes of the client. */
export function createCardOffice(ports: { readonly bureau: BureauClient; readonly operator: string }): CardOffice {
  const { bureau, operator } = ports;
  const step = (serial: string, body: CardStep, signal: AbortSignal): Promise<CardView> =>
    bureau.cardStep({ operator, params: { serial }, body }, signal);
  const events = { lost: 'report-lost', stolen: 'report-stolen' } as const;
  return {
    step,
    list: async (filter, signal) => {
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      return (await bureau.cards({ operator, body: given }, signal)).cards;
    },
    show: (serial, signal) => bureau.card({ operator, params: { serial } }, signal),
    warrantsOf: async (serial, signal) =>
      (await bureau.cardWarrants({ operator, params: { serial } }, signal)).warrants,
    warrant: (serial, signal) => bureau.warrant({ operator, params: { serial } }, signal),
    report: (serial, what, reason, signal) => step(serial, { event: events[what], reason }, signal),
    suspend: (serial, reason, signal) => step(serial, { event: 'suspend', reason }, signal),
    resume: (serial, reason, signal) => step(serial, { event: 'resume', reason }, signal),
    takeBack: (serial, reason, signal) => step(serial, { event: 'return', reason }, signal),
    replace: (serial, by, reason, signal) => step(serial, { event: 'replace', reason, by }, signal),
    renew: (serial, by, reason, signal) => step(serial, { event: 'renew', reason, by }, signal),
  };
}
