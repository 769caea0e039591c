/**
 * Eq 11 at the clinic: what was signed goes on the patient's card, staged before it is sent and committed after. A card that left early gets
 * its set when it comes back to this desk, be it after the next patient or after the station was started anew: until then the set lies in
 * the desk's store, by the card's fingerprint. It holds a pseudonym and no name.
 * @module
 */
import { ImisError, refusalOf } from '../../contract/errors.ts';
import { cardFingerprint, type OpenedVisit } from './clinic-opening.ts';
import type { SignedVisit } from './clinic-signing.ts';
import type { KeptSet } from './ports.ts';
import { fateOf, type SettlingPorts, settleOpenSet } from './settle-set.ts';

/** Writes to cards, at once or later. What it is told is on the disk when it answers. */
export interface CardWriting {
  /** Keeps a set until its card holds it. */
  keep(visit: OpenedVisit, signed: SignedVisit, signal: AbortSignal): Promise<KeptSet>;
  /** Puts a kept set on its card, not yet in effect. Rejects as the card does, and with CARD_OTHER_PERSON when another lies there. */
  stage(slot: string, set: KeptSet, signal: AbortSignal): Promise<void>;
  /** The bureau has acknowledged the messages of a set. */
  accepted(set: KeptSet, signal: AbortSignal): Promise<void>;
  /** The bureau refused the messages of a set: it is taken back, on the card too if that is still there. */
  abandon(slot: string, set: KeptSet, signal: AbortSignal): Promise<void>;
  /** Writes what is kept for the card in a slot; answers the record ids of the visits that it holds from now on. Rejects as the card does. */
  catchUp(slot: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The prescription of this set was cancelled: where it waits still, the visit alone goes on the card. */
  withdraw(rxId: string, signal: AbortSignal): Promise<void>;
  /** Is anything kept? */
  waiting(): boolean;
}

const onCard = (slot: string, { reference, visit, prescription, allergies }: KeptSet) => ({
  slot,
  reference,
  visit,
  ...(prescription === undefined ? {} : { prescription }),
  ...(allergies === undefined ? {} : { allergies }),
});

/**
 * Creates it with what an earlier session kept. `beside` has the doctor's card prove itself to the patient's card in a slot: without one it
 * takes nothing. Rejects with DOCTOR_CARD_ABSENT or PIN_REQUIRED.
 */
export async function createCardWriting(
  ports: SettlingPorts,
  beside: (slot: string, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<CardWriting> {
  const { cards, store, log } = ports;
  let kept: readonly KeptSet[] = await store.keptSets(signal);

  /** A doctor's card that proved itself in this stay of the patient's card has done so for all of it: it may be out by now. */
  const besideDoctor = async (slot: string, work: () => Promise<unknown>, at: AbortSignal): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      if (refusalOf(cause).code !== 'CARD_ROLE_REFUSED') throw cause;
      await beside(slot, at);
      await work();
    }
  };

  const save = async (set: KeptSet, at: AbortSignal): Promise<void> => {
    await store.keepSet(set, at);
    kept = [...kept.filter(({ reference }) => reference !== set.reference), set];
  };
  const forget = async ({ reference }: KeptSet, at: AbortSignal): Promise<void> => {
    await store.dropSet(reference, at);
    kept = kept.filter((set) => set.reference !== reference);
  };

  return {
    keep: async ({ certificate }, signed, at) => {
      const { reference, recordId, visitOnCard, prescription, allergiesOnCard } = signed;
      const set: KeptSet = {
        version: 1,
        reference,
        card: cardFingerprint(certificate),
        recordId,
        accepted: false,
        visit: visitOnCard,
        ...(prescription === undefined ? {} : { prescription: prescription.onCard }),
        ...(allergiesOnCard.length === 0 ? {} : { allergies: [...allergiesOnCard] }),
      };
      await save(set, at);
      return set;
    },
    stage: async (slot, set, at) => {
      const { signing } = await cards.patientCertificates({ slot }, at);
      if (cardFingerprint(signing) !== set.card)
        throw new ImisError('CARD_OTHER_PERSON', 'another card than the one that was signed for');
      await settleOpenSet(ports, slot, { aboutToWrite: true }, at);
      await besideDoctor(slot, () => cards.patientStageVisit(onCard(slot, set), at), at);
    },
    accepted: (set, at) => save({ ...set, accepted: true }, at),
    abandon: async (slot, set, at) => {
      await forget(set, at);
      try {
        await cards.patientRollBackSet({ slot, reference: set.reference }, at);
      } catch (cause) {
        // The card has left; whichever desk settles its set hears from the bureau that nothing was accepted.
        log('take back from card', cause);
      }
    },
    catchUp: async (slot, at) => {
      const { signing } = await cards.patientCertificates({ slot }, at);
      const card = cardFingerprint(signing);
      const written: string[] = [];
      for (const set of kept.filter((one) => one.card === card)) {
        const fate = set.accepted ? 'accepted' : await fateOf(ports, set.reference, at);
        switch (fate) {
          case 'accepted':
          case 'waiting':
            if (set.withdrawn === true) await cards.patientRollBackSet({ slot, reference: set.reference }, at);
            // A set that lies whole on the card needs no doctor beside it any more.
            if ((await settleOpenSet(ports, slot, { aboutToWrite: true }, at)) !== set.reference) {
              await besideDoctor(slot, () => cards.patientWriteVisit(onCard(slot, set), at), at);
            }
            written.push(set.recordId);
            await forget(set, at);
            break;
          case 'not-accepted':
            await cards.patientRollBackSet({ slot, reference: set.reference }, at);
            await forget(set, at);
            break;
          case 'unknown':
            break;
        }
      }
      return written;
    },
    withdraw: async (rxId, at) => {
      for (const { prescription, ...set } of kept)
        if (prescription?.record.rxId === rxId) await save({ ...set, withdrawn: true }, at);
    },
    waiting: () => kept.length > 0,
  };
}
