/**
 * The issuing desk's side of a blank card: keys are born on the card, certificates and PINs go on, ACTIVATE ends it for good. All of it through
 * a channel of a terminal with the role bureau; the card has no certificate yet, so only the terminal proves itself.
 * On a card already active every one of these rejects with CARD_REFUSED or PIN_REQUIRED.
 * @module
 */
import { concat, utf8, wipe } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import { exchange, open, type Signal, writeFile } from './card-commands.ts';
import { APPLICATIONS, type CardKind, DATA_OBJECT, type FileProfile, KEY, PIN } from './card-profile.ts';
import { openTerminalChannel, type TerminalCredential } from './secure-channel.ts';

/** The P-256 keys of a card by name; which exist depends on its kind. */
export type CardKey = Exclude<keyof typeof KEY, 'group'>;

/** A blank card. */
export interface IssuingApp {
  /** Makes a key pair on the card; the public point, 65 bytes uncompressed. */
  generateKey(key: CardKey, signal?: Signal): Promise<Uint8Array>;
  /** The public point of a key that was made before. Rejects with CARD_RECORD_NOT_FOUND. */
  readKey(key: CardKey, signal?: Signal): Promise<Uint8Array>;
  /** Contents of a transparent file of the profile tables. */
  writeFile(file: FileProfile, data: Uint8Array, signal?: Signal): Promise<void>;
  /** The holder's PIN; a transport PIN must be changed before it opens anything. The block is wiped. */
  setPin(pin: PinBlock, options?: { readonly transport?: boolean }, signal?: Signal): Promise<void>;
  /** The unblocking key, 8 digits. The block is wiped. */
  setPuk(puk: PinBlock, signal?: Signal): Promise<void>;
  /** Patient card: what it does without a PIN, bits of POLICY. */
  setPolicy(policy: number, signal?: Signal): Promise<void>;
  /** The key under which the bureau's orders and tokens are checked, 65 bytes uncompressed. */
  setBureauKey(point: Uint8Array, signal?: Signal): Promise<void>;
  /** Ends personalisation. Rejects with CARD_REFUSED unless certificates, keys, PIN and PUK are there and belong together. */
  activate(signal?: Signal): Promise<void>;
}

/** A card that has an authority keeps it: whoever could replace it could have it believe any terminal. */
async function putAuthority(
  session: CardSession,
  { reference, point }: TerminalCredential['authority'],
  signal: Signal,
): Promise<void> {
  const header = [0x00, 0xda, 0x01, DATA_OBJECT.cardAuthority] as const;
  try {
    await exchange(session, { what: 'PUT DATA', header, data: concat(point, utf8(reference)) }, signal);
  } catch (cause) {
    if (!(cause instanceof CardError) || cause.statusWord !== SW.conditions) throw cause;
  }
}

/** Selects the application to be issued and opens a channel to it; rejects with CARD_WRONG_KIND, CARD_TERMINAL_REFUSED. */
export async function openIssuingApp(
  outside: CardSession,
  kind: CardKind,
  terminal: TerminalCredential,
  signal?: Signal,
): Promise<IssuingApp> {
  await open(outside, APPLICATIONS[kind], signal);
  await putAuthority(outside, terminal.authority, signal);
  const { session } = await openTerminalChannel(outside, APPLICATIONS[kind], terminal, signal);
  const put = async (tag: number, data: Uint8Array, signal: Signal): Promise<void> => {
    await exchange(session, { what: 'PUT DATA', header: [0x00, 0xda, 0x01, tag], data }, signal);
  };
  const setReference = async (
    reference: number,
    block: PinBlock,
    suffix: Uint8Array,
    signal: Signal,
  ): Promise<void> => {
    const data = concat(block, suffix);
    const header = [0x00, 0x24, 0x01, reference] as const;
    try {
      await exchange(session, { what: 'SET PIN', header, data, kind: 'pin', secret: true }, signal);
    } finally {
      wipe(data, block);
    }
  };
  /** P1 80 makes a key pair, 81 gives the public key of the one that is there (ISO/IEC 7816-8 11.2). */
  const keyPair = (p1: number, key: CardKey, signal: Signal): Promise<Uint8Array> =>
    exchange(
      session,
      { what: 'GENERATE KEY', header: [0x00, 0x47, p1, 0x00], data: Uint8Array.of(KEY[key]), answer: 65 },
      signal,
    );
  return {
    generateKey: (key, signal) => keyPair(0x80, key, signal),
    readKey: (key, signal) => keyPair(0x81, key, signal),
    writeFile: (file, data, signal) => writeFile(session, file, data, signal),
    setPin: (pin, options, signal) =>
      setReference(PIN.holder, pin, Uint8Array.from(options?.transport === true ? [1] : []), signal),
    setPuk: (puk, signal) => setReference(PIN.unblock, puk, new Uint8Array(0), signal),
    setPolicy: (policy, signal) => put(DATA_OBJECT.policy, Uint8Array.of(policy), signal),
    setBureauKey: (point, signal) => put(DATA_OBJECT.bureauKey, point, signal),
    async activate(signal) {
      await exchange(session, { what: 'ACTIVATE', header: [0x00, 0x44, 0x00, 0x00] }, signal);
    },
  };
}
