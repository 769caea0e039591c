/**
 * What a station prints, and how often it has: a count of 1 is the original, of n the copy n - 1. The station counts before the screen prints,
 * so that nothing is ever printed as an original twice.
 * @module
 */
import { z } from 'zod';
import { Day, Id16, InstitutionCode } from './formats.ts';
import { MAX_PARTS } from './refill.ts';

/** How often a sheet was printed at this desk, also before its last start. */
const PrintCount = z.int().min(0);

/** Number of the copy that the newest print is; undefined for the original and where nothing was printed. */
export const copyNumber = (count: number): number | undefined => (count > 1 ? count - 1 : undefined);

/** The pickup slip of a prescription: all that may stand on it, and nothing that says whose it is or which drug. */
export const PickupSlip = z.strictObject({
  rxId: Id16,
  visitId: Id16,
  pharmacy: InstitutionCode,
  issued: Day,
  /** Last day, for the last part too. */
  expires: Day,
  /** The earliest day of each part, in order: when it opens in truth depends on when the one before is collected. */
  opens: z.array(Day).min(1).max(MAX_PARTS),
  printed: PrintCount,
});
export type PickupSlip = z.infer<typeof PickupSlip>;

/** What is printed of a hand-out: a label for each line that was given, and a slip where lines are owed. */
export const HandOutPaper = z.strictObject({
  /** Of the hand-out. */
  day: Day,
  /** Lines from 1, as in the prescription. */
  labels: z.array(z.strictObject({ line: z.int().min(1), printed: PrintCount })),
  owedSlip: z.strictObject({ printed: PrintCount }).optional(),
});
export type HandOutPaper = z.infer<typeof HandOutPaper>;
