/**
 * How a card of the register and its steps look: badge, key on the button's face, and who did what is in the log.
 * @module
 */
import type { WarrantStanding } from '../../../contract/agents.ts';
import { CardEvent, type CardView, type ClerkEvent } from '../../../contract/card-life.ts';
import type { CardInReader } from '../../../contract/card-office-desk.ts';

/** The function key of every step; `suspend` and `resume` share one, for no state allows both. */
export const STEP_KEYS: Readonly<Record<ClerkEvent, string>> = {
  'report-lost': 'F3',
  'report-stolen': 'F4',
  suspend: 'F6',
  resume: 'F6',
  return: 'F7',
  replace: 'F8',
  renew: 'F9',
};

/** Steps that name the card that takes the place. */
export type SuccessorEvent = 'replace' | 'renew';

/** Whether a step names the card that takes the place. */
export const needsSuccessor = (event: ClerkEvent): event is SuccessorEvent => event === 'replace' || event === 'renew';

/** Can it be taken back? Every other step revokes certificates. */
export const isHarmless = (event: ClerkEvent): boolean => event === 'suspend' || event === 'resume';

/** The badge of a state. */
export function badgeOf(status: CardView['status']): 'ok' | 'bad' | 'calm' {
  switch (status) {
    case 'active':
      return 'ok';
    case 'suspended':
    case 'lost':
    case 'stolen':
      return 'bad';
    case 'replaced':
    case 'expired':
    case 'holder-deceased':
    case 'returned':
      return 'calm';
  }
}

/** The card in a reader that could take the place of another: of the same kind, and not that card. Whether the holder is the same is the bureau's to say. */
export const successorOf = (card: CardView, inReaders: readonly CardInReader[]): CardInReader | undefined =>
  inReaders.find(({ kind, serial }) => kind === card.kind && serial !== card.serial);

/** 16 bytes in hex as people read them aloud: eight groups of four digits. */
export const groupsOf = (serial: string): string => serial.match(/.{1,4}/gu)?.join(' ') ?? '';

/** A line of the log: an event that has words, or what the bureau called it. */
export function eventOf(event: string): CardEvent | 'issue' | undefined {
  if (event === 'issue') return event;
  const known = CardEvent.safeParse(event);
  return known.success ? known.data : undefined;
}

/** How a warrant stands on a day (YYYY-MM-DD). */
export const stateOfWarrant = (
  { erased, until }: Pick<WarrantStanding, 'erased' | 'until'>,
  today: string,
): 'in-force' | 'over' | 'erased' => (erased ? 'erased' : until < today ? 'over' : 'in-force');

/** Who did it: the bureau's timer, its administrator at the folder, or the clerk with this certificate. */
export const actorOf = (by: string): 'timer' | 'folder' | 'clerk' => (by === 'timer' || by === 'folder' ? by : 'clerk');
