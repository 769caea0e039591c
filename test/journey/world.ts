/**
 * A whole world in one process: the demonstration's bureau over real HTTPS with mutual TLS, its desks, its cards. Made once for a test
 * file, in a folder that goes away with it.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BureauServer } from '../../bureau/http/serve-bureau.ts';
import { openSqliteStore } from '../../bureau/store/open-sqlite.ts';
import type { Store } from '../../bureau/store/store.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { worldFolders } from '../../main/app/demonstration.ts';
import type { LoadOptions } from '../../main/app/load-bureau.ts';
import { runBureau } from '../../main/app/run-bureau.ts';
import { copyDemonstration } from '../harness/demonstration-copy.ts';
import { type Border, createBorder } from './border.ts';
import { type CardTable, layCardTable } from './card-table.ts';
import { createClocks } from './moving-clocks.ts';
import { type StationParts, type StationUnderTest, startStation } from './station-under-test.ts';

export const signal = new AbortController().signal;

/** Slots of every desk of the world. */
const SLOTS = [
  'registration',
  'clinic',
  'pharmacy',
  'other-pharmacy',
  'other-registration',
  'emergency',
  'card-office',
].flatMap((desk) => [`${desk}/left`, `${desk}/right`]);
/** For an agent's own card beside the patient's. */
const THIRD_SLOTS = ['registration/third', 'pharmacy/third'];

export interface World extends StationUnderTest {
  readonly dir: string;
  readonly url: string;
  readonly folders: ReturnType<typeof worldFolders>;
  readonly clocks: ReturnType<typeof createClocks>;
  readonly table: CardTable;
  readonly border: Border;
  /** A second way into the bureau's register, as another process would have it. */
  readonly store: Store;
  /** Takes the bureau away, as when its machine is off. */
  stopBureau(): Promise<void>;
  /** Brings it back at the same address. */
  startBureau(): Promise<void>;
  /** Another station in the same world, from these desk folders; with the name of one that was closed, its disk. */
  another(desks: StationParts['desks'], name?: string): Promise<StationUnderTest>;
}

const nothing = (): void => undefined;

/** Makes the world and starts its station of three desks, with two readers each; registration and pharmacy may have a third. */
export async function createWorld({
  thirdReaders = false,
  engines,
  ...given
}: Pick<StationParts, 'virtualCard' | 'safetyTable' | 'fingerScanner'> & {
  readonly thirdReaders?: boolean;
  readonly engines?: LoadOptions['engines'];
} = {}): Promise<World> {
  const parent = mkdtempSync(join(tmpdir(), 'imis-journey-'));
  const dir = join(parent, 'world');
  await copyDemonstration(dir);
  const folders = worldFolders(dir);
  const clocks = createClocks();
  const run = (port: number): Promise<BureauServer> =>
    runBureau(folders.bureau, { host: '127.0.0.1', port }, clocks.bureau, nothing, {
      // Each costs a verification at every opening, and the patients of these tests come often.
      policy: { recentRecords: 2 },
      ...(engines === undefined ? {} : { engines }),
    });
  let bureau: BureauServer | undefined = await run(0);
  const { url } = bureau;
  const backend = await createMclBackend();
  const border = createBorder();
  const slots = [...SLOTS, ...(thirdReaders ? THIRD_SLOTS : [])];
  const table = await layCardTable(folders.cards, slots, backend, border);
  const store = await openSqliteStore(bureauFiles(folders.bureau).database);
  const others = new Set<StationUnderTest>();
  let started = 0;
  const start = (desks: StationParts['desks'], name = `station-${started++}`): Promise<StationUnderTest> =>
    startStation({
      desks,
      dir: join(dir, name),
      url,
      table,
      clock: clocks.desk,
      backend,
      border,
      ...given,
    });
  const main = await start(
    (['registration', 'clinic', 'pharmacy'] as const).map((desk) => ({ folder: folders[desk], slots: desk })),
  );

  return {
    ...main,
    dir,
    url,
    folders,
    clocks,
    table,
    border,
    store,
    stopBureau: async () => {
      await bureau?.close();
      bureau = undefined;
    },
    startBureau: async () => {
      bureau ??= await run(Number(new URL(url).port));
    },
    another: async (desks, name) => {
      const station = await start(desks, name);
      others.add(station);
      return {
        ...station,
        close: async () => {
          others.delete(station);
          await station.close();
        },
      };
    },
    close: async () => {
      for (const station of [main, ...others]) await station.close();
      await table.close();
      await store.close();
      await bureau?.close();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
