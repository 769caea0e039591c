/**
 * The arguments with which a clerk signs on at the command line, and those of a PIN: shared by the sub-commands of `imis card`.
 * @module
 */
import type { OfficeRequest } from '../main/app/card-office.ts';
import { type Given, type Option, optional, required, UsageError } from './command.ts';

/** Who does it and where. */
export const OFFICE_OPTIONS = {
  desk: required('D', 'folder of a terminal with the role bureau'),
  bureau: required('URL', 'address of the bureau'),
  'operator-reader': required('NAME', 'reader slot with the clerk’s staff card'),
  'pin-file': optional('FILE', 'file with the clerk’s PIN; without it the terminal asks'),
} as const satisfies Record<string, Option>;

/** Which card, and why. */
export const CARD_OPTIONS = {
  serial: required('N', 'serial number of the card, 32 hex digits, as imis card list shows it'),
  reason: optional('TEXT', 'for the card’s log'),
} as const satisfies Record<string, Option>;

/** Reads {@link OFFICE_OPTIONS}. */
export async function officeOf(given: Given): Promise<OfficeRequest> {
  const { askPin, readPinFile } = await import('../main/app/card-secrets.ts');
  const pinFile = given.optional('pin-file');
  return {
    desk: given.value('desk'),
    bureau: given.value('bureau'),
    operatorReader: given.value('operator-reader'),
    operatorPin: () => (pinFile === undefined ? askPin('承辦人 PIN / PIN of the clerk: ') : readPinFile(pinFile)),
  };
}

/** One of the words that an argument may be. */
export function oneOf<W extends string>(given: Given, name: string, words: readonly W[]): W {
  const value = given.value(name);
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`--${name} is ${words.join(', ')}`);
  return found;
}
