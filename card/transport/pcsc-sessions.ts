/**
 * Card handles over as many PC/SC clients as they need: one client of pcsc-mini holds four (card.md 0.4). A place whose handle could not be
 * given back stays taken in the native module, so it is not counted as free here either. Answers come into buffers that are used again: the
 * native module keeps a reference to every buffer it was ever given.
 * @module
 */
import { createHandleGate, type HandleGate } from './handle-gate.ts';
import { type PcscCard, type PcscClient, type PcscLibrary, SESSIONS_PER_CLIENT } from './pcsc-library.ts';

/** Largest extended response (65,536) and two status bytes, rounded up. */
const ANSWER_BUFFER = 65_544;

/** A handle, room for its answers, and the way to tell what became of it: `false` when disconnecting failed. */
export interface PcscSession {
  readonly card: PcscCard;
  /** Always the same, until `released`. */
  answerBuffer(): ArrayBuffer;
  released(clean: boolean): void;
}

/** Buffers that no handle uses. */
export type AnswerBuffers = ArrayBuffer[];

/** Opens handles; one pool for each life of the service. */
export interface PcscSessions {
  /** Rejects with what pcsc-mini rejects with. */
  open(reader: string, mode: number, protocol: number): Promise<PcscSession>;
}

/** The same handle, with every call through the gate. */
const gated = (card: PcscCard, { change, use }: HandleGate): PcscCard => ({
  transmit: (protocol, command, answer) => use(() => card.transmit(protocol, command, answer)),
  state: () => use(() => card.state()),
  attributeGet: (id) => use(() => card.attributeGet(id)),
  protocol: () => card.protocol(),
  transaction: async () => {
    const transaction = await use(() => card.transaction());
    return { end: (disposition) => use(() => transaction.end(disposition)) };
  },
  reconnect: (mode, disposition) => use(() => card.reconnect(mode, disposition)),
  disconnect: (disposition) => change(() => card.disconnect(disposition)),
});

/** An empty pool; `free` outlives it where there is one for each life of the service. */
export function createPcscSessions(library: PcscLibrary, free: AnswerBuffers = []): PcscSessions {
  const gate = createHandleGate();
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
        const card = gated(await gate.change(() => chosen.client.connect(reader, mode, protocol)), gate);
        let buffer: ArrayBuffer | undefined;
        return {
          card,
          answerBuffer: () => {
            buffer ??= free.pop() ?? new ArrayBuffer(ANSWER_BUFFER);
            return buffer;
          },
          released: (clean) => {
            // Into the buffer of a handle that was not given back the native module may write still.
            if (!clean) return;
            chosen.taken -= 1;
            if (buffer === undefined) return;
            new Uint8Array(buffer).fill(0);
            free.push(buffer);
          },
        };
      } catch (cause) {
        chosen.taken -= 1;
        throw cause;
      }
    },
  };
}
