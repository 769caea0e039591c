/**
 * The pending set from the host's side: append, compare what the card holds with what was sent, commit (card note 3.6).
 * @module
 */
import { concat, lp, readUint, uint } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { crc32 } from '../apdu/crc32.ts';
import { CardError } from '../card-error.ts';
import { exchange, type Signal } from './card-commands.ts';
import type { FileProfile } from './card-profile.ts';

/** What TX STATUS says. `records` is 0 when nothing is pending; `sequence` numbers the sets, `committed` is the last one that took effect. */
export interface PendingSetStatus {
  readonly records: number;
  readonly sequence: number;
  readonly checksum: number;
  readonly committed: number;
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

/** TX STATUS. */
export async function pendingSetStatus(session: CardSession, signal: Signal): Promise<PendingSetStatus> {
  const answer = await exchange(session, { what: 'TX STATUS', header: [0x80, 0xf0, 0, 0], answer: 13 }, signal);
  return {
    records: answer[0] ?? 0,
    sequence: readUint(answer.subarray(1, 5)),
    checksum: readUint(answer.subarray(5, 9)),
    committed: readUint(answer.subarray(9, 13)),
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
 * Appends the records as one set and makes sure that the card holds exactly them. A refusal in the middle rolls back what was appended.
 * Rejects with CARD_REFUSED while an earlier set is open, CARD_FULL, CARD_ALREADY_USED for a prescription the card has, and CARD_ANSWER_INVALID.
 */
export async function stageSet(
  session: CardSession,
  records: readonly StagedRecord[],
  signal: Signal,
): Promise<StagedSet> {
  const before = await pendingSetStatus(session, signal);
  if (before.records > 0) throw new CardError('CARD_REFUSED', 'an earlier set waits for commit or rollback');
  try {
    for (const { file, data } of records) {
      await exchange(session, { what: 'APPEND RECORD', header: [0x00, 0xe2, 0, file.sfi << 3], data }, signal);
    }
    const held = await pendingSetStatus(session, signal);
    if (held.records !== records.length || held.checksum !== checksumOf(records)) {
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
  const { records, sequence } = await pendingSetStatus(session, undefined);
  if (records > 0) await rollBackSet(session, sequence, undefined);
}
