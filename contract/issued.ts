/**
 * What a clinic's desk issued, as its doctors look it up again to cancel it: today's, and what is still open (product.md 3 and 4).
 * @module
 */
import { z } from 'zod';
import { Day, Id16, Instant, InstitutionCode } from './formats.ts';
import { PrescriptionState } from './prescription-state.ts';
import { MAX_PARTS } from './refill.ts';

/** Most lines of a page: the bureau is asked about each. */
export const ISSUED_PAGE = 10;

/** `open`: whatever may still be collected, also of earlier days. */
export const IssuedScope = z.enum(['today', 'open']);
export type IssuedScope = z.infer<typeof IssuedScope>;

/** The bureau's word; `not-there`: it has not received it; `unknown`: it cannot be asked. */
export const IssuedState = z.enum([...PrescriptionState.options, 'not-there', 'unknown']);
export type IssuedState = z.infer<typeof IssuedState>;

/** One prescription without what is a person's. */
export const IssuedHead = z.strictObject({
  rxId: Id16,
  visitId: Id16,
  at: Instant,
  /** Last day. */
  expires: Day,
  /** To which it was sent; a patient may have named another since. */
  pharmacy: InstitutionCode,
  parts: z.int().min(1).max(MAX_PARTS),
  /** Parts handed out, as far as is known. */
  used: z.int().min(0),
  controlled: z.boolean(),
  state: IssuedState,
});
export type IssuedHead = z.infer<typeof IssuedHead>;

/** May such a one be cancelled? What is collected in part may, for the parts to come; a pharmacy that prepares it has to give it up first. */
export const mayCancel = ({ state }: Pick<IssuedHead, 'state'>): boolean =>
  state === 'issued' || state === 'partly-dispensed';
