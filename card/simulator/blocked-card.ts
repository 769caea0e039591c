/**
 * What a card still answers that the bureau has blocked (card note 3.8): SELECT, EF CARDINFO, what opens a channel, and orders in it.
 * @module
 */
import type { CommandApdu } from '../apdu/command.ts';
import { STAGE } from '../apps/card-life.ts';
import { AUTHENTICATION_FILE, PATIENT_FILES } from '../apps/card-profile.ts';
import type { CardMemory } from './card-memory.ts';

/** EXTERNAL and INTERNAL AUTHENTICATE, and BUREAU ORDER; CLA and INS as one number. SELECT and KEY AGREE come before everything else. */
const ANSWERED: readonly number[] = [0x0082, 0x0088, 0x80d4];
const READ_BINARY = 0x00b0;
/** The same short identifiers in every application. */
const READABLE: readonly number[] = [PATIENT_FILES.cardInfo, AUTHENTICATION_FILE].map(({ sfi }) => 0x80 | sfi);

/** Has the bureau blocked this card? */
export const isBlocked = (memory: CardMemory): boolean => memory.get('life')?.[0] === STAGE.blocked;

/** Is it one of the commands that a blocked card answers? */
export function isAnsweredBlocked({ cla, ins, p1 }: CommandApdu): boolean {
  const instruction = (cla << 8) | ins;
  return ANSWERED.includes(instruction) || (instruction === READ_BINARY && READABLE.includes(p1));
}
