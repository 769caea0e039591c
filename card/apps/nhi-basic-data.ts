/**
 * hisGetBasicData as the virtual card's component gives it (card note 1.3, 1.4): the 72 bytes as text, so that a Chinese character is one
 * character that counts as two bytes. 57 of them are the card's profile, then the cancel mark; the emergency telephone number that
 * follows is neither read nor kept.
 * @module
 */
import { CardError } from '../card-error.ts';
import { NHI_FIELDS, type NhiProfile, profileOf, withoutPadding } from './nhi-profile.ts';

/** A profile, and whether the card stands cancelled. */
export interface NhiBasicData {
  readonly profile: NhiProfile;
  readonly cancelled: boolean;
}

const TELEPHONE = 14;

/** Bytes that a character takes in Big5. */
const widthOf = (character: string): number => (character <= '\u007f' ? 1 : 2);

const malformed = (what: string): CardError => new CardError('NHI_CARD_MALFORMED', `basic data refused: ${what}`);

/** Reads the text. Throws NHI_CARD_MALFORMED for fields that do not end where they should, a missing cancel mark, or more than there should be. */
export function decodeBasicData(text: string): NhiBasicData {
  const characters = Array.from(text);
  let at = 0;
  const take = (width: number): string => {
    let taken = '';
    for (let left = width; left > 0; at++) {
      const character = characters[at];
      if (character === undefined) throw malformed('too short');
      left -= widthOf(character);
      if (left < 0) throw malformed('a character across the end of a field');
      taken += character;
    }
    return taken;
  };
  const cardNumber = take(NHI_FIELDS.cardNumber);
  const [name = '', ...padding] = take(NHI_FIELDS.name).split('\0');
  const isClean = padding.every((rest) => rest.trim() === '') && !/\p{Cc}/u.test(name);
  const fields = {
    cardNumber,
    name: isClean ? withoutPadding(name) : undefined,
    nameCut: padding.length === 0 && !/[\u0020\u3000]$/u.test(name),
    idNumber: take(NHI_FIELDS.idNumber),
    birthDate: take(NHI_FIELDS.birthDate),
    sex: take(NHI_FIELDS.sex),
    issued: take(NHI_FIELDS.issued),
  };
  const mark = take(1);
  const rest = characters.slice(at).join('').replace(/\0+$/u, '');
  if (mark !== '1' && mark !== '2') throw malformed('cancel mark');
  if (rest.length > TELEPHONE) throw malformed('too long');
  return { profile: profileOf(fields), cancelled: mark === '2' };
}
