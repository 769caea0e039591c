/**
 * A station out of desk folders and one card process: the composition root of a kiosk (one desk) and of the demonstration (four).
 * @module
 */

import type { PublicMaterial } from '../../contract/bureau-api.ts';
import { ImisError } from '../../contract/errors.ts';
import type { SafetyTable } from '../../record/safety-table.ts';
import { createStation, type Station } from '../station/create-station.ts';
import type { StationLog } from '../station/ports.ts';
import type { CardSource } from './card-process-protocol.ts';
import { createDeskPorts, later } from './create-desk-ports.ts';
import { deskOfRole, loadDesk } from './desk-folder.ts';
import { kioskDrivers, openFingerScanner } from './finger-scanners.ts';
import { createGroupBackend } from './group-backend.ts';
import type { LaidFingers } from './laid-fingers.ts';
import { enrolledKeyOf } from './scanner-keys.ts';
import { startCardProcess } from './start-card-process.ts';
import { openDeskData, type StoreKeyKeeper } from './store-key.ts';
import { createVirtualCardClient } from './virtual-card-client.ts';

/** What a station is composed of. */
export interface StationParts {
  readonly desks: readonly {
    /** Desk folder (desk-folder.ts). */
    readonly folder: string;
    /** Folder of its own store (store-key.ts). */
    readonly data: string;
    readonly ownsSlot: (slot: string) => boolean;
  }[];
  /** Who keeps the keys of the desks' stores. */
  readonly storeKey: StoreKeyKeeper;
  readonly bureauUrl: string;
  readonly cards: CardSource;
  readonly demonstration: boolean;
  /** What drafts are compared with at the clinic, where the institution has a table. */
  readonly safetyTable?: SafetyTable | undefined;
  /** Where the component for virtual NHI cards listens on this machine, where there is one. */
  readonly virtualCardUrl?: string | undefined;
  /** In a demonstration: fingers to lay on its scanner, instead of the scanners of the machine. */
  readonly laidFingers?: LaidFingers | undefined;
  /** In a demonstration: a folder with a sub-folder of pictures for each scanner, instead of the scanners of the machine. */
  readonly fingersFolder?: string | undefined;
}

/** A composed station. */
export interface ComposedStation {
  readonly station: Station;
  readonly cardProcess: () => number | undefined;
  /** Finds all readers anew, e.g. after the machine slept. */
  readonly rebuildReaders: () => void;
  close(): Promise<void>;
}

const pharmaciesOf = ({ institutions }: PublicMaterial) =>
  institutions.filter(({ kind }) => kind === 'pharmacy').map(({ code, name }) => ({ code, name }));

/** Desk folders and stores, all of them or none. */
async function openDesks({ desks, storeKey }: StationParts, signal: AbortSignal) {
  const opened = await Promise.allSettled(
    desks.map(async ({ folder, data, ownsSlot }) => ({
      desk: await loadDesk(folder),
      data: await openDeskData(data, storeKey, signal),
      ownsSlot,
    })),
  );
  const there = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed === undefined) return there;
  for (const { data } of there) data.close();
  throw failed.reason;
}

/** The drivers of a kiosk, with the scanners' keys of its desk. */
function driversOf({ demonstration, fingersFolder }: StationParts, desks: Awaited<ReturnType<typeof openDesks>>) {
  const mode = demonstration ? 'demonstration' : 'production';
  const keysOf = desks.map(({ data }) => enrolledKeyOf(data.scannerKeys));
  const keyOf = (deviceId: string): Uint8Array | undefined => {
    for (const one of keysOf) {
      const key = one(deviceId);
      if (key !== undefined) return key;
    }
    return undefined;
  };
  return kioskDrivers(later, { mode, folder: fingersFolder, keyOf });
}

/** Composes and starts; `signal` calls off the question for a PIN. */
export async function composeStation(
  parts: StationParts,
  log: StationLog,
  signal = new AbortController().signal,
): Promise<ComposedStation> {
  // Both at once; a desk that cannot be loaded must not leave a card process behind.
  const starting = startCardProcess(
    parts.cards,
    parts.desks.map(({ folder }) => folder),
    log,
  );
  const [cards, loaded] = await Promise.allSettled([starting, openDesks(parts, signal)]);
  if (cards.status === 'rejected') {
    if (loaded.status === 'fulfilled') for (const { data } of loaded.value) data.close();
    throw cards.reason;
  }
  if (loaded.status === 'rejected') {
    await cards.value.close();
    throw loaded.reason;
  }
  const cardProcess = cards.value;
  const desks = loaded.value;
  const groupBackend = createGroupBackend();
  const virtualCard =
    parts.virtualCardUrl === undefined ? undefined : createVirtualCardClient({ url: parts.virtualCardUrl });
  const fingerScanner = await openFingerScanner(
    desks.map(({ desk }) => deskOfRole(desk.desk)),
    () => (parts.laidFingers === undefined ? driversOf(parts, desks) : [parts.laidFingers.driver]),
  );
  const wired = desks.map((desk) =>
    createDeskPorts(
      {
        ...desk,
        bureauUrl: parts.bureauUrl,
        cards: cardProcess.as(desk.desk.terminalId),
        virtualCard,
        safetyTable: parts.safetyTable,
        fingerScanner,
        log,
      },
      groupBackend,
    ),
  );
  const [first] = wired;
  if (first === undefined) throw new Error('a station without a desk');
  const station = await createStation({
    desks: wired.map(({ ports }) => ports),
    cards: first.ports.cards,
    source: cardProcess.source,
    demonstration: parts.demonstration,
    laidFingers: parts.laidFingers,
    pharmacies: async (signal) => {
      try {
        return pharmaciesOf(await first.ports.bureau.material({}, signal));
      } catch (cause) {
        if (!(cause instanceof ImisError) || cause.code !== 'BUREAU_UNREACHABLE') throw cause;
        log('pharmacies', cause);
        return [];
      }
    },
  });
  return {
    station,
    cardProcess: cardProcess.pid,
    rebuildReaders: cardProcess.rebuild,
    close: async () => {
      station.close();
      await fingerScanner?.close();
      await Promise.all(wired.map(({ close }) => close()));
      await virtualCard?.close();
      await cardProcess.close();
    },
  };
}
