/**
 * The bureau's issuing desk in a world of processes: the first clerk's card in one slot, blank cards in the other, on real readers.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import type { cardServiceContract } from '../../contract/card-service.ts';
import type { Api } from '../../contract/dispatch.ts';
import { openIssuingDesk, worldFolders } from '../../main/app/demonstration.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { startCardProcess } from '../../main/app/start-card-process.ts';
import type { IssuingDesk } from '../../main/station/issuing-desk.ts';
import { slotName, type WorldProcess } from './desk-world.ts';

/** A world (desk-world.ts) with a reader for issuing. */
interface IssuingWorld {
  readonly dir: string;
  readonly bureau: () => Pick<WorldProcess, 'url'>;
  insert(card: SoftwareCard, reader: 'Issuing', side: 0 | 1): Promise<void>;
  remove(card: SoftwareCard): Promise<void>;
}

/** An open issuing desk. */
export interface WorldIssuing {
  readonly desk: IssuingDesk;
  /** The card process of the desk. */
  readonly cards: Api<typeof cardServiceContract>;
  /** Puts a blank card in, works on it, takes it out; resolves when the slot is seen empty again. */
  issue<T>(card: SoftwareCard, work: (slot: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const silent = (): void => undefined;

/** Makes the first clerk's card out of a blank one and signs the clerk on. */
export async function openWorldIssuing(world: IssuingWorld, clerk: SoftwareCard): Promise<WorldIssuing> {
  const [left, right] = [slotName('Issuing', 0), slotName('Issuing', 1)];
  const { issuing: folder } = worldFolders(world.dir);
  const process = await startCardProcess({ kind: 'pcsc', names: [left, right] }, [folder], silent);
  const cards = process.as((await loadDesk(folder)).terminalId);
  const until = async (name: string, wanted: 'ready' | 'empty'): Promise<void> => {
    while (!(await cards.slots({})).some(({ slot, state }) => slot === name && state === wanted)) await pause(10);
  };
  await world.insert(clerk, 'Issuing', 0);
  await until(left, 'ready');
  const issuing = await openIssuingDesk(world.dir, world.bureau().url, cards, left, silent);
  return {
    desk: issuing.desk,
    cards,
    issue: async (card, work) => {
      await world.insert(card, 'Issuing', 1);
      await until(right, 'ready');
      const result = await work(right);
      await world.remove(card);
      await until(right, 'empty');
      return result;
    },
    close: async () => {
      await issuing.close();
      await process.close();
    },
  };
}
