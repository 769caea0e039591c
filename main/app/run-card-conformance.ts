/**
 * Runs the conformance suite in a process of its own and ends that process whatever it hangs in.
 * @module
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ImisError, isErrorCode } from '../../contract/errors.ts';
import { ConformanceMessage, type ConformanceOutcome, type ConformanceRequest } from './card-conformance-protocol.ts';
import { loadDesk } from './desk-folder.ts';

const ENTRY = join(import.meta.dirname, 'card-conformance-process.ts');
/** What one check may take: a slow card signs 250 times in the longest. */
const CHECK_MS = 180_000;

/**
 * Tells each outcome as it comes and resolves with all of them. Rejects with BureauFolderError for the desk's folder; READER_BUSY, CARD_ABSENT,
 * CARD_WRONG_KIND and the like before the first check; CARD_SLOW when one never ends; READER_FAILED when the process died. The PIN is wiped.
 */
export async function runCardConformance(
  request: ConformanceRequest,
  tell: (outcome: ConformanceOutcome) => void,
): Promise<readonly ConformanceOutcome[]> {
  // Refused here rather than there: a folder's errors are not the card's.
  if (request.desk !== undefined) await loadDesk(request.desk);
  const outcomes: ConformanceOutcome[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<readonly ConformanceOutcome[]>();
  const child = fork(ENTRY, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const stuck = (): void => reject(new ImisError('CARD_SLOW', `a check takes longer than ${CHECK_MS / 1000} s`));
  let timer = setTimeout(stuck, CHECK_MS);
  child.on('message', (raw) => {
    const message = ConformanceMessage.parse(raw);
    switch (message.kind) {
      case 'outcome':
        clearTimeout(timer);
        timer = setTimeout(stuck, CHECK_MS);
        outcomes.push(message.outcome);
        tell(message.outcome);
        break;
      case 'done':
        resolve(outcomes);
        break;
      case 'refused':
        reject(isErrorCode(message.code) ? new ImisError(message.code, message.message) : new Error(message.message));
    }
  });
  child.once('error', reject);
  child.once('exit', () => reject(new ImisError('READER_FAILED', 'the process with the reader ended')));
  try {
    child.send(request);
    request.pin?.fill(0);
    return await promise;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
