/**
 * A tray of software cards kept in a folder: `tray.json` says which, `<id>.card` is the card's memory. For demonstrations only: the files
 * hold private keys in the clear.
 * @module
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { loadCard } from '../../card/simulator/load-card.ts';
import { createSoftwareReader, type SoftwareReader } from '../../card/simulator/software-reader.ts';
import { TrayCard } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import type { Tray } from '../station/card-service.ts';

/** The list of cards in a tray's folder. */
export const TrayFile = z.strictObject({ version: z.literal(1), cards: z.array(TrayCard.omit({ slot: true })) });
export type TrayFile = z.infer<typeof TrayFile>;

const SAVE_AFTER_MS = 250;

/** Where the tray of a folder is listed. */
export const trayFile = (folder: string): string => join(folder, 'tray.json');
/** Where a card's memory lies. */
export const cardFile = (folder: string, id: string): string => join(folder, `${id}.card`);

/** Writes a card's memory so that a crash leaves the old or the new one. */
export function saveCard(folder: string, id: string, card: SoftwareCard): void {
  const file = cardFile(folder, id);
  writeFileSync(`${file}.new`, card.save(), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Opens a tray over these slots. */
export function openTray(
  folder: string,
  slots: readonly string[],
  backend: GroupBackend,
): { readonly reader: SoftwareReader; readonly tray: Tray; save(): void } {
  const listed = existsSync(trayFile(folder))
    ? TrayFile.parse(JSON.parse(readFileSync(trayFile(folder), 'utf8'))).cards
    : [];
  const reader = createSoftwareReader(slots);
  const places = new Map<string, string>();
  const listeners = new Set<(cards: readonly TrayCard[]) => void>();
  const unsaved = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const loaded = new Map<string, SoftwareCard>();

  const save = (): void => {
    for (const id of unsaved) {
      const card = loaded.get(id);
      if (card !== undefined) saveCard(folder, id, card);
    }
    unsaved.clear();
  };
  const cardOf = (id: string): SoftwareCard => {
    const known = loaded.get(id);
    if (known !== undefined) return known;
    const { card } = loadCard(new Uint8Array(readFileSync(cardFile(folder, id))), { backend });
    const kept: SoftwareCard = {
      ...card,
      transmit: async (command) => {
        const answer = await card.transmit(command);
        unsaved.add(id);
        timer ??= setTimeout(() => {
          timer = undefined;
          save();
        }, SAVE_AFTER_MS);
        return answer;
      },
    };
    loaded.set(id, kept);
    return kept;
  };

  const cards = (): readonly TrayCard[] =>
    listed.map((card) => {
      const slot = [...places].find(([, id]) => id === card.id)?.[0];
      return slot === undefined ? card : { ...card, slot };
    });
  const tell = (): void => {
    for (const listener of listeners) listener(cards());
  };

  return {
    reader,
    save,
    tray: {
      cards,
      insert: (id, slot) => {
        const known = listed.some((card) => card.id === id);
        if (!known || !slots.includes(slot)) throw new ImisError('NOT_FOUND', 'no such card or slot');
        if (places.has(slot)) throw new ImisError('READER_BUSY', 'the slot is taken');
        const before = [...places].find(([, other]) => other === id)?.[0];
        if (before !== undefined) {
          reader.remove(before);
          places.delete(before);
        }
        reader.insert(slot, cardOf(id));
        places.set(slot, id);
        tell();
      },
      remove: (slot) => {
        reader.remove(slot);
        places.delete(slot);
        save();
        tell();
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => {
          listeners.delete(listener);
        };
      },
    },
  };
}
