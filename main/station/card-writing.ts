/**
 * Eq 11 at the clinic: what was signed goes on the patient's card. A card that left early gets its set when it comes back to this desk,
 * be it after the next patient. Until then the set is kept by the card's fingerprint; it holds a pseudonym and no name.
 * @module
 */
import { cardFingerprint, type OpenedVisit } from './clinic-opening.ts';
import type { SignedVisit } from './clinic-signing.ts';
import type { DeskPorts } from './ports.ts';

/** Writes to cards, at once or later. */
export interface CardWriting {
  /** Keeps a set until its card holds it. */
  keep(visit: OpenedVisit, signed: SignedVisit): void;
  /** Writes what is kept for the card in a slot; answers the record ids of the visits that it holds from now on. Rejects as the card does. */
  catchUp(slot: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Is anything kept? */
  waiting(): boolean;
}

/** Creates it with nothing kept. */
export function createCardWriting({ cards }: Pick<DeskPorts, 'cards'>): CardWriting {
  const kept = new Map<string, readonly SignedVisit[]>();
  return {
    keep: ({ certificate }, signed) => {
      const card = cardFingerprint(certificate);
      kept.set(card, [...(kept.get(card) ?? []), signed]);
    },
    catchUp: async (slot, signal) => {
      const { signing } = await cards.patientCertificates({ slot }, signal);
      const card = cardFingerprint(signing);
      const written: string[] = [];
      for (const signed of kept.get(card) ?? []) {
        const { prescription, visitOnCard } = signed;
        await cards.patientWriteVisit(
          { slot, visit: visitOnCard, ...(prescription === undefined ? {} : { prescription: prescription.onCard }) },
          signal,
        );
        written.push(signed.recordId);
        const left = (kept.get(card) ?? []).filter((one) => one !== signed);
        if (left.length > 0) kept.set(card, left);
        else kept.delete(card);
      }
      return written;
    },
    waiting: () => kept.size > 0,
  };
}
