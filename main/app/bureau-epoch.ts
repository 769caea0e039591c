/**
 * Epochs of the group signature (groupsig note, "Epochs and revocation"). A credential is good for one epoch. Re-issue to the cards comes
 * in a later release: until then a doctor joins anew when an epoch has ended.
 * @module
 */

import type { EpochInForce } from '../../bureau/domain/bureau.ts';
import type { Clock } from '../../contract/clock.ts';
import { bureauFiles, EpochFile, jsonText, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { replaceFile } from './new-folder.ts';

const DAY = 86_400_000;

/** Length of an epoch unless said otherwise. */
export const DEFAULT_EPOCH_DAYS = 30;

/** The epoch that begins now: named by its day, counted up within the day. */
export function beginEpoch(now: number, days: number, before?: EpochFile): EpochFile {
  const day = Math.floor(now / DAY);
  const seq = before?.day === day ? before.seq + 1 : 0;
  return { version: 1, day, seq, notBefore: now, notAfter: now + days * DAY };
}

/** What happens once an epoch has ended: nothing is loaded, it stays (the bureau refuses signatures), or one as long as it, or of so many days, begins. */
export type WhenEpochIsOver = 'refuse' | 'keep' | 'next' | { readonly begin: number };

/** The epoch in force, by the file of the bureau's folder. Throws EPOCH_OVER at once when it has ended and that is to be refused. */
export function createEpochs(dir: string, clock: Clock, whenOver: WhenEpochIsOver): () => EpochInForce {
  const path = bureauFiles(dir).epoch;
  let epoch = readJson(path, EpochFile);
  if (whenOver === 'refuse' && clock.now() > epoch.notAfter)
    throw new BureauFolderError('EPOCH_OVER', `ended ${new Date(epoch.notAfter).toISOString()}`);
  return () => {
    const begins = whenOver === 'next' || typeof whenOver === 'object';
    if (begins && clock.now() > epoch.notAfter) {
      const days = whenOver === 'next' ? (epoch.notAfter - epoch.notBefore) / DAY : whenOver.begin;
      epoch = beginEpoch(clock.now(), days, epoch);
      replaceFile(path, jsonText(epoch));
    }
    return epoch;
  };
}
