/**
 * The lock of a pharmacy that prepares a prescription: taken, recovered when its secret is lost, given up.
 * @module
 */
import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionState, RefillException } from '../../contract/prescription-state.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type Bureau, clerkOf, type RequestContext } from './bureau.ts';
import { type PrescriptionEvent, stateOf } from './prescription-life.ts';
import { decideStep, type StoredPrescription, storedPrescription } from './prescription-steps.ts';

/** Others change the same prescription: how often to look again before giving up. */
const TRIES = 8;

/** SHA-256 of a secret, as the bureau keeps it. */
export const secretHashOf = (secret: string): string => hex(h256(fromHex(secret)));

/** One event without a message; answers how the prescription then stands. */
async function step(
  bureau: Bureau,
  request: RequestContext,
  rxId: string,
  event: PrescriptionEvent,
): Promise<StoredPrescription> {
  const { terminal, signal } = request;
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await storedPrescription(bureau, rxId, signal);
    const source = { institution: terminal.institution, by: clerkOf(request), messageId: null };
    const change = await decideStep(bureau, stored, event, source, signal);
    if (await bureau.store.changePrescription(change, signal)) return storedPrescription(bureau, rxId, signal);
  }
  throw new Error('a prescription that changes all the while');
}

/**
 * Takes the lock of the next part for the pharmacy of this terminal. RX_NOT_FOUND, RX_OTHER_PHARMACY, RX_CANCELLED, RX_COLLECTED, RX_EXPIRED,
 * RX_TOO_EARLY, RX_EXCEPTION_USED, RX_LOCKED: it is taken, and not to be recovered.
 */
export async function acceptForDispensing(
  bureau: Bureau,
  request: RequestContext,
  rxId: string,
  { recover, exception }: { readonly recover: boolean; readonly exception?: RefillException },
): Promise<{ readonly secret: string; readonly part: number; readonly acceptedAt: string }> {
  const secret = hex(secureRng(32));
  const now = bureau.clock.now();
  const { life } = await step(bureau, request, rxId, {
    kind: 'accept',
    pharmacy: request.terminal.institution,
    secretHash: secretHashOf(secret),
    recover,
    exception: exception !== undefined,
    now,
  });
  return { secret, part: life.dispensed.length + 1, acceptedAt: instantOf(now) };
}

/** Gives the lock up. RX_NOT_ACCEPTED, RX_OTHER_PHARMACY, RX_SECRET_WRONG. */
export async function releasePrescription(
  bureau: Bureau,
  request: RequestContext,
  rxId: string,
  secret: string,
): Promise<{ readonly state: PrescriptionState }> {
  const { terms, life } = await step(bureau, request, rxId, {
    kind: 'release',
    pharmacy: request.terminal.institution,
    secretHash: secretHashOf(secret),
  });
  return { state: stateOf(terms, life, dayOf(bureau.clock.now())) };
}
