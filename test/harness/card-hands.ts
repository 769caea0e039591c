/**
 * Hands that put cards into slots and take them out, in a process of their own: what is measured in this process is not the cards' work.
 * @module
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

const common = { id: z.int(), card: z.int() };
/** What the hands do. */
export const Hand = z.discriminatedUnion('does', [
  z.strictObject({ does: z.literal('take'), ...common, file: z.string(), delay: z.number() }),
  z.strictObject({ does: z.literal('insert'), ...common, port: z.int() }),
  z.strictObject({ does: z.literal('remove'), ...common }),
]);
export type Hand = z.infer<typeof Hand>;
const Done = z.strictObject({ done: z.int() });

/** A card in the hands. */
export interface HeldCard {
  /** Puts it into the slot of vpcd at this port. */
  insert(port: number): Promise<void>;
  remove(): Promise<void>;
}

/** Cards, and the process that has them. */
export interface CardHands {
  /** The card saved in this file (main/app/card-tray.ts). `delay`: milliseconds that it takes for every command. */
  take(file: string, delay?: number): Promise<HeldCard>;
  close(): void;
}

/** Starts the process. */
export function startCardHands(): CardHands {
  const child = fork(join(import.meta.dirname, 'card-hands-process.ts'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let ids = 0;
  let cards = 0;
  child.on('message', (raw) => {
    const { done } = Done.parse(raw);
    waiting.get(done)?.resolve();
    waiting.delete(done);
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the hands ended with ${code}`));
  });
  const order = (hand: Hand): Promise<void> => {
    const answer = Promise.withResolvers<void>();
    waiting.set(hand.id, answer);
    child.send(hand);
    return answer.promise;
  };
  return {
    take: async (file, delay = 0) => {
      const card = cards++;
      await order({ does: 'take', id: ids++, card, file, delay });
      return {
        insert: (port) => order({ does: 'insert', id: ids++, card, port }),
        remove: () => order({ does: 'remove', id: ids++, card }),
      };
    },
    close: () => child.disconnect(),
  };
}
