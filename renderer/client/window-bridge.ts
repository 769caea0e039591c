/**
 * The screens' bridge to a station in Electron's main process, over the one global that the preload script exposes.
 * @module
 */
import type { Bridge, Unsubscribe } from '../../contract/dispatch.ts';

/** The global `station` of the preload script. */
export interface ExposedStation {
  call(name: string, input: unknown, id: number): Promise<unknown>;
  cancel(id: number): void;
  on(listener: (name: string, event: unknown) => void): Unsubscribe;
}

/** Numbers the calls, so that an aborted signal becomes a cancel message. */
export function createWindowBridge(exposed: ExposedStation): Bridge {
  let last = 0;
  return {
    async call(name, input, signal) {
      if (signal?.aborted) return { ok: false, refusal: { code: 'CANCELLED' } };
      last += 1;
      const id = last;
      const cancel = (): void => {
        exposed.cancel(id);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        return await exposed.call(name, input, id);
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    on: (listener) => exposed.on(listener),
  };
}
