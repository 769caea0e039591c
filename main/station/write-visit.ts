/**
 * Eq 11 so that it may be said again: whatever a torn write left on the card, one call later the card holds the visit exactly once
 * (card note 3.6).
 * @module
 */
import type { PatientApp, VisitSet } from '../../card/apps/patient-app.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';

/**
 * Writes the set unless the card holds it. Visit and prescription take effect together, so whoever holds the visit holds both. A set
 * that was never committed is rolled back: the desk that signed it has it still and writes it anew. Rejects as the card's commands do.
 */
export async function writeVisitOnce(
  app: PatientApp,
  set: VisitSet & { readonly visit: Uint8Array },
  signal: AbortSignal | undefined,
): Promise<void> {
  const held = await app.readVisits(signal);
  if (held.some((visit) => equalBytes(visit, set.visit))) return;
  const { records, sequence } = await app.txStatus(signal);
  if (records > 0) await app.rollback(sequence, signal);
  await app.writeVisitAndPrescription(set, signal);
}
