/**
 * One listener for each AbortSignal, however many wait under it: an EventTarget looks through all its listeners for each that is added or
 * removed, so that thousands of them on the one signal of a request cost seconds.
 * @module
 */

/** Calls `leave` once should the signal, not yet aborted, be aborted; what it answers takes that back. */
export type AbortWatch = (signal: AbortSignal, leave: () => void) => () => void;

interface Watched {
  readonly leaving: Set<() => void>;
  readonly listener: () => void;
}

/** A watch that has a listener on a signal only while somebody waits under it. */
export function createAbortWatch(): AbortWatch {
  const watched = new WeakMap<AbortSignal, Watched>();

  const begin = (signal: AbortSignal): Watched => {
    const leaving = new Set<() => void>();
    const listener = (): void => {
      watched.delete(signal);
      for (const leave of leaving) leave();
    };
    const fresh = { leaving, listener };
    watched.set(signal, fresh);
    signal.addEventListener('abort', listener, { once: true });
    return fresh;
  };

  return (signal, leave) => {
    const { leaving, listener } = watched.get(signal) ?? begin(signal);
    // Of its own, so that the same function may be entered twice.
    const entry = (): void => leave();
    leaving.add(entry);
    return () => {
      if (!leaving.delete(entry) || leaving.size > 0 || signal.aborted) return;
      watched.delete(signal);
      signal.removeEventListener('abort', listener);
    };
  };
}
