/**
 * Delivering orders: from the number the card names on, once a stay, and never in the way of anybody.
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { SlotView } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { createOrderDelivery, deliverOrders, type OrderPorts } from './deliver-orders.ts';

const { signal } = new AbortController();
const SERIAL = '51'.repeat(16);

/** A card that has taken two orders, and a bureau that has `orders` in all. */
function stage(orders: number, fails: { readonly bureau?: ImisError; readonly card?: ImisError } = {}) {
  const asked: unknown[] = [];
  const given: string[] = [];
  const logged: unknown[] = [];
  const ports = {
    cards: {
      cardOrders: async ({ slot }: { slot: string }) => {
        asked.push(slot);
        return { serial: SERIAL, last: 2 };
      },
      cardOrder: async ({ slot, order }: { slot: string; order: Uint8Array }) => {
        if (fails.card !== undefined) throw fails.card;
        given.push(`${slot} ${order[0]}`);
        return { applied: true };
      },
    },
    bureau: {
      cardOrders: async ({ body }: { body: { serial: string; last: number } }) => {
        if (fails.bureau !== undefined) throw fails.bureau;
        asked.push(body);
        const after = Array.from({ length: orders - body.last }, (_, i) => Uint8Array.of(body.last + 1 + i));
        return { orders: after.map(toBase64) };
      },
    },
    log: (_event: string, cause: unknown) => logged.push(cause),
    // The three calls that delivering makes; nothing else of the ports is touched.
  } as unknown as OrderPorts;
  return { ports, asked, given, logged };
}

const view = (changes: Partial<SlotView> = {}): SlotView => ({
  slot: 'left',
  state: 'ready',
  kind: 'patient',
  insertion: 1,
  ...changes,
});

describe('orders', () => {
  it('are asked for after the last that the card took, and given in sequence', async () => {
    const { ports, asked, given } = stage(5);
    expect(await deliverOrders(ports, 'left', signal)).toBe(3);
    expect(asked).toEqual(['left', { serial: SERIAL, last: 2 }]);
    expect(given).toEqual(['left 3', 'left 4', 'left 5']);
  });

  it('come once for each stay of a card of ours', async () => {
    const { ports, given, asked } = stage(3);
    const delivery = createOrderDelivery(ports);
    delivery.follow([view(), view({ slot: 'right', kind: 'nhi' }), view({ slot: 'third', state: 'reading' })]);
    delivery.follow([view()]);
    await delivery.settled();
    expect(given).toEqual(['left 3']);
    delivery.follow([view({ insertion: 2, kind: 'doctor' })]);
    await delivery.settled();
    expect(asked.filter((one) => one === 'left')).toHaveLength(2);
  });

  it('are left to another desk that serves the same reader and is faster', async () => {
    const { ports, given } = stage(4);
    const { cards } = ports;
    let last = 2;
    const shared = {
      ...ports,
      cards: {
        ...cards,
        cardOrders: async () => ({ serial: SERIAL, last }),
        cardOrder: async (input: { slot: string; order: Uint8Array }) => {
          last = 4;
          if (input.order[0] === 3) throw new ImisError('CARD_REFUSED', 'the other desk gave it');
          return cards.cardOrder(input);
        },
      },
    } as OrderPorts;
    expect(await deliverOrders(shared, 'left', signal)).toBe(0);
    expect(given).toEqual([]);
  });

  it('that the bureau cannot be asked for are no fault; other failures are logged; neither stops anybody', async () => {
    const away = stage(3, { bureau: new ImisError('BUREAU_UNREACHABLE', 'no line') });
    const refusing = stage(3, { card: new ImisError('CARD_REFUSED', 'out of sequence') });
    for (const { ports } of [away, refusing]) {
      const delivery = createOrderDelivery(ports);
      delivery.follow([view()]);
      await delivery.settled();
      delivery.close();
    }
    expect(away.logged).toEqual([]);
    expect(refusing.logged).toMatchObject([{ code: 'CARD_REFUSED' }]);
  });
});
