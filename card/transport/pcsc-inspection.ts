/**
 * A look at PC/SC for diagnosis: is the library there, which readers does a client see, what do they say of themselves, and one card for a
 * moment. Unlike pcsc-reader.ts it does not survive anything: what fails is the finding. Cards are left as they were. It leaves a watching
 * thread behind (pcsc-library.ts): the process that looked must be ended.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CardConnection } from './card-reader.ts';
import { createPcscConnection } from './pcsc-connection.ts';
import { pcscCode, translatePcscError } from './pcsc-errors.ts';
import { ANY_PROTOCOL, DIRECT, LEAVE, loadPcscLibrary, RESET, SHARED } from './pcsc-library.ts';
import { createPcscSessions } from './pcsc-sessions.ts';

/** Bits of SCARD_READERSTATE.dwEventState. */
const STATE = { unknown: 0x4, unavailable: 0x8, present: 0x20, exclusive: 0x80, inUse: 0x100, mute: 0x200 } as const;
/** Bits of the state that SCardStatus reports. */
const CARD_PRESENT = 0x4;
const LOOK_MS = { every: 20, quiet: 200, most: 2_000 } as const;

/** What a reader says of itself and its slot; texts as the driver gives them. */
export interface ReaderInspection {
  readonly vendor?: string;
  readonly model?: string;
  /** Firmware or driver, as `major.minor.build`. */
  readonly version?: string;
  readonly card: { readonly state: 'empty' | 'mute' } | { readonly state: 'present'; readonly atr: Uint8Array };
}

/** A reader in the client's own list. */
export interface SeenReader {
  readonly name: string;
  readonly sharing: 'free' | 'shared' | 'exclusive';
}

/** A PC/SC client. */
export interface PcscInspection {
  /** Readers that one client can watch at a time. */
  readonly limit: number;
  /** What the client reports by itself, at most `limit`. Rejects with READER_SERVICE_DOWN. */
  readers(): Promise<readonly SeenReader[]>;
  /** Asks a reader by name, also one beyond the limit. Rejects with CARD_ABSENT for a name nobody has, READER_BUSY, READER_FAILED. */
  inspect(name: string): Promise<ReaderInspection>;
  /** Connects shared; `protocol` is the one in use, 0 or 1. `reset` is a warm reset, to be asked for while no command runs. */
  connect(
    name: string,
  ): Promise<{ readonly connection: CardConnection; readonly protocol: number; reset(): Promise<void> }>;
}

/** A version as DWORD 0xMMmmbbbb (PC/SC part 3, IFD attributes). */
function versionText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 4) return undefined;
  const value = Buffer.from(bytes).readUInt32LE();
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${value & 0xffff}`;
}

/** Text of an attribute without the zero at its end; undefined where there is none to print. */
function attributeText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replaceAll(/[\p{Cc}\ufffd]/gu, '')
    .trim();
  return text === '' ? undefined : text.slice(0, 80);
}

/** Opens PC/SC. Rejects with READER_SERVICE_DOWN where its library cannot be loaded; a service that is down shows later. */
export async function openPcscInspection(): Promise<PcscInspection> {
  const library = await loadPcscLibrary();
  const sessions = createPcscSessions(library);
  const ids = library.attributes;

  return {
    limit: library.limit,
    async readers() {
      const seen = new Map<string, SeenReader>();
      let failure: unknown;
      let changed = performance.now();
      const started = changed;
      try {
        library.newClient().start(
          (name, status) => {
            changed = performance.now();
            if ((status & (STATE.unknown | STATE.unavailable)) !== 0) seen.delete(name);
            else
              seen.set(name, {
                name,
                sharing:
                  (status & STATE.exclusive) !== 0 ? 'exclusive' : (status & STATE.inUse) !== 0 ? 'shared' : 'free',
              });
          },
          (cause) => {
            failure = cause;
          },
        );
      } catch (cause) {
        throw translatePcscError(cause, 'PC/SC service');
      }
      // Readers come one by one and nothing says which is the last.
      for (;;) {
        await pause(LOOK_MS.every);
        if (failure !== undefined) throw translatePcscError(failure, 'PC/SC service');
        const now = performance.now();
        if (now - started > LOOK_MS.most || (seen.size > 0 && now - changed > LOOK_MS.quiet)) break;
      }
      return [...seen.values()];
    },
    async inspect(name) {
      try {
        const { card: handle, released } = await sessions.open(name, DIRECT, 0);
        try {
          const attribute = async (id: number): Promise<Uint8Array> => {
            try {
              return await handle.attributeGet(id);
            } catch (cause) {
              // A driver need not have it: that is a fact about the driver, not a fault.
              if (pcscCode(cause) === undefined) throw cause;
              return new Uint8Array(0);
            }
          };
          const vendor = attributeText(await attribute(ids.vendor));
          const model = attributeText(await attribute(ids.model));
          const version = versionText(await attribute(ids.version));
          const { status, atr } = await handle.state();
          const card =
            (status & CARD_PRESENT) === 0
              ? ({ state: 'empty' } as const)
              : atr.length === 0
                ? ({ state: 'mute' } as const)
                : ({ state: 'present', atr: atr.slice() } as const);
          return {
            card,
            ...(vendor === undefined ? {} : { vendor }),
            ...(model === undefined ? {} : { model }),
            ...(version === undefined ? {} : { version }),
          };
        } finally {
          await handle.disconnect(LEAVE);
          released(true);
        }
      } catch (cause) {
        throw translatePcscError(cause, `look at ${name}`);
      }
    },
    async connect(name) {
      try {
        const session = await sessions.open(name, SHARED, ANY_PROTOCOL);
        return {
          connection: createPcscConnection(session),
          protocol: session.card.protocol() === 1 ? 0 : 1,
          reset: async () => {
            try {
              await session.card.reconnect(SHARED, RESET);
            } catch (cause) {
              throw translatePcscError(cause, `reset the card in ${name}`);
            }
          },
        };
      } catch (cause) {
        throw translatePcscError(cause, `connect ${name}`);
      }
    },
  };
}
