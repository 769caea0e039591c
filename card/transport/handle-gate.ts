/**
 * Keeps calls that use card handles from beginning while a handle is made or given back. libpcsclite changes its list of handles without the lock
 * under which every other call looks its own up (1.9.9: SCardAddHandle and SCardRemoveHandle in winscard_clnt.c), and a process in which both
 * happen at once ends sooner or later. A call looks up as it begins and the list changes as a connection ends, so it is enough that nothing
 * begins in between.
 *
 *     const gate = createHandleGate();
 *     const card = await gate.change(() => client.connect(reader, SHARED, ANY_PROTOCOL));
 *     await gate.use(() => card.transmit(undefined, command, answer));
 * @module
 */

/**
 * The longest that others wait for a handle to be made or given back, ms; it takes a few. One that waits for a reader that froze, or for another
 * program's transaction, holds nobody up for longer.
 */
export const CHANGE_MS = 50;

/** One for all handles of a process. */
export interface HandleGate {
  /** Makes a handle or gives one back, one after another. */
  change<T>(call: () => Promise<T>): Promise<T>;
  /** Any other call. */
  use<T>(call: () => Promise<T>): Promise<T>;
}

const nothing = (): void => undefined;

/** Settles when `work` has, or after CHANGE_MS. */
async function atMost(work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CHANGE_MS);
  await Promise.race([work.then(nothing, nothing), promise]);
  clearTimeout(timer);
}

/** A gate through which nothing goes yet. A call waits for the change that is under way and for no other: many changes starve nobody. */
export function createHandleGate(): HandleGate {
  /** Settles when the last change in the queue is over. */
  let last: Promise<void> = Promise.resolve();
  /** Settles when the change that is under way is over. */
  let running: Promise<void> | undefined;
  return {
    change: async (call) => {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      // Whoever waited for the one before begins first.
      await Promise.resolve();
      running = promise;
      // pcsc-mini may throw at once.
      const work = Promise.resolve().then(call);
      void atMost(work).then(() => {
        running = undefined;
        resolve();
      });
      return work;
    },
    use: async (call) => {
      await running;
      return call();
    },
  };
}
