/**
 * Which cards lie in the readers of the card office: their serial numbers, read while a clerk is signed on. The clerk's own card is none of
 * them. Orders of the bureau go first, as at every desk.
 * @module
 */

import type { CardInReader } from '../../contract/card-office-desk.ts';
import { CardKind, type SlotView } from '../../contract/card-service.ts';
import type { DeskCore } from './desk-core.ts';

export interface CardsInReaders {
  view(): CardInReader[];
  /** Looks at the slots and at who is on duty. */
  follow(): void;
  /** Serial number of the first such card, asked anew. Rejects with the code that says what is missing, or of the card. */
  first(signal: AbortSignal): Promise<string>;
  /** Whether a card with this serial number still lies in one of them, asked anew. Rejects with codes of the card. */
  holds(serial: string, signal: AbortSignal): Promise<boolean>;
}

/** One stay of a card in a slot; the card is unknown until it was read, and when it could not be. */
interface Stay {
  readonly insertion: number;
  readonly card?: CardInReader;
}

/** Nothing is read before the first `follow`; `changed` is called after every card that was read. */
export function createCardsInReaders(core: DeskCore, changed: () => void): CardsInReaders {
  const { cards, log } = core.ports;
  const stays = new Map<string, Stay>();

  const others = (): SlotView[] => {
    const operator = core.operator();
    if (operator === undefined) return [];
    return core
      .common()
      .slots.filter(
        ({ slot, state, kind }) => state === 'ready' && CardKind.safeParse(kind).success && slot !== operator.slot,
      );
  };
  const read = async ({ slot, kind, insertion }: SlotView): Promise<void> => {
    try {
      await core.ordersDelivered();
      const { serial } = await cards.cardOrders({ slot });
      if (stays.get(slot)?.insertion !== insertion) return;
      stays.set(slot, { insertion, card: { kind: CardKind.parse(kind), serial } });
      changed();
    } catch (cause) {
      log('serial number of a card', cause);
    }
  };
  const serialIn = async ({ slot }: SlotView, signal: AbortSignal): Promise<string> =>
    (await cards.cardOrders({ slot }, signal)).serial;

  return {
    view: () => [...stays.values()].flatMap(({ card }) => card ?? []),
    follow: () => {
      const present = others();
      for (const [slot, { insertion }] of stays)
        if (!present.some((view) => view.slot === slot && view.insertion === insertion)) stays.delete(slot);
      for (const view of present) {
        if (stays.has(view.slot)) continue;
        stays.set(view.slot, { insertion: view.insertion });
        void read(view);
      }
    },
    first: async (signal) => {
      // Where there is none, this says what is wrong with what lies there instead.
      const view = others()[0] ?? core.cardOf('patient');
      await core.ordersDelivered();
      return serialIn(view, signal);
    },
    holds: async (serial, signal) => {
      for (const view of others()) if ((await serialIn(view, signal)) === serial) return true;
      return false;
    },
  };
}
