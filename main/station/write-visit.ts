/**
 * Eq 11 so that it may be said again: whatever a torn write left on the card, one call later the card holds the visit exactly once
 * (card note 3.6).
 * @module
 */
import { PATIENT_FILES } from '../../card/apps/card-profile.ts';
import type { PatientApp, VisitSet } from '../../card/apps/patient-app.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';

/** A visit with what goes on the card beside it. */
type WholeVisit = VisitSet & { readonly visit: Uint8Array };

async function isHeld(app: PatientApp, { visit }: WholeVisit, signal: AbortSignal | undefined): Promise<boolean> {
  return (await app.readVisits(signal)).some((one) => equalBytes(one, visit));
}

/** The set without the allergies that the card holds already, and without those beyond the room of its file: one too many refuses all. */
async function withRoom(app: PatientApp, set: WholeVisit, signal: AbortSignal | undefined): Promise<WholeVisit> {
  const { allergies = [] } = set;
  if (allergies.length === 0) return set;
  const held = await app.readAllergies(signal);
  const lacking = allergies.filter((one) => !held.some((there) => equalBytes(there, one)));
  return { ...set, allergies: lacking.slice(0, PATIENT_FILES.allergies.records - held.length) };
}

/**
 * Stages the set unless the card holds it, staged or committed. Visit and prescription take effect together, so whoever holds the visit holds
 * both. What lies there of this very set and is not whole is rolled back first. Rejects as the card's commands do, with CARD_REFUSED while
 * another set is open.
 */
export async function stageVisitOnce(app: PatientApp, set: WholeVisit, signal: AbortSignal | undefined): Promise<void> {
  if (await isHeld(app, set, signal)) return;
  const { state, sequence, reference } = await app.txStatus(signal);
  const own = state !== 'none' && equalBytes(reference, set.reference);
  if (own && state === 'complete') return;
  if (own) await app.rollback(sequence, signal);
  await app.stageVisitAndPrescription(await withRoom(app, set, signal), signal);
}

/** Commits the open set with this reference. Harmless where none is open; rejects with CARD_REFUSED when it is not whole. */
export async function commitOpenSet(
  app: PatientApp,
  reference: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const status = await app.txStatus(signal);
  if (status.state !== 'none' && equalBytes(status.reference, reference)) await app.commit(status, signal);
}

/** Takes back the open set with this reference, whole or not. Harmless where none is open. */
export async function rollBackOpenSet(
  app: PatientApp,
  reference: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { state, sequence, ...open } = await app.txStatus(signal);
  if (state !== 'none' && equalBytes(open.reference, reference)) await app.rollback(sequence, signal);
}

/** Stages and commits. */
export async function writeVisitOnce(app: PatientApp, set: WholeVisit, signal: AbortSignal | undefined): Promise<void> {
  await stageVisitOnce(app, set, signal);
  await commitOpenSet(app, set.reference, signal);
}
