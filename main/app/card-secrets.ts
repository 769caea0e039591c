/**
 * Digits at the command line (HOUSE R9): the PIN and PUK of a new card, which are random and told once, and the PIN that somebody types.
 * They are bytes and arrays of digits throughout, so that every copy can be wiped; a terminal or a file that has shown them cannot.
 * @module
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { ImisError } from '../../contract/errors.ts';
import { PinDigits } from '../../contract/formats.ts';
import { utf8, wipe } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { readBytes } from './bureau-files.ts';

/** Digits of a new PIN, which every kind of card takes, and of a PUK. */
const LENGTH = { pin: 6, puk: 8 } as const;
const CONTROL = {
  interrupt: 0x03,
  endOfText: 0x04,
  backspace: 0x08,
  lineFeed: 0x0a,
  return: 0x0d,
  erase: 0x7f,
} as const;

/** Random digits, each as likely as any other. */
export function randomDigits(count: number, rng = secureRng): PinDigits {
  const digits: PinDigits = [];
  while (digits.length < count) {
    const [byte = 255] = rng(1);
    // 250 to 255 would make 0 to 5 likelier.
    if (byte < 250) digits.push(byte % 10);
  }
  return digits;
}

/** PIN and PUK of a new card. */
export const newCardSecrets = (): { pin: PinDigits; puk: PinDigits } => ({
  pin: randomDigits(LENGTH.pin),
  puk: randomDigits(LENGTH.puk),
});

/** What a letter tells; `transport`: the PIN must be changed first. */
interface TransportSecrets {
  readonly pin: PinDigits;
  readonly puk: PinDigits;
  readonly transport?: boolean;
}

/** Lines `PIN 000000`, or `TRANSPORT-PIN 000000`, and `PUK 00000000`. The caller wipes them. */
function letterOf({ pin, puk, transport = false }: TransportSecrets): Uint8Array {
  const ascii = (digits: PinDigits): number[] => digits.map((digit) => 0x30 + digit);
  const line = (name: string, digits: PinDigits): number[] => [...utf8(`${name} `), ...ascii(digits), CONTROL.lineFeed];
  return Uint8Array.from([...line(transport ? 'TRANSPORT-PIN' : 'PIN', pin), ...line('PUK', puk)]);
}

/** Where the secrets of a card are told, once. */
export interface PinLetter {
  /** Tells them: a file was written when the letter was opened, standard output is written now. */
  tell(): void;
  /** The card was not issued: takes the file away again. */
  withdraw(): void;
  /** Wipes what is in memory; always the last. */
  end(): void;
}

/** Writes everything, also where the other side takes less at a time. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at));
}

/**
 * Opens a letter. A file (mode 0600) is written before the card is, because no card may exist whose PIN nobody knows; one that exists is
 * refused with the system's EEXIST.
 */
export function openPinLetter(secrets: TransportSecrets, path?: string): PinLetter {
  const letter = letterOf(secrets);
  if (path !== undefined) {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeAll(file, letter);
    } finally {
      closeSync(file);
      wipe(letter);
    }
  }
  return {
    tell: () => {
      if (path === undefined) writeAll(process.stdout.fd, letter);
    },
    withdraw: () => {
      if (path !== undefined) rmSync(path, { force: true });
    },
    end: () => wipe(letter),
  };
}

/** Digits out of what was typed or read; wipes it. Throws PIN_FORMAT. */
function digitsIn(bytes: Uint8Array): PinDigits {
  try {
    const end = bytes.findLastIndex((byte) => byte !== CONTROL.lineFeed && byte !== CONTROL.return) + 1;
    const digits = PinDigits.safeParse(Array.from(bytes.subarray(0, end), (byte) => byte - 0x30));
    // The parser's report would carry the digits.
    if (!digits.success) throw new ImisError('PIN_FORMAT', 'a PIN is 4 to 12 digits');
    return digits.data;
  } finally {
    wipe(bytes);
  }
}

/** The PIN in a file, a line feed at its end left out. Throws FOLDER_NOT_FOUND, PIN_FORMAT. */
export const readPinFile = (path: string): PinDigits => digitsIn(readBytes(path));

/** The part of a terminal that is used. */
export interface PinTerminal {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Bytes of UTF-8 after the first of a character. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Asks on the terminal without showing what is typed; `read` gets a copy that it wipes. Throws PIN_REQUIRED where there is no terminal, CANCELLED, and what `read` throws. */
export async function askTyped<T>(
  question: string,
  read: (typed: Uint8Array) => T,
  input: PinTerminal = process.stdin,
  output: { write(text: string): unknown } = process.stderr,
  signal?: AbortSignal,
): Promise<T> {
  if (input.isTTY !== true) throw new ImisError('PIN_REQUIRED', 'no terminal to ask for the PIN: give it in a file');
  const typed = new Uint8Array(320);
  let length = 0;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const listen = (chunk: Buffer): void => {
    for (const byte of chunk) {
      if (byte === CONTROL.interrupt || byte === CONTROL.endOfText) {
        reject(new ImisError('CANCELLED', 'no PIN was typed'));
      } else if (byte === CONTROL.return || byte === CONTROL.lineFeed) {
        try {
          resolve(read(typed.slice(0, length)));
        } catch (cause) {
          reject(cause);
        }
      } else if (byte === CONTROL.backspace || byte === CONTROL.erase) {
        while (length > 0 && isContinuation(typed[--length]));
      } else if (length < typed.length) typed[length++] = byte;
    }
    chunk.fill(0);
  };
  const callOff = (): void => reject(new ImisError('CANCELLED', 'the question was called off'));
  signal?.addEventListener('abort', callOff, { once: true });
  if (signal?.aborted === true) callOff();
  // First, so that nothing is shown of what comes at once.
  input.setRawMode?.(true);
  input.on('data', listen);
  input.resume();
  output.write(question);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', callOff);
    input.off('data', listen);
    input.setRawMode?.(false);
    input.pause();
    output.write('\n');
    wipe(typed);
  }
}

/** Asks for the PIN of a card as {@link askTyped}. Throws PIN_FORMAT. */
export const askPin = (
  question: string,
  input?: PinTerminal,
  output?: { write(text: string): unknown },
): Promise<PinDigits> => askTyped(question, digitsIn, input, output);

/** Asks for a new PIN twice. Throws PIN_FORMAT when the two differ, and as {@link askPin}. */
export async function askNewPin(question: string, again: string, ask = askPin): Promise<PinDigits> {
  const [first, second] = [await ask(question), await ask(again)];
  const same = first.length === second.length && first.every((digit, i) => digit === second[i]);
  second.fill(0);
  if (same) return first;
  first.fill(0);
  throw new ImisError('PIN_FORMAT', 'the two new PINs differ');
}
