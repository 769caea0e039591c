/**
 * What crosses between a station and its card process (structured clone): calls and events of contract/card-service.ts, and a sign of life.
 * @module
 */
import { z } from 'zod';

/** Where the cards come from. `auto`: real readers where PC/SC reports any, else the tray. */
export const CardSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pcsc'), names: z.array(z.string()).exactOptional() }),
  z.strictObject({ kind: z.literal('software'), slots: z.array(z.string()).min(1), folder: z.string() }),
  z.strictObject({ kind: z.literal('auto'), slots: z.array(z.string()).min(1), folder: z.string() }),
]);
export type CardSource = z.infer<typeof CardSource>;

/** Parent to card process: `terminals` are the desk folders of this machine, `terminal` the id of the one that asks. */
export const ToCards = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    source: CardSource,
    terminals: z.array(z.string()),
    firstInsertion: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal('ping') }),
  z.strictObject({ kind: z.literal('call'), id: z.int(), terminal: z.string(), name: z.string(), input: z.unknown() }),
  z.strictObject({ kind: z.literal('cancel'), id: z.int() }),
]);
export type ToCards = z.infer<typeof ToCards>;

/** Card process to parent. */
export const FromCards = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready'), source: z.enum(['pcsc', 'software']) }),
  z.strictObject({ kind: z.literal('failed'), code: z.string() }),
  z.strictObject({ kind: z.literal('pong') }),
  z.strictObject({ kind: z.literal('reply'), id: z.int(), reply: z.unknown() }),
  z.strictObject({ kind: z.literal('event'), name: z.string(), event: z.unknown() }),
]);
export type FromCards = z.infer<typeof FromCards>;
