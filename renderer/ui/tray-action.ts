/**
 * What one click on a software card does at the desk that is shown.
 * @module
 */
import type { SlotView, TrayCard } from '../../contract/card-service.ts';
import type { Desk } from '../../contract/station.ts';

/** Insert, take out, or move here from another desk; `full` when every reader of this desk is taken. */
export type TrayAction =
  | { readonly type: 'insert'; readonly slot: string }
  | { readonly type: 'remove'; readonly slot: string }
  | { readonly type: 'move'; readonly from: string; readonly slot: string }
  | { readonly type: 'full' };

/** The desk a software slot belongs to, by its name `desk/side`. */
export const deskOf = (slot: string): string => slot.split('/')[0] ?? slot;

/** The one action that makes sense for a card now. */
export function trayAction(
  card: TrayCard,
  cards: readonly TrayCard[],
  slots: readonly SlotView[],
  desk: Desk,
): TrayAction {
  if (card.slot !== undefined && deskOf(card.slot) === desk) return { type: 'remove', slot: card.slot };
  // The tray knows of an insertion before the reader does.
  const taken = new Set(cards.map((other) => other.slot));
  const free = slots.find((slot) => slot.state === 'empty' && !taken.has(slot.slot));
  if (free === undefined) return { type: 'full' };
  return card.slot === undefined
    ? { type: 'insert', slot: free.slot }
    : { type: 'move', from: card.slot, slot: free.slot };
}
