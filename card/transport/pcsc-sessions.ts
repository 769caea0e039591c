/**
 * Card handles over as many PC/SC clients as they need: one client of pcsc-mini holds four (card.md 0.4). A place whose handle could not be
 * given back stays taken in the native module, so it is not counted as free here either.
 * @module
 */
import { type PcscCard, type PcscClient, type PcscLibrary, SESSIONS_PER_CLIENT } from './pcsc-library.ts';

/** A handle and the way to tell what became of it: `false` when disconnecting failed. */
export interface PcscSession {
  readonly card: PcscCard;
  released(clean: boolean): void;
}

/** Opens handles; one pool for each life of the service. */
export interface PcscSessions {
  /** Rejects with what pcsc-mini rejects with. */
  open(reader: string, mode: number, protocol: number): Promise<PcscSession>;
}

/** An empty pool. */
export function createPcscSessions(library: PcscLibrary): PcscSessions {
  const holders: { readonly client: PcscClient; taken: number }[] = [];
  return {
    async open(reader, mode, protocol) {
      let holder = holders.find(({ taken }) => taken < SESSIONS_PER_CLIENT);
      if (holder === undefined) {
        holder = { client: library.newClient(), taken: 0 };
        holders.push(holder);
      }
      const chosen = holder;
      chosen.taken += 1;
      try {
        const card = await chosen.client.connect(reader, mode, protocol);
        return {
          card,
          released: (clean) => {
            if (clean) chosen.taken -= 1;
          },
        };
      } catch (cause) {
        chosen.taken -= 1;
        throw cause;
      }
    },
  };
}
