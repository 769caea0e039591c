/**
 * One kiosk: a desk folder, its readers, its screens on loopback. Started by `imis kiosk`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { startLoopback } from '../loopback/start-loopback.ts';
import type { StationLog } from '../station/ports.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { composeStation } from './compose-station.ts';
import { DeskFile, deskFiles, deskOfRole } from './desk-folder.ts';
import { readSafetyTable } from './read-safety-table.ts';
import { isLoopbackUrl } from './virtual-card-client.ts';

/** The kiosk's configuration. Paths are relative to the file. */
export const KioskFile = z.strictObject({
  version: z.literal(1),
  /** Desk folder that `imis bureau enrol-terminal` made. */
  folder: z.string().min(1),
  /** The desk's own database. */
  data: z.string().min(1),
  readers: z.discriminatedUnion('kind', [
    /** PC/SC readers; `names` where there are more than four or some belong to others. */
    z.strictObject({ kind: z.literal('pcsc'), names: z.array(z.string().min(1)).exactOptional() }),
    /** A tray of software cards, for demonstrations. */
    z.strictObject({
      kind: z.literal('software'),
      slots: z.array(z.string().min(1)).min(1),
      folder: z.string().min(1),
    }),
  ]),
  /** The component for virtual NHI cards on this machine, e.g. http://localhost:3033/; left out where there is none. */
  virtualCard: z.strictObject({ url: z.string().refine(isLoopbackUrl) }).exactOptional(),
  /** Clinic: the institution's safety table; left out where it has none. */
  safetyTable: z.string().min(1).exactOptional(),
  /** Port of the screens; any free one when left out. */
  port: z.int().min(0).max(65_535).exactOptional(),
});
export type KioskFile = z.infer<typeof KioskFile>;

/** Where the built screens lie. */
export const SCREENS = join(import.meta.dirname, '..', '..', 'out', 'renderer');

function readKioskFile(file: string): KioskFile {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new BureauFolderError('FOLDER_NOT_FOUND', file, { cause });
  }
  const parsed = KioskFile.safeParse(raw);
  if (!parsed.success) throw new BureauFolderError('FOLDER_DAMAGED', file, { cause: parsed.error });
  return parsed.data;
}

/**
 * Starts a kiosk; `url` opens its screens once. VALUE_INVALID when the folder is of another desk, or a desk that is no clinic is given a
 * safety table; the codes of readSafetyTable.
 */
export async function runKiosk(
  options: {
    readonly desk: string;
    readonly bureauUrl: string;
    readonly configFile: string;
    /** In place of the table that the configuration names. */
    readonly safetyTable?: string | undefined;
  },
  log: StationLog,
): Promise<{ url: string; cardProcess: number | undefined; close(): Promise<void> }> {
  const file = readKioskFile(options.configFile);
  const at = (path: string): string => resolve(dirname(options.configFile), path);
  const folder = at(file.folder);
  const { desk } = DeskFile.parse(JSON.parse(readFileSync(deskFiles(folder).desk, 'utf8')));
  if (deskOfRole(desk) !== options.desk)
    throw new BureauFolderError('VALUE_INVALID', `${folder} is of a ${desk} terminal, not ${options.desk}`);
  const tableFile = options.safetyTable ?? (file.safetyTable === undefined ? undefined : at(file.safetyTable));
  if (tableFile !== undefined && desk !== 'clinic')
    throw new BureauFolderError('VALUE_INVALID', `a safety table at a ${desk} desk`);
  const { readers } = file;
  const composed = await composeStation(
    {
      desks: [{ folder, data: at(file.data), ownsSlot: () => true }],
      bureauUrl: options.bureauUrl,
      cards: readers.kind === 'pcsc' ? readers : { ...readers, folder: at(readers.folder) },
      demonstration: false,
      safetyTable: tableFile === undefined ? undefined : readSafetyTable(tableFile),
      virtualCardUrl: file.virtualCard?.url,
    },
    log,
  );
  const loopback = await startLoopback({
    station: composed.station,
    screens: SCREENS,
    log,
    ...(file.port === undefined ? {} : { port: file.port }),
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
