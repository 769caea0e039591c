/**
 * Which of our applications does a card hold? Found by SELECT alone, whatever slot the card is in and whatever its answer to reset says.
 * @module
 */
import type { CardSession } from '../apdu/card-session.ts';
import { CardError } from '../card-error.ts';
import { type Signal, select } from './card-commands.ts';
import { APPLICATIONS, type CardKind } from './card-profile.ts';

/** The kind of a card. Rejects with CARD_UNKNOWN for a card that is none of ours. */
export async function recognise(session: CardSession, signal?: Signal): Promise<CardKind> {
  for (const profile of Object.values(APPLICATIONS)) {
    if (await select(session, profile, signal)) return profile.kind;
  }
  throw new CardError('CARD_UNKNOWN', 'the card holds none of our applications');
}
