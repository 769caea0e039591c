/**
 * Where a pharmacy gets a sealed prescription from: the bureau; what it fetched while there was a line; the patient's card, which carries the
 * newest ones (eq 11). What is fetched is kept until it is over, so that a storm finds the pharmacy with its inbox.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import type { SealedPrescription } from './pharmacy-verifying.ts';
import type { DeskPorts } from './ports.ts';
import type { PrescriptionStanding } from './prescription-view.ts';

/** A prescription, or why it cannot be had, and the bureau's word of where it stands, if it could be asked. */
export interface FoundPrescription {
  readonly source: 'bureau' | 'inbox' | 'card';
  readonly item: SealedPrescription | ImisError;
  readonly standing: PrescriptionStanding | undefined;
}

type Ports = Pick<DeskPorts, 'bureau' | 'cards' | 'store' | 'clock' | 'terminal' | 'log'>;

const isAway = (cause: unknown): boolean => cause instanceof ImisError && cause.code === 'BUREAU_UNREACHABLE';

/**
 * The prescription of a record of the card in `slot`, designated to this pharmacy. What concerns this one alone is in the answer; what concerns
 * the desk rejects. `token`: undefined for somebody who signed on off line.
 */
export async function findPrescription(
  ports: Ports,
  record: PrescriptionOnCard,
  { slot, token }: { readonly slot: string; readonly token: string | undefined },
  signal: AbortSignal,
): Promise<FoundPrescription> {
  const { rxId } = record;
  try {
    if (token !== undefined) {
      const item = await ports.bureau.inboxItem({ operator: token, params: { rxId } }, signal);
      await keep(ports, item, signal);
      const standing = await ports.bureau.prescriptionStatus({ params: { rxId } }, signal);
      return { source: 'bureau', item, standing };
    }
  } catch (cause) {
    if (cause instanceof ImisError && cause.code.startsWith('RX_'))
      return { source: 'bureau', item: cause, standing: undefined };
    if (!isAway(cause)) throw cause;
  }
  const kept = (await ports.store.inbox(signal)).find((one) => one.rxId === rxId);
  if (kept !== undefined) {
    const { ciphertext, designation, ack } = kept;
    return { source: 'inbox', item: { rxId, ciphertext, designation, ack }, standing: undefined };
  }
  try {
    const body = await ports.cards.patientPrescriptionBody({ slot, rxId }, signal);
    return { source: 'card', item: { rxId, ciphertext: toBase64(body) }, standing: undefined };
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'CARD_RECORD_NOT_FOUND')) throw cause;
    const item = new ImisError('BUREAU_UNREACHABLE', 'neither kept here nor on the card', { cause });
    return { source: 'card', item, standing: undefined };
  }
}

const keep = (
  { store, clock }: Ports,
  { rxId, ciphertext, designation, ack }: Required<SealedPrescription>,
  signal: AbortSignal,
): Promise<void> =>
  store.keepInbox({ version: 1, rxId, ciphertext, designation, ack, keptAt: instantOf(clock.now()) }, signal);

/** Fetches what waits for this pharmacy and is not kept yet, and forgets what waits no more. Answers how many are kept. */
async function refreshInbox(ports: Ports, token: string, signal: AbortSignal): Promise<number> {
  const { items } = await ports.bureau.inbox({ operator: token }, signal);
  const waiting = new Set(items.map(({ rxId }) => rxId));
  const kept = new Set<string>();
  for (const { rxId } of await ports.store.inbox(signal)) {
    if (waiting.has(rxId)) kept.add(rxId);
    else await ports.store.dropInbox(rxId, signal);
  }
  for (const rxId of waiting) {
    if (kept.has(rxId)) continue;
    await keep(ports, await ports.bureau.inboxItem({ operator: token, params: { rxId } }, signal), signal);
    kept.add(rxId);
  }
  return kept.size;
}

/** Refreshes the inbox now and every few minutes while somebody is signed on; the answer ends it. */
export function followInbox(
  ports: Ports & Pick<DeskPorts, 'later'>,
  token: () => string | undefined,
  everyMs: number,
): { readonly now: () => void; readonly close: () => void } {
  const end = new AbortController();
  let stop: (() => void) | undefined;
  let running = false;
  const round = async (): Promise<void> => {
    const by = token();
    if (by === undefined || running) return;
    running = true;
    try {
      await refreshInbox(ports, by, end.signal);
    } catch (cause) {
      if (!isAway(cause) && !end.signal.aborted) ports.log('inbox', cause);
    } finally {
      running = false;
    }
  };
  const again = (): void => {
    if (end.signal.aborted) return;
    stop = ports.later(everyMs, () => {
      void round().finally(again);
    });
  };
  again();
  return {
    now: () => void round(),
    close: () => {
      end.abort();
      stop?.();
    },
  };
}
