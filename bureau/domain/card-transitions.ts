/**
 * The states of a card and what leads from one to another (card note 3.8, "Life of a card"). Lost and stolen cards do not come back: what
 * was revoked may have been seen by a thief. `replaced` and `holder-deceased` are final.
 * @module
 */
import type { CardEvent, CardStatus } from '../../contract/card-life.ts';
import type { CardChange } from '../store/card-store.ts';

type Steps = Readonly<Partial<Record<CardEvent, CardStatus>>>;

/** What can become of a card that is still with its holder. */
const WITH_HOLDER: Steps = {
  'report-lost': 'lost',
  'report-stolen': 'stolen',
  replace: 'replaced',
  renew: 'replaced',
  expire: 'expired',
  'holder-deceased': 'holder-deceased',
  return: 'returned',
};

const STEPS: Readonly<Record<CardStatus, Steps>> = {
  active: { ...WITH_HOLDER, suspend: 'suspended' },
  suspended: { ...WITH_HOLDER, resume: 'active' },
  // Worse news may follow, the card may turn up, or another takes its place.
  lost: {
    'report-stolen': 'stolen',
    replace: 'replaced',
    'holder-deceased': 'holder-deceased',
    return: 'returned',
  },
  stolen: { replace: 'replaced', 'holder-deceased': 'holder-deceased', return: 'returned' },
  expired: { replace: 'replaced', renew: 'replaced', 'holder-deceased': 'holder-deceased', return: 'returned' },
  // A broken card is handed in first.
  returned: { replace: 'replaced', 'holder-deceased': 'holder-deceased' },
  replaced: {},
  'holder-deceased': {},
};

/** The state after an event; undefined where it cannot happen. */
export const statusAfter = (status: CardStatus, event: CardEvent): CardStatus | undefined => STEPS[status][event];

/** Can nothing happen to it any more? */
export const isFinal = (status: CardStatus): boolean => Object.keys(STEPS[status]).length === 0;

/** What becomes true with a state besides the state. */
export interface StatusEffects extends Pick<CardChange, 'certificates' | 'member'> {
  /** Ordered of the card, where it was not before. */
  readonly order: 'block' | 'unblock';
}

const STOPPED: StatusEffects = { certificates: 'revoke', member: 'stop', order: 'block' };

/** Effects of reaching a state. An expired certificate says itself that it is over; a member of the group does not. */
export function effectsOf(status: CardStatus): StatusEffects {
  switch (status) {
    case 'active':
      return { certificates: 'resume', member: 'resume', order: 'unblock' };
    case 'suspended':
      return { certificates: 'hold', member: 'hold', order: 'block' };
    case 'expired':
      return { certificates: 'keep', member: 'stop', order: 'block' };
    case 'lost':
    case 'stolen':
    case 'replaced':
    case 'holder-deceased':
    case 'returned':
      return STOPPED;
  }
}
