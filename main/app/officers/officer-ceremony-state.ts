/**
 * What an officer must keep between the steps of a ceremony: its polynomial until it has dealt, the key agreement key made for this ceremony
 * until the end. Sealed in the officer's folder; erased as soon as it has served, so that the sealed shares that travelled stay sealed for
 * whoever gets the officer's folder later. Encoded: lp(coefficients) ‖ lp(broadcast) ‖ lp(PKCS#8 of the agreement key).
 * @module
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { concat, lp, lp1, readUint, wipe } from '../../../crypto/common/bytes.ts';
import type { DealerState } from '../../../crypto/groupsig/ceremony/begin-dealing.ts';
import { jsonText, readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { replaceFile } from '../new-folder.ts';
import { GENERATED_PASSPHRASE_COST, openSecret, SealedSecret, sealSecret } from './sealed-secret.ts';

/** `dealer` is undefined for one who does not deal, or has dealt. */
export interface CeremonyState {
  readonly dealer: Pick<DealerState, 'coefficients' | 'deal'> | undefined;
  readonly agreement: KeyObject;
}

const labelOf = (planHash: Uint8Array): Uint8Array => concat(lp1('IMIS-OFFICER-CEREMONY-STATE'), planHash);

/** Seals the state under the officer's 32 bytes; replaces an earlier one. */
export async function saveState(
  path: string,
  planHash: Uint8Array,
  secret: Uint8Array,
  state: CeremonyState,
): Promise<void> {
  const { dealer, agreement } = state;
  const nothing = new Uint8Array(0);
  const key = new Uint8Array(agreement.export({ type: 'pkcs8', format: 'der' }));
  const bytes = concat(lp(dealer?.coefficients ?? nothing), lp(dealer?.deal ?? nothing), lp(key));
  const sealed = await sealSecret(bytes, secret, labelOf(planHash), GENERATED_PASSPHRASE_COST);
  wipe(key, bytes);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, jsonText(sealed));
}

/** The state of a ceremony under way. Throws FOLDER_NOT_FOUND, FOLDER_DAMAGED or PASSPHRASE_WRONG. */
export async function loadState(path: string, planHash: Uint8Array, secret: Uint8Array): Promise<CeremonyState> {
  const bytes = await openSecret(readJson(path, SealedSecret), secret, labelOf(planHash));
  let at = 0;
  const next = (): Uint8Array => {
    const length = readUint(bytes.subarray(at, at + 4));
    at += 4 + length;
    if (at > bytes.length) throw new BureauFolderError('FOLDER_DAMAGED', path);
    return bytes.slice(at - length, at);
  };
  const [coefficients, deal, key] = [next(), next(), next()];
  wipe(bytes);
  try {
    const agreement = createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' });
    return { dealer: coefficients.length === 0 ? undefined : { coefficients, deal }, agreement };
  } catch (cause) {
    throw new BureauFolderError('FOLDER_DAMAGED', path, { cause });
  } finally {
    wipe(key);
  }
}

/** Erases a state. */
export const eraseState = (path: string): Promise<void> => rm(path, { force: true });
