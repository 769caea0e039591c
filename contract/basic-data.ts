/**
 * What an NHI card, physical or virtual, says of its holder (card note 1.1): where a desk takes a patient's basic data from.
 * @module
 */
import { z } from 'zod';
import { Day } from './formats.ts';

/** Stays within the station: a screen gets a masked name, a year and the end of the card's number, the bureau nothing. */
export const BasicData = z.strictObject({
  cardNumber: z.string().regex(/^[0-9]{12}$/u),
  /** Private-use characters are user-defined ones of Big5; U+FFFD is one that cannot be told. */
  name: z.string().min(1).max(20),
  /** The name fills its field on the card, so it may go on. */
  nameCut: z.boolean(),
  /** National or resident number. */
  idNumber: z.string().regex(/^[A-Z][0-9A-D][0-9]{8}$/u),
  birthDate: Day,
  sex: z.enum(['male', 'female']),
  /** Day on which the card was issued. */
  issued: Day,
});
export type BasicData = z.infer<typeof BasicData>;
