/**
 * The file of an opening officer: its share kappa_i of the opening key, sealed under the officer's passphrase (sealed-secret.ts). Group, opener
 * set version and index stand beside it in clear and are authenticated with it.
 *
 * ```json
 * { "version": 2, "group": "<pkh, hex>", "openerSet": 1, "index": 3, "share": { "kdf": "scrypt-8-1", … } }
 * ```
 * @module
 */
import { z } from 'zod';
import { Hash32 } from '../../../contract/formats.ts';
import { concat, fromHex, lp1, uint } from '../../../crypto/common/bytes.ts';
import type { OpenerShare } from '../../../crypto/groupsig/opener-share.ts';
import { decodeScalar } from '../../../crypto/groupsig/scalar.ts';
import { readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { CHOSEN_PASSPHRASE_COST, openSecret, SealedSecret, sealSecret } from './sealed-secret.ts';

const Belongs = {
  /** pkh of the group. */
  group: Hash32,
  /** Version of the opener set; a share is of no use with another. */
  openerSet: z.int().min(1).max(0xffff_ffff),
  index: z.int().min(1).max(255),
};

/** What lies on the officer's disk. */
export const OpenerFile = z.strictObject({ version: z.literal(2), ...Belongs, share: SealedSecret });
export type OpenerFile = z.infer<typeof OpenerFile>;

/** An opener's share with what it belongs to: `group` = pkh in hex, `openerSet` the set's version, `kappa` 32 secret bytes to be wiped. */
export interface LoadedOpenerShare extends OpenerShare {
  readonly group: string;
  readonly openerSet: number;
}

const labelOf = ({ group, openerSet, index }: Omit<LoadedOpenerShare, 'kappa'>): Uint8Array =>
  concat(lp1('IMIS-OPENER-SHARE'), fromHex(group), uint(openerSet, 4), uint(index, 2));

/** Seals a share for its officer. `cost` as in sealed-secret.ts. */
export async function sealOpenerShare(
  share: LoadedOpenerShare,
  passphrase: Uint8Array,
  cost = CHOSEN_PASSPHRASE_COST,
): Promise<OpenerFile> {
  const { group, openerSet, index, kappa } = share;
  return { version: 2, group, openerSet, index, share: await sealSecret(kappa, passphrase, labelOf(share), cost) };
}

/** Reads an officer's file. Throws FOLDER_NOT_FOUND, FOLDER_DAMAGED or PASSPHRASE_WRONG. The caller wipes `kappa`. */
export async function loadOpenerShare(file: string, passphrase: Uint8Array): Promise<LoadedOpenerShare> {
  const parsed = readJson(file, OpenerFile);
  const { group, openerSet, index, share } = parsed;
  const kappa = await openSecret(share, passphrase, labelOf(parsed));
  if (decodeScalar(kappa) === undefined) throw new BureauFolderError('FOLDER_DAMAGED', file);
  return { group, openerSet, index, kappa };
}
