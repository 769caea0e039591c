/**
 * How a server of the command ends: by SIGTERM or SIGINT.
 * @module
 */
import { once } from 'node:events';

/** Listens from now on, so that whoever ends us while we start leaves nothing half open; the answer waits for it. */
export function untilStopped(): () => Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  return async () => {
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
  };
}
