/**
 * What can be done to a holder's PIN at any desk.
 * @module
 */
import { z } from 'zod';
import { CardKind } from './card-service.ts';
import { Refusal } from './errors.ts';

/** What can be done to a holder's PIN: changed with the old one, or set anew with the PUK. */
export const PinWork = z.enum(['change', 'unblock']);
export type PinWork = z.infer<typeof PinWork>;

/** The PIN service of a desk while it is open. `work` of `waiting` is what it was opened for. */
export const PinServiceView = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('waiting'), work: PinWork }),
  z.strictObject({ state: z.literal('done'), work: PinWork, card: CardKind }),
  z.strictObject({ state: z.literal('refused'), work: PinWork, card: CardKind, refusal: Refusal }),
]);
export type PinServiceView = z.infer<typeof PinServiceView>;
