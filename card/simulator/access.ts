/**
 * Access conditions of files (card note 3.3): the role of the terminal behind the channel, a doctor card that has proved itself, the PIN.
 * @module
 */
import { SW } from '../apdu/status-word.ts';
import type { AccessCondition, FileAccess } from '../apps/card-profile.ts';
import { type CardContext, isBlank } from './card-os.ts';
import { channelOf, terminalOf, terminalWith } from './channel-state.ts';
import { demand } from './refusal.ts';

const isRole = (card: CardContext, { roles }: AccessCondition): boolean =>
  roles === undefined || roles.includes(terminalOf(card).role);

/** Is this the place of a condition: such a terminal, and a doctor card beside it where it wants one? Refuses 6982 in the clear. */
export const isPlaceOf = (card: CardContext, condition: AccessCondition): boolean => {
  terminalOf(card);
  return isRole(card, condition) && (condition.doctor !== true || channelOf(card).doctor);
};

/** Refuses 6982 in the clear, before the terminal has proved itself and where only the PIN is missing; 6600 for what this terminal may not have. */
export function demandAccess(card: CardContext, access: FileAccess): void {
  if (access === 'always') return;
  demand(access !== 'never', SW.pinRequired);
  terminalOf(card);
  const open = access.filter((condition) => isPlaceOf(card, condition));
  demand(open.length > 0, SW.roleRefused);
  demand(
    open.some(({ pin }) => pin !== true || card.session.pinVerified),
    SW.pinRequired,
  );
}

/** Refuses 6985 once the card is active, and whoever is not the bureau's issuing desk in a channel: 6982, 6600. */
export function demandIssuing(card: CardContext): void {
  demand(isBlank(card), SW.conditions);
  terminalWith(card, 'bureau');
}
