/**
 * The demonstration, running: its world made if need be, the bureau embedded, a station with all desks, fingers to lay on its scanner.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Desk } from '../../contract/station.ts';
import { wipe } from '../../crypto/common/bytes.ts';
import type { Station } from '../station/create-station.ts';
import type { StationLog } from '../station/ports.ts';
import { beginEpoch } from './administer-bureau.ts';
import { composeStation } from './compose-station.ts';
import { later } from './create-desk-ports.ts';
import { ensureDemonstration, worldFolders } from './demonstration.ts';
import { createLaidFingers } from './laid-fingers.ts';
import { replaceFileDurably } from './new-folder.ts';
import { GENERATED_PASSPHRASE_COST, generatePassphrase } from './officers/sealed-secret.ts';
import { pinStoreKey } from './pin-store-key.ts';
import { EXAMPLE_SAFETY_TABLE, readSafetyTable } from './read-safety-table.ts';
import { runBureau } from './run-bureau.ts';
import type { StoreKeyKeeper } from './store-key.ts';
import { storePins } from './store-pin.ts';
import { systemClock } from './system-clock.ts';
import { VIRTUAL_CARD_COMPONENT } from './virtual-card-client.ts';

const DESKS = Desk.options;

/** A running demonstration. */
export interface Demonstration {
  readonly station: Station;
  readonly bureauUrl: string;
  /** File with the PIN of the desks' stores. */
  readonly storePin: string;
  readonly cardProcess: () => number | undefined;
  readonly rebuildReaders: () => void;
  /** Ends everything; the software cards are saved. */
  close(): Promise<void>;
}

/** Where a demonstration lives unless told otherwise: the environment's IMIS_HOME, or `out/demonstration` beside the sources. */
export const demonstrationHome = (root: string): string =>
  process.env['IMIS_HOME'] ?? join(root, 'out', 'demonstration');

/** Keeps the keys of the stores under a PIN that lies beside them, made when missing: for demonstration only. */
function demonstrationStoreKey(file: string): StoreKeyKeeper {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const pin = generatePassphrase();
    replaceFileDurably(file, pin);
    wipe(pin);
  }
  return pinStoreKey(storePins(file), GENERATED_PASSPHRASE_COST);
}

/** Two readers for each desk; where agents are served a third, for an agent's own card beside the patient's. */
const slotsOf = (desk: (typeof DESKS)[number]): readonly string[] =>
  ['left', 'right', ...(desk === 'registration' || desk === 'pharmacy' ? ['third'] : [])].map(
    (side) => `${desk}/${side}`,
  );

/** Starts it. Real readers are used where PC/SC names any, else a tray of software cards. */
export async function openDemonstration(
  home: string,
  log: StationLog,
  { virtualCardUrl = VIRTUAL_CARD_COMPONENT }: { readonly virtualCardUrl?: string } = {},
): Promise<Demonstration> {
  const isNew = await ensureDemonstration(home, log);
  const folders = worldFolders(home);
  // A doctor's card is issued for the first class of its holder; the emergency room and controlled drugs come with the next epoch.
  if (isNew) await beginEpoch(folders.bureau, systemClock);
  const bureau = await runBureau(folders.bureau, { host: '127.0.0.1', port: 0 }, systemClock, log);
  const laidFingers = createLaidFingers(later);
  const composed = await composeStation(
    {
      laidFingers,
      desks: DESKS.map((desk) => ({
        folder: desk === 'card-office' ? folders.issuing : folders[desk],
        data: folders.data(desk),
        // Software slots are named after the desk; real readers serve whichever desk is on the screen.
        ownsSlot: (slot) => !slot.includes('/') || slot.startsWith(`${desk}/`),
      })),
      storeKey: demonstrationStoreKey(folders.storePin),
      bureauUrl: bureau.url,
      cards: { kind: 'auto', folder: folders.cards, slots: DESKS.flatMap(slotsOf) },
      demonstration: true,
      safetyTable: readSafetyTable(EXAMPLE_SAFETY_TABLE),
      virtualCardUrl,
    },
    log,
  );
  return {
    station: composed.station,
    bureauUrl: bureau.url,
    storePin: folders.storePin,
    cardProcess: composed.cardProcess,
    rebuildReaders: composed.rebuildReaders,
    close: async () => {
      await composed.close();
      await laidFingers.close();
      await bureau.close();
    },
  };
}
