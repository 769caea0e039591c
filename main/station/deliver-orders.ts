/**
 * Brings the bureau's orders to a card that has come in (docs/card.md, "Orders of the bureau"). A bureau that cannot be reached is no fault:
 * the card goes on with what it was told before. What else goes wrong is logged and stops nobody; the bureau's list says the same of a
 * stopped card.
 * @module
 */
import { CardKind, type SlotView } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import type { DeskPorts } from './ports.ts';

/** What delivering needs. */
export type OrderPorts = Pick<DeskPorts, 'cards' | 'bureau' | 'log'>;

/** Delivers; how many orders the card took. Rejects with codes of the card and the bureau. */
export async function deliverOrders({ cards, bureau }: OrderPorts, slot: string, signal: AbortSignal): Promise<number> {
  const { serial, last } = await cards.cardOrders({ slot }, signal);
  const { orders } = await bureau.cardOrders({ body: { serial, last } }, signal);
  for (const [i, order] of orders.entries()) {
    try {
      await cards.cardOrder({ slot, order: fromBase64(order) }, signal);
    } catch (cause) {
      // Another desk that serves the same reader may be at it, and faster.
      const isRefused = cause instanceof Error && 'code' in cause && cause.code === 'CARD_REFUSED';
      if (!isRefused || (await cards.cardOrders({ slot }, signal)).last <= last + i) throw cause;
      return i;
    }
  }
  return orders.length;
}

/** Follows the slots of a desk. */
export interface OrderDelivery {
  /** Told of every change; a card is served once for each stay. */
  follow(slots: readonly SlotView[]): void;
  /** Resolves when no delivery is under way: what is asked of a card next finds it up to date. */
  settled(): Promise<void>;
  close(): void;
}

/** Starts delivering; nothing is done before the first `follow`. */
export function createOrderDelivery(ports: OrderPorts): OrderDelivery {
  const end = new AbortController();
  const served = new Map<string, number>();
  const running = new Map<string, Promise<void>>();

  const serve = async (slot: string): Promise<void> => {
    try {
      await deliverOrders(ports, slot, end.signal);
    } catch (cause) {
      const away = cause instanceof ImisError && cause.code === 'BUREAU_UNREACHABLE';
      if (!away && !end.signal.aborted) ports.log('orders to a card', cause);
    }
  };

  return {
    follow: (slots) => {
      for (const { slot, state, kind, insertion } of slots) {
        const takesOrders = state === 'ready' && CardKind.safeParse(kind).success;
        if (!takesOrders || served.get(slot) === insertion) continue;
        served.set(slot, insertion);
        const work = serve(slot).finally(() => {
          if (running.get(slot) === work) running.delete(slot);
        });
        running.set(slot, work);
      }
    },
    settled: async () => {
      await Promise.all(running.values());
    },
    close: () => end.abort(),
  };
}
