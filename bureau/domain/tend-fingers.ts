/**
 * What the bureau's timer does about fingers and emergencies: tells the gallery what it has still to be told, forgets who was among the candidates
 * of queries that are over, and has the gallery open before the first query needs it.
 * @module
 */
import type { Bureau } from './bureau.ts';

/** Throws GALLERY_UNAVAILABLE where somebody is enrolled and the gallery cannot be opened. */
export async function tendFingers(
  { store, fingers, clock }: Pick<Bureau, 'store' | 'fingers' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  await store.forgetCandidates(clock.now(), signal);
  await fingers.settle(signal);
  await fingers.recount(signal);
  if ((await store.fingerCount(signal)) > 0) await fingers.engines(signal);
}
