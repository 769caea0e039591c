/**
 * One drug of a prescription as desks and records say it.
 * @module
 */
import { z } from 'zod';
import { MAX_DAYS_PER_PART } from './refill.ts';

/** One line of a prescription as people read it. */
export const MedicationLine = z.strictObject({
  /** ATC code (WHO). */
  code: z.string().regex(/^[A-Z0-9]{3,7}$/u),
  /** Amount of one dose and its unit, e.g. 1 tablet. */
  dose: z.number().positive().max(1000),
  unit: z.enum(['tablet', 'capsule', 'ml', 'puff', 'drop']),
  timesPerDay: z.int().min(1).max(12),
  /** Of one part. */
  days: z.int().min(1).max(MAX_DAYS_PER_PART),
});
export type MedicationLine = z.infer<typeof MedicationLine>;
