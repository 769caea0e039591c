/**
 * The commands all applications share, seen from the host: SELECT, files, PINs, signing. An application file composes these; a desk never does.
 * @module
 */
import type { AbortSignalLike } from '../../crypto/common/abort-signal-like.ts';
import { concat, readUint, wipe } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { command, EXTENDED_MAX } from '../apdu/command.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { type OperationKind, refusal, SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import { lifeOf } from './card-life.ts';
import { type ApplicationProfile, type FileProfile, PIN } from './card-profile.ts';

/** Cancels between commands. */
export type Signal = AbortSignalLike | undefined;

/** A card's signature over signed attributes; `counter` stays at the host and never enters a message. */
export interface CardSignature {
  readonly counter: number;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
}

/** State of the holder's PIN. */
export type PinStatus =
  | { readonly state: 'verified' }
  | { readonly state: 'needed'; readonly triesLeft: number }
  | { readonly state: 'blocked' };

/** How to say one command: header, data, answer wanted, and how its refusals read. */
export interface Exchange {
  readonly what: string;
  readonly header: readonly [cla: number, ins: number, p1: number, p2: number];
  readonly data?: Uint8Array;
  /** Answer bytes: exactly `answer` where given, any number with `any`, none when left out. */
  readonly answer?: number | 'any';
  readonly kind?: OperationKind;
  readonly secret?: boolean;
}

/** Carries out one exchange; rejects with the code its status word stands for, or CARD_ANSWER_INVALID for another length than expected. */
export async function exchange(session: CardSession, it: Exchange, signal: Signal): Promise<Uint8Array> {
  const le = it.answer === undefined ? undefined : it.answer === 'any' ? EXTENDED_MAX : Math.max(it.answer, 256);
  const { data, sw } = await session.send(command(it.header, it.data, le), { signal, secret: it.secret ?? false });
  if (sw !== SW.ok) throw refusal(sw, it.what, it.kind);
  const expected = it.answer ?? 0;
  if (expected !== 'any' && data.length !== expected) {
    throw new CardError('CARD_ANSWER_INVALID', `${it.what}: ${data.length} bytes answered`, { statusWord: sw });
  }
  return data;
}

/** SELECT by name; false when the card has no such application. */
export async function select(session: CardSession, { aid }: ApplicationProfile, signal: Signal): Promise<boolean> {
  const { sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], aid, 256), { signal });
  if (sw === SW.ok) return true;
  if (sw === SW.fileNotFound) return false;
  throw refusal(sw, 'SELECT');
}

/** SELECT of the application that the card must hold; rejects with CARD_WRONG_KIND, and CARD_BLOCKED for a card that does nothing else. */
export async function open(session: CardSession, { aid, kind }: ApplicationProfile, signal: Signal): Promise<void> {
  const { data, sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], aid, 256), { signal });
  if (sw === SW.fileNotFound) throw new CardError('CARD_WRONG_KIND', `the card holds no ${kind} application`);
  if (sw !== SW.ok) throw refusal(sw, 'SELECT');
  if (lifeOf(data) === 'blocked') throw new CardError('CARD_BLOCKED', `the bureau has blocked this ${kind} card`);
}

/** Contents of a transparent file; empty when nothing was written. */
export const readFile = (session: CardSession, { sfi }: FileProfile, signal: Signal): Promise<Uint8Array> =>
  exchange(session, { what: 'READ BINARY', header: [0x00, 0xb0, 0x80 | sfi, 0x00], answer: 'any' }, signal);

/** Replaces the contents of a transparent file. */
export async function writeFile(
  session: CardSession,
  { sfi }: FileProfile,
  data: Uint8Array,
  signal: Signal,
): Promise<void> {
  await exchange(session, { what: 'UPDATE BINARY', header: [0x00, 0xd6, 0x80 | sfi, 0x00], data }, signal);
}

/** One record, from 1; undefined when there is none. */
export async function readRecord(
  session: CardSession,
  { sfi }: FileProfile,
  number: number,
  signal: Signal,
): Promise<Uint8Array | undefined> {
  return whereFound(
    exchange(session, { what: 'READ RECORD', header: [0x00, 0xb2, number, (sfi << 3) | 4], answer: 'any' }, signal),
  );
}

/** All records of a file: newest first in a cyclic one. Fixed lengths come in one answer, variable ones record by record. */
export async function readRecords(session: CardSession, file: FileProfile, signal: Signal): Promise<Uint8Array[]> {
  if (file.structure === 'linear-variable') {
    const records: Uint8Array[] = [];
    for (let number = 1; number <= file.records; number++) {
      const record = await readRecord(session, file, number, signal);
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }
  const header = [0x00, 0xb2, 1, (file.sfi << 3) | 5] as const;
  const all = await whereFound(exchange(session, { what: 'READ RECORD', header, answer: 'any' }, signal));
  if (all === undefined) return [];
  if (all.length % file.size !== 0) throw new CardError('CARD_ANSWER_INVALID', 'records of another length');
  return Array.from({ length: all.length / file.size }, (_, i) => all.slice(i * file.size, (i + 1) * file.size));
}

async function whereFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CardError && error.statusWord === SW.recordNotFound) return undefined;
    throw error;
  }
}

/** VERIFY. The block is wiped whatever happens. Rejects with PIN_WRONG, PIN_BLOCKED, PIN_FORMAT or PIN_CHANGE_REQUIRED. */
export async function verifyPin(
  session: CardSession,
  pin: PinBlock,
  signal: Signal,
  reference: number = PIN.holder,
): Promise<void> {
  const header = [0x00, 0x20, 0x00, reference] as const;
  try {
    await exchange(session, { what: 'VERIFY', header, data: pin, kind: 'pin', secret: true }, signal);
  } finally {
    wipe(pin);
  }
}

async function twoBlocks(
  session: CardSession,
  it: Pick<Exchange, 'what' | 'header'>,
  [first, second]: readonly [PinBlock, PinBlock],
  signal: Signal,
): Promise<void> {
  const data = concat(first, second);
  try {
    await exchange(session, { ...it, data, kind: 'pin', secret: true }, signal);
  } finally {
    wipe(data, first, second);
  }
}

/** Changes the PIN, also a transport PIN. Both blocks are wiped. */
export const changePin = (session: CardSession, old: PinBlock, next: PinBlock, signal: Signal): Promise<void> =>
  twoBlocks(session, { what: 'CHANGE PIN', header: [0x00, 0x24, 0x00, PIN.holder] }, [old, next], signal);

/** Sets a new PIN by PUK, ten times in a card's life. Both blocks are wiped. */
export const unblockPin = (session: CardSession, puk: PinBlock, next: PinBlock, signal: Signal): Promise<void> =>
  twoBlocks(session, { what: 'RESET RETRY COUNTER', header: [0x00, 0x2c, 0x00, PIN.holder] }, [puk, next], signal);

/** State of the PIN, without trying one. */
export async function pinStatus(session: CardSession, signal: Signal): Promise<PinStatus> {
  const { sw } = await session.send(command([0x00, 0x20, 0x00, PIN.holder]), { signal });
  if (sw === SW.ok) return { state: 'verified' };
  if (sw === SW.pinBlocked) return { state: 'blocked' };
  if ((sw & 0xfff0) === 0x63c0) return { state: 'needed', triesLeft: sw & 0xf };
  throw refusal(sw, 'VERIFY');
}

/** PSO COMPUTE SIGNATURE over the DER of signed attributes, which the card reads and hashes itself. */
export async function signAttributes(session: CardSession, der: Uint8Array, signal: Signal): Promise<CardSignature> {
  const header = [0x00, 0x2a, 0x9e, 0x9a] as const;
  const answer = await exchange(session, { what: 'COMPUTE SIGNATURE', header, data: der, answer: 68 }, signal);
  return { counter: readUint(answer.subarray(0, 4)), signature: answer.slice(4) };
}
