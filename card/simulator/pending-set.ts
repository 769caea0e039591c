/**
 * The pending set: records appended to staged files are kept aside and become visible all at once with TX COMMIT, or never (card note 3.6).
 * TX OPEN 80 EE: reference(32, not zero) ‖ records(1) ‖ CRC-32(4) announces the set, APPEND RECORD fills it. TX STATUS 80 F0 -> state(1) ‖
 * records there(1) ‖ sequence(4) ‖ CRC-32 of them(4) ‖ sequence committed last(4) ‖ reference(32, zero when no set is open). TX COMMIT 80 F2:
 * sequence(4) ‖ CRC-32(4), of a complete set. TX ROLLBACK 80 F4: sequence(4). The set outlives the supply, so that after a tear any host can
 * ask whether what the reference names was accepted, and decide.
 * @module
 */
import { concat, equalBytes, lp, readUint, uint } from '../../crypto/common/bytes.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { crc32 } from '../apdu/crc32.ts';
import { SW } from '../apdu/status-word.ts';
import { BESIDE_DOCTOR, type FileProfile, SET_LIMIT, SET_STATE } from '../apps/card-profile.ts';
import { demandAccess } from './access.ts';
import type { CardMemory, CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { terminalOf, terminalWith } from './channel-state.ts';
import { appendByIssuer, fileBySfi } from './file-commands.ts';
import { demand } from './refusal.ts';

/** What appending one record to a staged file changes; refuses what does not fit. It sees the records before it in the set as written. */
export type StagingRule = (memory: CardMemory, file: FileProfile, data: Uint8Array) => CellChange;

const SEQUENCE = 'tx/sequence';
/** What TX OPEN announced; there while a set is open. */
const ANNOUNCED = 'tx/announced';
const ANNOUNCEMENT_LENGTH = 37;
/** Terminals that settle what an earlier stay left open. */
const SETTLING = ['registration', 'clinic', 'emergency', 'pharmacy', 'bureau'] as const;
const COMMITTED = 'tx/committed';
const OPERATIONS = 'tx/operation/';

const numberIn = (memory: CardMemory, cell: string): number => readUint(memory.get(cell) ?? new Uint8Array(4));
const operationsOf = (memory: CardMemory): readonly Uint8Array[] =>
  memory.names(OPERATIONS).map((cell) => memory.get(cell) ?? NOTHING);
const checksum = (operations: readonly Uint8Array[]): Uint8Array => uint(crc32(concat(...operations.map(lp))), 4);
const erased = (memory: CardMemory): readonly CellChange[] =>
  [...memory.names(OPERATIONS), ...memory.names(ANNOUNCED)].map((cell): CellChange => [cell, undefined]);

const isComplete = (announced: Uint8Array, operations: readonly Uint8Array[]): boolean =>
  announced[32] === operations.length && equalBytes(announced.slice(33), checksum(operations));

/** TX OPEN, TX STATUS, TX COMMIT, TX ROLLBACK and APPEND RECORD, with the application's rule for its staged files. */
export function pendingSetCommands(rule: StagingRule): Handlers {
  function outcome(card: CardContext, operations: readonly Uint8Array[]): readonly CellChange[] {
    const trial = card.memory.fork();
    return operations.map((operation) => {
      const change = rule(trial, fileBySfi(card, operation[0] ?? 0), operation.slice(1));
      trial.write([change]);
      return change;
    });
  }

  function open(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(data.length === ANNOUNCEMENT_LENGTH, SW.wrongLength);
    const records = data[32] ?? 0;
    const named = data.slice(0, 32).some((byte) => byte !== 0);
    demand(named && records > 0 && records <= SET_LIMIT, SW.wrongData);
    demandAccess(card, BESIDE_DOCTOR);
    // A set that is open is first committed or rolled back.
    demand(!isBlank(card) && card.memory.get(ANNOUNCED) === undefined, SW.conditions);
    card.memory.write([
      [SEQUENCE, uint(numberIn(card.memory, SEQUENCE) + 1, 4)],
      [ANNOUNCED, data],
    ]);
    card.session.setOpenedHere = true;
    return NOTHING;
  }

  function append(card: CardContext, apdu: CommandApdu): Uint8Array {
    const file = fileBySfi(card, apdu.p2 >> 3);
    if (file.write === 'card' || !('staged' in file.write)) return appendByIssuer(card, apdu);
    demand(!isBlank(card), SW.conditions);
    demandAccess(card, file.write.staged);
    demand(apdu.p1 === 0 && (apdu.p2 & 7) === 0, SW.wrongParameters);
    const announced = card.memory.get(ANNOUNCED);
    // What is left over from before the supply went takes nothing more.
    demand(announced !== undefined && card.session.setOpenedHere, SW.conditions);
    const before = operationsOf(card.memory);
    demand(before.length < (announced[32] ?? 0), SW.full);
    const operation = concat(uint(file.sfi, 1), apdu.data);
    outcome(card, [...before, operation]);
    card.memory.write([[`${OPERATIONS}${before.length.toString(16).padStart(2, '0')}`, operation]]);
    return NOTHING;
  }

  function status(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
    terminalOf(card);
    const { memory } = card;
    const announced = memory.get(ANNOUNCED);
    const operations = operationsOf(memory);
    const filled = announced !== undefined && isComplete(announced, operations);
    const state = announced === undefined ? SET_STATE.none : filled ? SET_STATE.complete : SET_STATE.filling;
    return concat(
      uint(state, 1),
      uint(operations.length, 1),
      uint(numberIn(memory, SEQUENCE), 4),
      checksum(operations),
      uint(numberIn(memory, COMMITTED), 4),
      announced?.slice(0, 32) ?? new Uint8Array(32),
    );
  }

  function commit(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(data.length === 8, SW.wrongLength);
    terminalWith(card, ...SETTLING);
    const sequence = readUint(data.subarray(0, 4));
    const announced = card.memory.get(ANNOUNCED);
    if (announced === undefined) {
      // The answer to the first commit may have been lost.
      demand(sequence > 0 && sequence === numberIn(card.memory, COMMITTED), SW.conditions);
      return NOTHING;
    }
    const operations = operationsOf(card.memory);
    demand(sequence === numberIn(card.memory, SEQUENCE) && isComplete(announced, operations), SW.conditions);
    demand(equalBytes(data.slice(4), checksum(operations)), SW.conditions);
    card.memory.write([...outcome(card, operations), ...erased(card.memory), [COMMITTED, uint(sequence, 4)]]);
    return NOTHING;
  }

  function rollback(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
    demand(p1 === 0 && p2 === 0, SW.wrongParameters);
    demand(data.length === 4, SW.wrongLength);
    terminalWith(card, ...SETTLING);
    demand(readUint(data) === numberIn(card.memory, SEQUENCE), SW.conditions);
    const changes = erased(card.memory);
    if (changes.length > 0) card.memory.write(changes);
    return NOTHING;
  }

  return new Map([
    [0x80ee, open],
    [0x00e2, append],
    [0x80f0, status],
    [0x80f2, commit],
    [0x80f4, rollback],
  ]);
}
