/**
 * A bureau and desks as processes of their own over mutual TLS, real pcscd with virtual readers, software cards in them: the stage on which
 * demos, benchmarks and tests of whole systems play. Runs inside a card room.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { createDoctorCard } from '../../card/simulator/doctor-card.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { createVpcdLink, type VpcdLink } from '../../card/simulator/vpcd-link.ts';
import type { CardKind } from '../../contract/card-service.ts';
import type { Desk, DeskState } from '../../contract/station.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createInstitutions, worldFolders } from '../../main/app/demonstration.ts';
import type { KioskFile } from '../../main/app/kiosk-file.ts';
import { furnishCardRoom, type Pcscd, startPcscd } from './card-room.ts';
import { connectStation, type RemoteStation } from './station-over-http.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The PC/SC name of a reader's slot. */
export const slotName = (reader: string, side: 0 | 1): string => `${reader} 00 0${side}`;

/** A process of the world. */
export interface WorldProcess {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** How a desk is started. */
export interface DeskPlan<R extends string> {
  /** The reader whose two slots are its. */
  readonly reader: R;
  /** Added to the arguments of `imis kiosk`. */
  readonly arguments?: readonly string[];
  /** Added to the environment of the process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Desks `D` with readers `R`. */
export interface DeskWorld<D extends Desk, R extends string> {
  readonly dir: string;
  readonly pcscd: Pcscd;
  readonly bureau: () => WorldProcess;
  readonly kiosks: Readonly<Record<D, WorldProcess>>;
  readonly stations: Readonly<Record<D, RemoteStation>>;
  /** Puts a card into a slot of a real reader. */
  insert(card: SoftwareCard, reader: R, side: 0 | 1): Promise<void>;
  remove(card: SoftwareCard): Promise<void>;
  /** Waits until a desk's state is as wanted; rejects after `ms`. */
  until(desk: D, wanted: (state: DeskState) => boolean, ms?: number): Promise<DeskState>;
  stopBureau(): Promise<void>;
  startBureau(): Promise<void>;
  close(): Promise<void>;
}

/** Blank cards by kind. */
export async function blankCards(): Promise<Readonly<Record<CardKind, () => SoftwareCard>>> {
  const backend = await createMclBackend();
  return {
    patient: () => createPatientCard(),
    doctor: () => createDoctorCard({ backend }),
    staff: () => createStaffCard(),
  };
}

/** Starts `imis` with these arguments; resolves with its first line of JSON. */
function startProcess(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<WorldProcess> {
  const { promise, resolve, reject } = Promise.withResolvers<WorldProcess>();
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'cli', 'imis.ts'), ...args], {
    stdio: ['ignore', 'pipe', process.env['IMIS_VERBOSE'] ? 'inherit' : 'ignore'],
    env: { ...process.env, ...environment },
  });
  const ended = Promise.withResolvers<void>();
  child.on('exit', (code) => {
    ended.resolve();
    reject(new Error(`${name} ended with ${code} before it was ready`));
  });
  child.on('error', reject);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).once('line', (line) => {
      // `imis bureau serve` and `imis kiosk` print one line {"listening": url, "pid": n} when they are ready.
      const { listening, pid } = JSON.parse(line) as { listening: string; pid: number };
      resolve({
        name,
        pid,
        url: listening,
        stop: async (signal = 'SIGTERM') => {
          child.kill(signal);
          await ended.promise;
        },
      });
    });
  }
  return promise;
}

const entriesOf = <K extends string, V>(table: Readonly<Record<K, V>>): readonly (readonly [K, V])[] =>
  // Object.entries of a record has exactly its keys.
  Object.entries(table) as [K, V][];

/**
 * Builds a world; takes about two seconds. At most eight readers of two slots; that is more than one PC/SC client watches, so each desk names its own.
 */
export async function createDeskWorld<D extends Desk, R extends string>(
  readers: readonly R[],
  desks: Readonly<Record<D, DeskPlan<R>>>,
): Promise<DeskWorld<D, R>> {
  furnishCardRoom();
  const pcscd = await startPcscd(readers);
  const dir = mkdtempSync(join(tmpdir(), 'imis-world-'));
  const folders = worldFolders(dir);
  await createInstitutions(dir);
  const folderOf: Readonly<Record<Desk, string>> = { ...folders, 'card-office': folders.issuing };
  const serve = (port: number): Promise<WorldProcess> =>
    startProcess('bureau', ['bureau', 'serve', '--dir', folders.bureau, '--host', '127.0.0.1', '--port', String(port)]);
  let bureau = await serve(0);
  const bureauUrl = bureau.url;
  const kiosk = async (desk: D, plan: DeskPlan<R>): Promise<WorldProcess> => {
    const config: KioskFile = {
      version: 1,
      folder: folderOf[desk],
      data: folders.data(desk),
      readers: { kind: 'pcsc', names: [slotName(plan.reader, 0), slotName(plan.reader, 1)] },
    };
    mkdirSync(join(dir, 'config'), { recursive: true });
    const file = join(dir, 'config', `${desk}.json`);
    writeFileSync(file, JSON.stringify(config));
    const pin = join(dir, 'config', 'store-pin');
    writeFileSync(pin, 'a start-up PIN', { mode: 0o600 });
    const args = ['--desk', desk, '--bureau', bureauUrl, '--config', file, '--store-pin-file', pin];
    return startProcess(desk, ['kiosk', ...args, ...(plan.arguments ?? [])], plan.environment);
  };
  const started: [D, WorldProcess][] = [];
  for (const [desk, plan] of entriesOf(desks)) started.push([desk, await kiosk(desk, plan)]);
  const connected = await Promise.all(
    started.map(async ([desk, { url }]): Promise<[D, RemoteStation]> => [desk, await connectStation(url)]),
  );
  // Made from all entries of `desks`.
  const kiosks = Object.fromEntries(started) as Record<D, WorldProcess>;
  const stations = Object.fromEntries(connected) as Record<D, RemoteStation>;
  const links = new Map<SoftwareCard, VpcdLink>();

  return {
    dir,
    pcscd,
    bureau: () => bureau,
    kiosks,
    stations,
    insert: async (card, reader, side) => {
      const link = createVpcdLink(card);
      links.set(card, link);
      const port = pcscd.ports[2 * readers.indexOf(reader) + side];
      if (port === undefined) throw new Error('a reader without a port');
      await link.insert(port);
    },
    remove: async (card) => {
      await links.get(card)?.remove();
      links.delete(card);
    },
    until: async (desk, wanted, ms = 10_000) => {
      const { promise, resolve, reject } = Promise.withResolvers<DeskState>();
      const { api } = stations[desk];
      let last: DeskState | undefined;
      const look = (state: DeskState): void => {
        last = state;
        if (wanted(state)) resolve(state);
      };
      const stop = api.subscribe.state((state) => {
        if (state.desk === desk) look(state);
      });
      const timer = setTimeout(
        () => reject(new Error(`${desk}: waited ${ms} ms; last state ${JSON.stringify(last)}`)),
        ms,
      );
      look(await api.state({ desk }));
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        stop();
      }
    },
    stopBureau: () => bureau.stop(),
    startBureau: async () => {
      bureau = await serve(Number(new URL(bureauUrl).port));
    },
    close: async () => {
      for (const card of Array.from(links.keys())) await links.get(card)?.remove();
      for (const [, station] of connected) station.close();
      for (const process of [...started.map(([, one]) => one), bureau]) await process.stop();
      await pcscd.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
