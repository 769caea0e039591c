/**
 * What a card still answers that the bureau has blocked (card note 3.8): SELECT, EF CARDINFO, key agreement and orders.
 * @module
 */
import type { CommandApdu } from '../apdu/command.ts';
import { STAGE } from '../apps/card-life.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import type { CardMemory } from './card-memory.ts';

/** KEY AGREE in both its forms, and BUREAU ORDER; CLA and INS as one number. SELECT comes before everything else. */
const ANSWERED: readonly number[] = [0x8088, 0x0082, 0x80d4];
const READ_BINARY = 0x00b0;

/** Has the bureau blocked this card? */
export const isBlocked = (memory: CardMemory): boolean => memory.get('life')?.[0] === STAGE.blocked;

/** Is it one of the commands that a blocked card answers? */
export function isAnsweredBlocked({ cla, ins, p1 }: CommandApdu): boolean {
  const instruction = (cla << 8) | ins;
  // EF CARDINFO has the same short identifier in every application, and says nothing of its holder.
  return ANSWERED.includes(instruction) || (instruction === READ_BINARY && p1 === (0x80 | PATIENT_FILES.cardInfo.sfi));
}
