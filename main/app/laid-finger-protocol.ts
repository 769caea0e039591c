/**
 * What is said to the thread that draws fingers for a demonstration.
 * @module
 */
import { z } from 'zod';

/** One impression to draw. */
export const LaidOrder = z.strictObject({
  person: z.int().min(1),
  finger: z.int().min(1).max(10),
  /** Each impression of a finger is another one. */
  impression: z.int().min(1),
  /** Only part of the finger touches. */
  poor: z.boolean(),
  /** PNG to write. */
  file: z.string(),
});
export type LaidOrder = z.infer<typeof LaidOrder>;

/** It is there. */
export const LaidAnswer = z.strictObject({ file: z.string() });
export type LaidAnswer = z.infer<typeof LaidAnswer>;
