/**
 * Which card is it? Found by SELECT alone, whatever slot the card is in and whatever its answer to reset says: one of our applications,
 * the real NHI card, or a citizen's certificate card.
 * @module
 */
import type { CardSession } from '../apdu/card-session.ts';
import { CardError } from '../card-error.ts';
import { type Signal, select } from './card-commands.ts';
import { APPLICATIONS, type ApplicationProfile, type CardKind } from './card-profile.ts';
import { selectCivil } from './civil-app.ts';
import { selectNhi } from './nhi-card.ts';

/** A card of ours, the NHI card with its public area, or a citizen's certificate card. */
export type RecognisedKind = CardKind | 'nhi' | 'civil';

/** SELECT of one of ours. A foreign card may have a word of its own for "no such application"; that is no fault of the card. */
async function holds(session: CardSession, profile: ApplicationProfile, signal: Signal): Promise<boolean> {
  try {
    return await select(session, profile, signal);
  } catch (error) {
    const refused =
      error instanceof CardError && error.statusWord !== undefined && error.code !== 'CARD_ANSWER_INVALID';
    if (refused) return false;
    throw error;
  }
}

/** The kind of a card. Rejects with CARD_UNKNOWN for a card that is none of these. */
export async function recognise(session: CardSession, signal?: Signal): Promise<RecognisedKind> {
  for (const profile of Object.values(APPLICATIONS)) {
    if (await holds(session, profile, signal)) return profile.kind;
  }
  if (await selectNhi(session, signal)) return 'nhi';
  if (await selectCivil(session, signal)) return 'civil';
  throw new CardError('CARD_UNKNOWN', 'the card holds no application that we know');
}
