/**
 * Is the person of an NHI card the one whom the bureau checked in? Both sides are masked, so that this can find a wrong card but never proves
 * an identity (CSHIS 5020: data and card are not the same person).
 * @module
 */
import type { Agreement, MaskedPerson } from '../../contract/identity.ts';

/** A person as a card names one; `nameCut` when the card may have had no room for the whole name. */
export interface CardPerson extends MaskedPerson {
  readonly nameCut: boolean;
}

/** A character that one side cannot write as the other does: user-defined in Big5, or unknown. */
const isUntold = (character: string): boolean => /^[\p{Co}\ufffd]$/u.test(character);

function compareNames(card: CardPerson, other: string): Agreement {
  // Compatibility characters, as Big5's second 兀, are the same characters.
  const [ours, theirs] = [card.name, other].map((name) => Array.from(name.normalize('NFKC')));
  if (ours === undefined || theirs === undefined) return 'unsure';
  const pairs = ours.map((character, at) => [character, theirs[at]] as const);
  if (card.nameCut) return pairs[0]?.[0] === pairs[0]?.[1] ? 'unsure' : 'other';
  if (ours.length !== theirs.length) return 'other';
  const differing = pairs.filter(([a, b]) => a !== b);
  if (differing.length === 0) return 'same';
  return differing.every(([a, b]) => isUntold(a) || isUntold(b ?? '')) ? 'unsure' : 'other';
}

/** Compares year of birth, sex and masked name. */
export function agreementOf(card: CardPerson, checkedIn: MaskedPerson): Agreement {
  if (card.birthYear !== checkedIn.birthYear || card.sex !== checkedIn.sex) return 'other';
  return compareNames(card, checkedIn.name);
}
