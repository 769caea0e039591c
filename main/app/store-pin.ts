/**
 * The start-up PIN of a desk's store, from a file or the terminal: 6 to 64 characters, UTF-8 as they come, a line feed at the end of a file
 * left out.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { equalBytes, wipe } from '../../crypto/common/bytes.ts';
import { readBytes } from './bureau-files.ts';
import { askTyped, type PinTerminal } from './card-secrets.ts';
import type { StorePins } from './pin-store-key.ts';

const LEAST = 6;
const MOST = 64;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** The PIN in what was typed or read, which it wipes. Throws STORE_PIN_FORMAT. */
function pinIn(bytes: Uint8Array): Uint8Array {
  try {
    const end = bytes.findLastIndex((byte) => byte !== LINE_FEED && byte !== RETURN) + 1;
    const pin = bytes.slice(0, end);
    const characters = pin.filter((byte) => (byte & 0xc0) !== 0x80).length;
    if (characters >= LEAST && characters <= MOST) return pin;
    wipe(pin);
    throw new ImisError('STORE_PIN_FORMAT', `a start-up PIN has ${LEAST} to ${MOST} characters`);
  } finally {
    wipe(bytes);
  }
}

/** Asks one question. */
type Ask = (question: string, signal: AbortSignal) => Promise<Uint8Array>;

async function askTwice(ask: Ask, signal: AbortSignal): Promise<Uint8Array> {
  const first = await ask('新啟動密碼 / New start-up PIN: ', signal);
  const second = await ask('再輸入一次 / Once more: ', signal);
  const isSame = equalBytes(first, second);
  wipe(second);
  if (isSame) return first;
  wipe(first);
  throw new ImisError('STORE_PIN_FORMAT', 'the two new PINs differ');
}

/**
 * PINs from a file where one is named, else from the terminal: a new one twice. They reject with FOLDER_NOT_FOUND, PIN_REQUIRED, CANCELLED,
 * STORE_PIN_FORMAT.
 */
export function storePins(
  file: string | undefined,
  terminal?: PinTerminal,
  output?: { write(text: string): unknown },
): StorePins {
  if (file !== undefined) {
    const read = async (): Promise<Uint8Array> => pinIn(readBytes(file));
    return { present: read, fresh: read };
  }
  const ask: Ask = (question, signal) => askTyped(question, pinIn, terminal, output, signal);
  return {
    present: (signal) => ask('啟動密碼 / Start-up PIN: ', signal),
    fresh: (signal) => askTwice(ask, signal),
  };
}
