/**
 * Where a prescription stands, as desks name it (bureau/domain/prescription-life.ts decides), and what makes a refill possible before its time.
 * @module
 */
import { z } from 'zod';

/** `accepted`: a pharmacy prepares it. `partly-dispensed`: parts are left. `owing`: the last part is handed out but for lines that are owed. */
export const PrescriptionState = z.enum([
  'issued',
  'accepted',
  'partly-dispensed',
  'owing',
  'dispensed',
  'cancelled',
  'expired',
]);
export type PrescriptionState = z.infer<typeof PrescriptionState>;

/**
 * What a patient declares to get a part before its window, once a prescription: going abroad, going home to an outlying island, a voyage as
 * a fisher or sailor, a rare disease (rules of the National Health Insurance for refill slips).
 */
export const RefillException = z.enum(['abroad', 'outlying-island', 'ocean-fishery', 'seafarer', 'rare-disease']);
export type RefillException = z.infer<typeof RefillException>;
