/**
 * READ BINARY, UPDATE BINARY, READ RECORD, and APPEND RECORD of files that are not staged (ISO/IEC 7816-4 11.3, 11.4). Files are named by
 * their short identifier. A transparent file holds as much as was written: UPDATE BINARY at offset 0 begins new contents.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import { type CommandApdu, SHORT_MAX } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import type { FileProfile } from '../apps/card-profile.ts';
import { demandAccess, demandIssuing } from './access.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { appended, fileCell, recordsOf } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';

/** The file of a short identifier; refuses 6A82. */
export function fileBySfi(card: CardContext, sfi: number): FileProfile {
  const file = Object.values(card.profile.files).find((candidate) => candidate.sfi === sfi);
  demand(file !== undefined, SW.fileNotFound);
  return file;
}

function mayWrite(card: CardContext, { write }: FileProfile): void {
  if (isBlank(card)) return demandIssuing(card);
  if (write === 'card' || 'staged' in write) demandAccess(card, 'never');
  else demandAccess(card, write);
}

function transparent(card: CardContext, { p1 }: CommandApdu): FileProfile {
  demand((p1 & 0xe0) === 0x80, SW.wrongParameters);
  const file = fileBySfi(card, p1 & 0x1f);
  demand(file.structure === 'transparent', SW.conditions);
  return file;
}

function readBinary(card: CardContext, apdu: CommandApdu): Uint8Array {
  const file = transparent(card, apdu);
  demandAccess(card, file.read);
  const contents = card.memory.get(fileCell(file)) ?? NOTHING;
  demand(apdu.p2 <= contents.length, SW.wrongOffset);
  const rest = contents.slice(apdu.p2);
  const exact = apdu.le !== undefined && apdu.le < SHORT_MAX;
  // A short exact length beyond the end is answered with the right one.
  if (exact && apdu.le > rest.length && rest.length > 0) throw new Refusal(0x6c00 | rest.length);
  return exact ? rest.slice(0, apdu.le) : rest;
}

function updateBinary(card: CardContext, apdu: CommandApdu): Uint8Array {
  const file = transparent(card, apdu);
  mayWrite(card, file);
  const contents = card.memory.get(fileCell(file)) ?? NOTHING;
  demand(apdu.p2 <= contents.length, SW.wrongOffset);
  const next = concat(contents.slice(0, apdu.p2), apdu.data);
  demand(next.length <= file.size && apdu.data.length > 0, SW.wrongLength);
  card.memory.write([[fileCell(file), next]]);
  return NOTHING;
}

function readRecord(card: CardContext, { p1, p2 }: CommandApdu): Uint8Array {
  const file = fileBySfi(card, p2 >> 3);
  demand(file.structure !== 'transparent', SW.conditions);
  demandAccess(card, file.read);
  const records = recordsOf(card.memory, file);
  const first = records[p1 - 1];
  demand(first !== undefined, SW.recordNotFound);
  if ((p2 & 7) === 4) return first.data;
  demand((p2 & 7) === 5 && file.structure !== 'linear-variable', SW.wrongParameters);
  return concat(...records.slice(p1 - 1).map((record) => record.data));
}

/** APPEND RECORD while the card is personalised; applications with a pending set put theirs in front. */
export function appendByIssuer(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 0 && (p2 & 7) === 0, SW.wrongParameters);
  const file = fileBySfi(card, p2 >> 3);
  demand(file.structure !== 'transparent', SW.conditions);
  demand(file.write !== 'card' && !('staged' in file.write), SW.pinRequired);
  demandIssuing(card);
  card.memory.write([appended(card.memory, file, data)]);
  return NOTHING;
}

/** The file commands of every card. */
export const FILE_COMMANDS: Handlers = new Map([
  [0x00b0, readBinary],
  [0x00d6, updateBinary],
  [0x00b2, readRecord],
  [0x00e2, appendByIssuer],
]);
