/**
 * What `imis card conformance` and the process that has the reader say to each other. The PIN goes this way and not as an argument, which
 * every program of the machine could read.
 * @module
 */
import { z } from 'zod';
import { PinDigits } from '../../contract/formats.ts';

/** What is asked for. */
export const ConformanceRequest = z.strictObject({
  reader: z.string(),
  /** Folder of a desk. */
  desk: z.string().optional(),
  pin: PinDigits.optional(),
  /** The blank card may be consumed. */
  blank: z.boolean(),
});
export type ConformanceRequest = z.infer<typeof ConformanceRequest>;

/** What came of one check (card/conformance/run-conformance.ts). */
const ConformanceOutcome = z.strictObject({
  id: z.string(),
  clause: z.string(),
  what: z.string(),
  result: z.enum(['passed', 'failed', 'skipped']),
  detail: z.string(),
});
export type ConformanceOutcome = z.infer<typeof ConformanceOutcome>;

/** Each check as it ends; then `done`, or why there was nothing to check: a code, or the message of what was not foreseen. */
export const ConformanceMessage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('outcome'), outcome: ConformanceOutcome }),
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({ kind: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type ConformanceMessage = z.infer<typeof ConformanceMessage>;
