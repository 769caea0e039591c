/**
 * A kiosk's configuration.
 * @module
 */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readJson } from './bureau-files.ts';
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
  /** Who keeps the key of the local store: a start-up PIN (when left out), or the system's key store, which only the Electron shell reaches. */
  storeKey: z.enum(['pin', 'os']).exactOptional(),
  /** Port of the screens; any free one when left out. */
  port: z.int().min(0).max(65_535).exactOptional(),
});
export type KioskFile = z.infer<typeof KioskFile>;

/** Reads it, with a way to resolve its paths. Throws FOLDER_NOT_FOUND or FOLDER_DAMAGED. */
export function readKioskFile(path: string): { readonly file: KioskFile; at(relative: string): string } {
  return { file: readJson(path, KioskFile), at: (relative) => resolve(dirname(path), relative) };
}
