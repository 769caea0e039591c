/**
 * A person as a desk may see one, and what an NHI card or a virtual card says of its holder.
 * @module
 */
import { z } from 'zod';
import { Refusal } from './errors.ts';

/** A person as a desk may see one: masked name, year of birth, sex. */
export const MaskedPerson = z.strictObject({ name: z.string(), birthYear: z.int(), sex: z.enum(['male', 'female']) });
export type MaskedPerson = z.infer<typeof MaskedPerson>;

/** Which card, physical or virtual, says who somebody is. */
const IdentitySource = z.enum(['nhi-card', 'virtual-card']);
export type IdentitySource = z.infer<typeof IdentitySource>;

/** Whether the person of a card is the one who was checked in: masked name, year of birth and sex. `unsure`: the name cannot be told whole. */
const Agreement = z.enum(['same', 'unsure', 'other']);
export type Agreement = z.infer<typeof Agreement>;

/** What an NHI card or a virtual card says of its holder, beside the flow of a desk. Nothing of it is stored or sent anywhere. */
export const IdentityView = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('none') }),
  z.strictObject({ state: z.literal('reading'), source: IdentitySource }),
  z.strictObject({
    state: z.literal('shown'),
    source: IdentitySource,
    person: MaskedPerson,
    /** Last four digits of the card's number. */
    cardTail: z.string().regex(/^[0-9]{4}$/u),
    /** Set while somebody is checked in on the screen. */
    agreement: Agreement.optional(),
  }),
  z.strictObject({ state: z.literal('refused'), source: IdentitySource, refusal: Refusal }),
]);
export type IdentityView = z.infer<typeof IdentityView>;
