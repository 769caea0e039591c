/**
 * The pending set: records appended to staged files are kept aside and become visible all at once with TX COMMIT, or never (card note 3.6).
 * The set outlives the supply, so that after a tear the host can ask TX STATUS, compare, and decide.
 * @module
 */
import { concat, lp, readUint, uint } from '../../crypto/common/bytes.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { crc32 } from '../apdu/crc32.ts';
import { SW } from '../apdu/status-word.ts';
import type { FileProfile } from '../apps/card-profile.ts';
import { demandAccess } from './access.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { terminalOf } from './channel-state.ts';
import { appendByIssuer, fileBySfi } from './file-commands.ts';
import { demand } from './refusal.ts';

/** What appending one record to a staged file changes; refuses what does not fit. It sees the records before it in the set as written. */
export type StagingRule = (memory: CardMemory, file: FileProfile, data: Uint8Array) => CellChange;

const MOST_OPERATIONS = 64;
const SEQUENCE = 'tx/sequence';
const COMMITTED = 'tx/committed';
const OPERATIONS = 'tx/operation/';

const numberIn = (memory: CardMemory, cell: string): number => readUint(memory.get(cell) ?? new Uint8Array(4));
const operationsOf = (memory: CardMemory): readonly Uint8Array[] =>
  memory.names(OPERATIONS).map((cell) => memory.get(cell) ?? NOTHING);
const checksum = (operations: readonly Uint8Array[]): Uint8Array => uint(crc32(concat(...operations.map(lp))), 4);
const erased = (memory: CardMemory): readonly CellChange[] =>
  memory.names(OPERATIONS).map((cell): CellChange => [cell, undefined]);

/** TX STATUS, TX COMMIT, TX ROLLBACK and APPEND RECORD, with the application's rule for its staged files. */
export function pendingSetCommands(rule: StagingRule): Handlers {
  function outcome(card: CardContext, operations: readonly Uint8Array[]): readonly CellChange[] {
    const trial = card.memory.fork();
    return operations.map((operation) => {
      const change = rule(trial, fileBySfi(card, operation[0] ?? 0), operation.slice(1));
      trial.write([change]);
      return change;
    });
  }

  function append(card: CardContext, apdu: CommandApdu): Uint8Array {
    const file = fileBySfi(card, apdu.p2 >> 3);
    if (file.write === 'card' || !('staged' in file.write)) return appendByIssuer(card, apdu);
    demand(!isBlank(card), SW.conditions);
    demandAccess(card, file.write.staged);
    demand(apdu.p1 === 0 && (apdu.p2 & 7) === 0, SW.wrongParameters);
    const before = operationsOf(card.memory);
    // A set left over from before the supply went is first committed or rolled back.
    demand(before.length === 0 || card.session.setOpenedHere, SW.conditions);
    demand(before.length < MOST_OPERATIONS, SW.full);
    const operation = concat(uint(file.sfi, 1), apdu.data);
    outcome(card, [...before, operation]);
    const opened: CellChange[] = before.length > 0 ? [] : [[SEQUENCE, uint(numberIn(card.memory, SEQUENCE) + 1, 4)]];
    const cell = `${OPERATIONS}${before.length.toString(16).padStart(2, '0')}`;
    card.memory.write([...opened, [cell, operation]]);
    card.session.setOpenedHere = true;
    return NOTHING;
  }

  function status(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
    terminalOf(card);
    const { memory } = card;
    const operations = operationsOf(memory);
    return concat(
      uint(operations.length, 1),
      uint(numberIn(memory, SEQUENCE), 4),
      checksum(operations),
      uint(numberIn(memory, COMMITTED), 4),
    );
  }

  function commit(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(data.length === 8, SW.wrongLength);
    terminalOf(card);
    const sequence = readUint(data.subarray(0, 4));
    const operations = operationsOf(card.memory);
    if (operations.length === 0) {
      // The answer to the first commit may have been lost.
      demand(sequence > 0 && sequence === numberIn(card.memory, COMMITTED), SW.conditions);
      return NOTHING;
    }
    demand(sequence === numberIn(card.memory, SEQUENCE), SW.conditions);
    demand(readUint(data.subarray(4)) === readUint(checksum(operations)), SW.conditions);
    card.memory.write([...outcome(card, operations), ...erased(card.memory), [COMMITTED, uint(sequence, 4)]]);
    return NOTHING;
  }

  function rollback(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(data.length === 4, SW.wrongLength);
    terminalOf(card);
    demand(readUint(data) === numberIn(card.memory, SEQUENCE), SW.conditions);
    const changes = erased(card.memory);
    if (changes.length > 0) card.memory.write(changes);
    return NOTHING;
  }

  return new Map([
    [0x00e2, append],
    [0x80f0, status],
    [0x80f2, commit],
    [0x80f4, rollback],
  ]);
}
