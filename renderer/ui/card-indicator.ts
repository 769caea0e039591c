/**
 * What the corner says about each reader: icon, words and colour from the slot and from what the desk is doing.
 * @module
 */
import type { KnownCard, SlotView } from '../../contract/card-service.ts';
import type { DeskState } from '../../contract/station.ts';

/** How a slot is shown. `working` and `reading` ask to keep the card in. */
export type Indicator =
  | { readonly look: 'empty' | 'reading' | 'mute' | 'unknown' }
  | { readonly look: 'working' | 'ready' | 'take'; readonly kind: KnownCard };

/** What of a desk's state says how its cards are shown. */
type CardState = Pick<DeskState, 'desk' | 'operator' | 'flow'> & Partial<Pick<DeskState, 'agentService'>>;

const FINISHED: ReadonlySet<DeskState['flow']['step']> = new Set(['checked-in', 'signed', 'dispensed']);

/** The indicator of one slot. A patient's card is to be taken back once the desk has finished with it. */
export function indicatorOf(slot: SlotView, state: CardState): Indicator {
  const { step } = state.flow;
  switch (slot.state) {
    case 'empty':
    case 'reading':
    case 'mute':
    case 'unknown':
      return { look: slot.state };
    case 'ready':
      if (slot.kind === undefined) return { look: 'unknown' };
      if (slot.kind === 'patient' && (FINISHED.has(step) || leftBehind(state)))
        return { look: 'take', kind: slot.kind };
      // An NHI card is read in an instant, and needed no longer.
      if (slot.kind === 'nhi')
        return {
          look: state.desk === 'registration' && state.operator !== undefined ? 'take' : 'ready',
          kind: slot.kind,
        };
      if (step === 'working' && slot.kind !== 'staff') return { look: 'working', kind: slot.kind };
      return { look: 'ready', kind: slot.kind };
  }
}

/**
 * True where a patient's card that is ready has been served: registration and pharmacy begin by themselves, so an idle desk with
 * somebody on duty was cleared. The clinic waits for the doctor's PIN instead, the card office for a clerk's key, and the agents of a card for
 * people.
 */
export const leftBehind = ({ desk, operator, flow, agentService }: CardState): boolean =>
  (desk === 'registration' || desk === 'pharmacy') &&
  operator !== undefined &&
  flow.step === 'idle' &&
  agentService === undefined;

/** How many ready cards of that kind lie in the readers of the desk. */
export const countOf = (state: DeskState, kind: KnownCard): number =>
  state.slots.filter((slot) => slot.state === 'ready' && slot.kind === kind).length;

/** Whether a ready card of that kind lies in a reader of the desk. */
export const holds = (state: DeskState, kind: KnownCard): boolean => countOf(state, kind) > 0;

/** The readers to show: the third is for an agent's own card, and says nothing while it is empty and nobody is served there. */
export const shownSlots = ({ slots, agentService }: Pick<DeskState, 'slots' | 'agentService'>): readonly SlotView[] =>
  slots.filter(({ slot, state }) => sideOf(slot) !== 'third' || state !== 'empty' || agentService !== undefined);

const SIDES = ['left', 'right', 'third'] as const;

/** Which reader of the desk a slot is, when its name says so; real readers have names of their own. */
export function sideOf(slot: string): (typeof SIDES)[number] | undefined {
  return SIDES.find((side) => slot.endsWith(`/${side}`));
}
