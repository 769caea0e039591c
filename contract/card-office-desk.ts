/**
 * The bureau's card office on its screen: cards found, one opened, a step taken.
 * @module
 */
import { z } from 'zod';
import { WarrantStanding } from './agents.ts';
import { CardLogLine, CardStatus, CardView, ClerkEvent } from './card-life.ts';
import { CardKind } from './card-service.ts';
import { Refusal } from './errors.ts';
import { FingerprintsStep } from './fingerprint-desk.ts';
import { Day, Id16, NationalId } from './formats.ts';
import { Idle, Refused, Working } from './stage.ts';

/** What a clerk asks for. `reader`: the card in a reader of the desk beside the clerk's own; `serial`: of a card, or else of a warrant. */
export const CardQuery = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('reader') }),
  z.strictObject({ by: z.literal('serial'), serial: Id16 }),
  z.strictObject({ by: z.literal('national-id'), nationalId: NationalId }),
  z.strictObject({ by: z.literal('status'), status: CardStatus }),
  /** The warrants of the holder of this health card. */
  z.strictObject({ by: z.literal('warrants-of'), card: Id16 }),
]);
export type CardQuery = z.infer<typeof CardQuery>;

/** A card in a reader of the card office, as it says itself. */
export const CardInReader = z.strictObject({ kind: CardKind, serial: Id16 });
export type CardInReader = z.infer<typeof CardInReader>;

/** Card office: cards found -> one opened -> a step taken. A query that means one card opens it at once. Or: fingerprints of a holder. */
export const CardOfficeFlow = z.discriminatedUnion('step', [
  Idle,
  Working,
  /** Newest first, 200 at most; none is no refusal. */
  z.strictObject({ step: z.literal('found'), cards: z.array(CardView) }),
  z.strictObject({
    step: z.literal('card'),
    card: CardView,
    /** Oldest first. */
    log: z.array(CardLogLine),
    /** What the bureau would take from a clerk now. */
    steps: z.array(ClerkEvent),
    /** What was done here just now. */
    done: ClerkEvent.exactOptional(),
    /** Why the last step was refused; the card is shown as it is since. */
    refusal: Refusal.optional(),
  }),
  FingerprintsStep,
  z.strictObject({
    step: z.literal('warrants'),
    /** Serial number of the health card they were asked for with; left out for the one warrant of a serial number. */
    card: Id16.exactOptional(),
    /** Newest first. */
    warrants: z.array(WarrantStanding),
    /** By the desk's clock. */
    today: Day,
    /** The one that was taken back here just now. */
    done: Id16.exactOptional(),
    /** Why none was. */
    refusal: Refusal.exactOptional(),
  }),
  Refused,
]);
export type CardOfficeFlow = z.infer<typeof CardOfficeFlow>;
