/**
 * The pending set from the host's side: open under a reference, append, compare what the card holds with what was sent, commit (card note 3.6).
 * @module
 */
import { concat, lp, readUint, uint } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { crc32 } from '../apdu/crc32.ts';
import { CardError } from '../card-error.ts';
import { exchange, type Signal } from './card-commands.ts';
import { type FileProfile, SET_STATE } from './card-profile.ts';

/**
 * What TX STATUS says. `records` lie in the open set; `sequence` numbers the sets, `committed` is the last one that took effect. `reference`
 * (32 bytes) names the message whose acceptance decides about the open set; only one that is `complete` can be committed.
 */
export interface PendingSetStatus {
  readonly state: 'none' | 'filling' | 'complete';
  readonly records: number;
  readonly sequence: number;
  readonly checksum: number;
  readonly committed: number;
  readonly reference: Uint8Array;
}

/** A record for a staged file. */
export interface StagedRecord {
  readonly file: FileProfile;
  readonly data: Uint8Array;
}

/** A set that lies complete on the card and waits for its commit. */
export interface StagedSet {
  readonly sequence: number;
  readonly checksum: number;
}

/** CRC-32 that the card must name for these records in this order. */
const checksumOf = (records: readonly StagedRecord[]): number =>
  crc32(concat(...records.map(({ file, data }) => lp(concat(uint(file.sfi, 1), data)))));

function stateOf(byte: number | undefined): PendingSetStatus['state'] {
  switch (byte) {
    case SET_STATE.none:
      return 'none';
    case SET_STATE.filling:
      return 'filling';
    case SET_STATE.complete:
      return 'complete';
    case undefined:
    default:
      throw new CardError('CARD_ANSWER_INVALID', 'TX STATUS: a state that does not exist');
  }
}

/** TX STATUS. */
export async function pendingSetStatus(session: CardSession, signal: Signal): Promise<PendingSetStatus> {
  const answer = await exchange(session, { what: 'TX STATUS', header: [0x80, 0xf0, 0, 0], answer: 46 }, signal);
  return {
    state: stateOf(answer[0]),
    records: answer[1] ?? 0,
    sequence: readUint(answer.subarray(2, 6)),
    checksum: readUint(answer.subarray(6, 10)),
    committed: readUint(answer.subarray(10, 14)),
    reference: answer.slice(14),
  };
}

/** TX COMMIT. Saying it again for the set committed last is harmless. */
export async function commitSet(session: CardSession, set: StagedSet, signal: Signal): Promise<void> {
  const data = concat(uint(set.sequence, 4), uint(set.checksum, 4));
  await exchange(session, { what: 'TX COMMIT', header: [0x80, 0xf2, 0, 0], data }, signal);
}

/** TX ROLLBACK of the set with this number. */
export async function rollBackSet(session: CardSession, sequence: number, signal: Signal): Promise<void> {
  await exchange(session, { what: 'TX ROLLBACK', header: [0x80, 0xf4, 0, 0], data: uint(sequence, 4) }, signal);
}

/**
 * Opens a set under a reference (32 bytes, not zero), appends the records and makes sure that the card holds exactly them. A refusal in the
 * middle rolls back what was appended. Rejects with CARD_REFUSED while an earlier set is open, CARD_FULL, CARD_ALREADY_USED for a prescription the card has, and CARD_ANSWER_INVALID.
 */
export async function stageSet(
  session: CardSession,
  { reference, records }: { readonly reference: Uint8Array; readonly records: readonly StagedRecord[] },
  signal: Signal,
): Promise<StagedSet> {
  const before = await pendingSetStatus(session, signal);
  if (before.state !== 'none') throw new CardError('CARD_REFUSED', 'an earlier set waits for commit or rollback');
  const announced = concat(reference, uint(records.length, 1), uint(checksumOf(records), 4));
  try {
    await exchange(session, { what: 'TX OPEN', header: [0x80, 0xee, 0, 0], data: announced }, signal);
    for (const { file, data } of records) {
      await exchange(session, { what: 'APPEND RECORD', header: [0x00, 0xe2, 0, file.sfi << 3], data }, signal);
    }
    const held = await pendingSetStatus(session, signal);
    if (held.state !== 'complete' || held.checksum !== checksumOf(records)) {
      throw new CardError('CARD_ANSWER_INVALID', 'the card holds another set than was sent');
    }
    return { sequence: held.sequence, checksum: held.checksum };
  } catch (error) {
    // With the card gone there is nothing to roll back: TX STATUS tells at its next insertion.
    const gone = error instanceof CardError && (error.code === 'CARD_LOST' || error.code === 'READER_FAILED');
    if (!gone) await rollBackOpen(session);
    throw error;
  }
}

async function rollBackOpen(session: CardSession): Promise<void> {
  const { state, sequence } = await pendingSetStatus(session, undefined);
  if (state !== 'none') await rollBackSet(session, sequence, undefined);
}
