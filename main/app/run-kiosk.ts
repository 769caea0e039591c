/**
 * One kiosk: a desk folder, its readers, its screens on loopback. Started by `imis kiosk`.
 * @module
 */
import { join } from 'node:path';
import { ImisError } from '../../contract/errors.ts';
import type { OsKeyStore } from '../electron/os-key-store.ts';
import { startLoopback } from '../loopback/start-loopback.ts';
import type { StationLog } from '../station/ports.ts';
import { readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { type ComposedStation, composeStation } from './compose-station.ts';
import { DeskFile, deskFiles, deskOfRole } from './desk-folder.ts';
import { type KioskFile, readKioskFile } from './kiosk-file.ts';
import { osStoreKey } from './os-store-key.ts';
import { pinStoreKey } from './pin-store-key.ts';
import { readSafetyTable } from './read-safety-table.ts';
import type { StoreKeyKeeper } from './store-key.ts';
import { storePins } from './store-pin.ts';

/** Where the built screens lie. */
export const SCREENS = join(import.meta.dirname, '..', '..', 'out', 'renderer');

/** What a kiosk is started with. */
export interface KioskOptions {
  readonly desk: string;
  readonly bureauUrl: string;
  readonly configFile: string;
  /** In place of the table that the configuration names. */
  readonly safetyTable?: string | undefined;
  /** File with the start-up PIN; without it the terminal asks. */
  readonly storePinFile?: string | undefined;
  /** Set where nobody is a patient: virtual scanners count, the screens say what this is. `fingers`: a folder of pictures instead of scanners. */
  readonly demonstration?: { readonly fingers?: string | undefined } | undefined;
  /** Calls off a start that waits for a PIN. */
  readonly signal?: AbortSignal | undefined;
  /** In the Electron shell. */
  readonly osKeyStore?: OsKeyStore | undefined;
}

function keeperOf({ storeKey = 'pin' }: KioskFile, { storePinFile, osKeyStore }: KioskOptions): StoreKeyKeeper {
  switch (storeKey) {
    case 'pin':
      return pinStoreKey(storePins(storePinFile));
    case 'os':
      if (osKeyStore === undefined)
        throw new ImisError('STORE_KEY_UNAVAILABLE', 'only the Electron shell reaches the system’s key store');
      return osStoreKey(osKeyStore);
  }
}

/**
 * A kiosk without its screens. FOLDER_NOT_FOUND and FOLDER_DAMAGED for its folder; VALUE_INVALID when the folder is of another desk, or a desk that is no clinic is given a safety table; the
 * codes of readSafetyTable and of store-key.ts.
 */
export async function openKiosk(
  options: KioskOptions,
  log: StationLog,
): Promise<{ readonly composed: ComposedStation; readonly port: number | undefined }> {
  const { file, at } = readKioskFile(options.configFile);
  const folder = at(file.folder);
  const { desk } = readJson(deskFiles(folder).desk, DeskFile);
  if (deskOfRole(desk) !== options.desk)
    throw new BureauFolderError('VALUE_INVALID', `${folder} is of a ${desk} terminal, not ${options.desk}`);
  const tableFile = options.safetyTable ?? (file.safetyTable === undefined ? undefined : at(file.safetyTable));
  if (tableFile !== undefined && desk !== 'clinic')
    throw new BureauFolderError('VALUE_INVALID', `a safety table at a ${desk} desk`);
  const { readers } = file;
  const { demonstration } = options;
  if (demonstration !== undefined)
    log('demonstration', 'virtual scanners and pictures in folders count as fingers here: never for patients');
  const composed = await composeStation(
    {
      desks: [{ folder, data: at(file.data), ownsSlot: () => true }],
      storeKey: keeperOf(file, options),
      bureauUrl: options.bureauUrl,
      cards: readers.kind === 'pcsc' ? readers : { ...readers, folder: at(readers.folder) },
      demonstration: demonstration !== undefined,
      fingersFolder: demonstration?.fingers,
      safetyTable: tableFile === undefined ? undefined : readSafetyTable(tableFile),
      virtualCardUrl: file.virtualCard?.url,
    },
    log,
    options.signal,
  );
  return { composed, port: file.port };
}

/** Starts a kiosk on loopback; `url` opens its screens once. Rejects as {@link openKiosk}. */
export async function runKiosk(
  options: KioskOptions,
  log: StationLog,
): Promise<{ url: string; cardProcess: number | undefined; close(): Promise<void> }> {
  const { composed, port } = await openKiosk(options, log);
  const loopback = await startLoopback({
    station: composed.station,
    screens: SCREENS,
    log,
    ...(port === undefined ? {} : { port }),
  });
  return {
    url: loopback.url,
    cardProcess: composed.cardProcess(),
    close: async () => {
      await loopback.close();
      await composed.close();
    },
  };
}
