/**
 * Settling a set that a torn write left open on a patient's card (card note 3.6): what the bureau accepted, or this desk keeps for it, takes
 * effect; the rest is taken back by a desk that is about to write, and left alone by every other, for an open set is seen by nobody.
 * @module
 */
import { type ErrorCode, ImisError, refusalOf } from '../../contract/errors.ts';
import type { DeskPorts } from './ports.ts';

/** What settling works with. */
export type SettlingPorts = Pick<DeskPorts, 'cards' | 'bureau' | 'outbox' | 'store' | 'log'>;

/** What became of a message: the bureau has it, or it waits here for the bureau; the bureau has it not; or nobody could be asked. */
export type Fate = 'accepted' | 'waiting' | 'not-accepted' | 'unknown';

/** Codes with which a card says that it will never take a set, whoever asks. */
const NEVER_TAKEN: ReadonlySet<ErrorCode> = new Set(['CARD_REFUSED', 'CARD_FULL', 'CARD_ALREADY_USED']);

/** What this desk knows, else what the bureau says. */
export async function fateOf(ports: SettlingPorts, reference: string, signal: AbortSignal): Promise<Fate> {
  switch (await ports.outbox.stateOf(reference, signal)) {
    case 'waiting':
      return 'waiting';
    case 'refused':
      return 'not-accepted';
    case 'absent':
      break;
  }
  const kept = (await ports.store.keptSets(signal)).find((set) => set.reference === reference);
  if (kept?.accepted === true) return 'accepted';
  try {
    const { accepted } = await ports.bureau.messageState({ params: { id: reference } }, signal);
    return accepted ? 'accepted' : 'not-accepted';
  } catch (cause) {
    if (!(cause instanceof ImisError) || cause.code === 'CANCELLED') throw cause;
    ports.log('settle', cause);
    return 'unknown';
  }
}

/**
 * Settles the set that is open on the card in a slot, if one is. A desk that is `aboutToWrite` takes back what nobody accepted and what lacks
 * records: the desk that signed it has it still and writes it anew when the card comes back to it. Answers the reference of a set that took
 * effect. Rejects as the card does.
 */
export async function settleOpenSet(
  ports: SettlingPorts,
  slot: string,
  { aboutToWrite }: { readonly aboutToWrite: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { cards, log } = ports;
  const { state, reference } = await cards.patientPendingSet({ slot }, signal);
  if (state === 'none') return undefined;
  const takeBack = async (): Promise<undefined> => {
    if (aboutToWrite) await cards.patientRollBackSet({ slot, reference }, signal);
  };
  const fate = state === 'filling' ? 'not-accepted' : await fateOf(ports, reference, signal);
  switch (fate) {
    case 'accepted':
    case 'waiting':
      try {
        await cards.patientCommitSet({ slot, reference }, signal);
        return reference;
      } catch (cause) {
        // It must not keep its holder from every desk.
        if (!NEVER_TAKEN.has(refusalOf(cause).code)) throw cause;
        log('settle', cause);
        return takeBack();
      }
    case 'not-accepted':
      return takeBack();
    case 'unknown':
      return undefined;
  }
}
