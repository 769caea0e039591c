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
  /** `undefined`: it is over, and nothing of it is needed any more. */
  readonly item: SealedPrescription | ImisError | undefined;
  readonly standing: PrescriptionStanding | undefined;
}

type Ports = Pick<DeskPorts, 'bureau' | 'cards' | 'store' | 'clock' | 'terminal' | 'log'>;

const isAway = (cause: unknown): boolean => cause instanceof ImisError && cause.code === 'BUREAU_UNREACHABLE';

/** Which card, whose word to the bureau, and which pickups this desk began and has not finished. */
export interface DeskAndCard {
  readonly slot: string;
  /** Undefined for somebody who signed on off line. */
  readonly token: string | undefined;
  readonly begun: ReadonlyMap<string, unknown>;
}

/**
 * The prescriptions of these records of the card in `slot`, designated to this pharmacy, by R_X_ID. What concerns one alone is in its answer; what
 * concerns the desk rejects. What the bureau gave is kept, all of it in one write.
 */
export async function findPrescriptions(
  ports: Ports,
  records: readonly PrescriptionOnCard[],
  { slot, token, begun }: DeskAndCard,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundPrescription>> {
  const found = new Map<string, FoundPrescription>();
  const fetched: Fetched[] = [];
  for (const { rxId, status } of records) {
    const mayBeOver = status === 'collected' && !begun.has(rxId);
    const asked =
      token === undefined ? undefined : await askBureau(ports, { operator: token, mayBeOver }, rxId, signal);
    if (asked?.item !== undefined && !(asked.item instanceof ImisError)) fetched.push(asked.item);
    found.set(rxId, asked ?? (await findHere(ports, rxId, slot, signal)));
  }
  await keep(ports, fetched, signal);
  return found;
}

type Fetched = Required<SealedPrescription>;

/** Nothing is owed of it, and nothing can be taken back any more. */
const isOver = ({ owed, newest }: PrescriptionStanding, now: number): boolean =>
  owed.length === 0 && (newest === undefined || Date.parse(newest.takeBackUntil) < now);

/** What the bureau says; undefined while it is away. `mayBeOver`: the card has given all of it. */
async function askBureau(
  { bureau, clock }: Ports,
  { operator, mayBeOver }: { readonly operator: string; readonly mayBeOver: boolean },
  rxId: string,
  signal: AbortSignal,
): Promise<(FoundPrescription & { readonly item: Fetched | ImisError | undefined }) | undefined> {
  const params = { rxId };
  const asking = bureau.prescriptionStatus({ params }, signal);
  try {
    if (mayBeOver) {
      const standing = await asking;
      if (isOver(standing, clock.now())) return { source: 'bureau', item: undefined, standing };
    }
    const [item, standing] = await Promise.all([bureau.inboxItem({ operator, params }, signal), asking]);
    return { source: 'bureau', item, standing };
  } catch (cause) {
    if (cause instanceof ImisError && cause.code.startsWith('RX_'))
      return { source: 'bureau', item: cause, standing: undefined };
    if (!isAway(cause)) throw cause;
    return undefined;
  }
}

/** What is kept here, or on the card. */
async function findHere(ports: Ports, rxId: string, slot: string, signal: AbortSignal): Promise<FoundPrescription> {
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

async function keep({ store, clock }: Ports, items: readonly Fetched[], signal: AbortSignal): Promise<void> {
  if (items.length === 0) return;
  const keptAt = instantOf(clock.now());
  await store.keepInbox(
    items.map(({ rxId, ciphertext, designation, ack }) => ({ version: 1, rxId, ciphertext, designation, ack, keptAt })),
    signal,
  );
}

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
    // One by one: what has come is kept although the line breaks before the next.
    await keep(ports, [await ports.bureau.inboxItem({ operator: token, params: { rxId } }, signal)], signal);
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
