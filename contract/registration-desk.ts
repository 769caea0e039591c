/**
 * Registration on its screen: card in, checked in.
 * @module
 */
import { z } from 'zod';
import { BreakGlassNotice } from './break-glass.ts';
import { Day, Id16 } from './formats.ts';
import { MaskedPerson } from './identity.ts';
import { Idle, Refused, Stage, Working } from './stage.ts';

/** What the patient is told of an opening, with the name of the institution where the desk knows one, else its code. */
const ToldNotice = BreakGlassNotice.extend({ institutionName: z.string() });

/** Registration: card in -> checked in. */
export const RegistrationFlow = z.discriminatedUnion('step', [
  Idle,
  Working,
  z.strictObject({
    step: z.literal('checked-in'),
    person: MaskedPerson,
    queueNumber: z.int(),
    paidUntil: Day,
    /** Last day of the card, and whether its holder is to be told now to renew it. */
    cardExpires: Day,
    renewalDue: z.boolean(),
    visitId: Id16,
    /** What was done with the patient's record without the patient's word since the last visit, oldest first; left out where nothing was. */
    notices: z.array(ToldNotice).min(1).exactOptional(),
    stages: z.array(Stage),
  }),
  Refused,
]);
export type RegistrationFlow = z.infer<typeof RegistrationFlow>;
