/**
 * What the public area of the NHI card says of its holder (card note 1.1): 57 bytes, decoded strictly and without input or output.
 * The same fields come from the control software's hisGetBasicData, there as text and followed by a cancel mark and a telephone number.
 * @module
 */
import { CardError } from '../card-error.ts';
import { decodeBig5, UNKNOWN_CHARACTER } from './big5.ts';
import { isoOfRoc } from './roc-date.ts';

/** The holder of an NHI card. Days are YYYY-MM-DD. */
export interface NhiProfile {
  /** 12 digits. */
  readonly cardNumber: string;
  /** At most 20 characters; user-defined ones are private-use characters, U+FFFD is one that cannot be told. */
  readonly name: string;
  /** The name fills its field, so it may go on where the card had no room. */
  readonly nameCut: boolean;
  /** National or resident number: a letter, a digit or A to D, eight digits. */
  readonly idNumber: string;
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
  /** Day on which the card was issued. */
  readonly issued: string;
}

/** Fields in the order in which they stand, with their lengths in bytes. */
export const NHI_FIELDS = { cardNumber: 12, name: 20, idNumber: 10, birthDate: 7, sex: 1, issued: 7 } as const;

/** Bytes of the profile. */
export const NHI_PROFILE_LENGTH = 57;

type FieldName = keyof typeof NHI_FIELDS;

/** Every field as text. The name comes without its padding, and undefined where it cannot be read. */
export interface NhiFields extends Record<Exclude<FieldName, 'name'>, string> {
  readonly name: string | undefined;
  readonly nameCut: boolean;
}

const malformed = (what: string): CardError => new CardError('NHI_CARD_MALFORMED', `NHI profile refused: ${what}`);

function demand<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw malformed(what);
  return value;
}

const SEX = new Map([
  ['M', 'male'],
  ['F', 'female'],
] as const);

/** Checks fields and turns them into a profile. Throws NHI_CARD_MALFORMED, naming the field, never its contents. */
export function profileOf(fields: NhiFields): NhiProfile {
  const { cardNumber, idNumber } = fields;
  const name = demand(fields.name, 'name');
  if (Array.from(name).every((character) => character === UNKNOWN_CHARACTER)) throw malformed('name');
  if (!/^[0-9]{12}$/u.test(cardNumber)) throw malformed('card number');
  // The check digit is not asked for: numbers that do not fit it were once given out, and their holders have cards.
  if (!/^[A-Z][0-9A-D][0-9]{8}$/u.test(idNumber)) throw malformed('identity number');
  const birthDate = demand(isoOfRoc(fields.birthDate), 'birth date');
  const issued = demand(isoOfRoc(fields.issued), 'issue date');
  if (issued < birthDate) throw malformed('issued before birth');
  const sex = demand(SEX.get(fields.sex as 'M' | 'F'), 'sex');
  return { cardNumber, name, nameCut: fields.nameCut, idNumber, birthDate, sex, issued };
}

/** A name without its padding: spaces, ideographic spaces. */
export const withoutPadding = (name: string): string =>
  name.replace(/[\u0020\u3000]+$/u, '').replace(/^[\u0020\u3000]+/u, '');

/** The name field: what stands before the first NUL, after which nothing but padding may come. */
function nameOf(field: Uint8Array): string | undefined {
  const end = field.indexOf(0);
  if (end === -1) return decodeBig5(field, true);
  const isPadding = field.subarray(end).every((byte) => byte === 0 || byte === 0x20);
  return isPadding ? decodeBig5(field.subarray(0, end)) : undefined;
}

/** Reads the 57 bytes of the public area. Throws NHI_CARD_MALFORMED for another length and for any field that is not what the table says. */
export function decodeNhiProfile(bytes: Uint8Array): NhiProfile {
  if (bytes.length !== NHI_PROFILE_LENGTH) throw malformed(`${bytes.length} bytes`);
  let at = 0;
  const take = (field: FieldName): Uint8Array => bytes.subarray(at, (at += NHI_FIELDS[field]));
  const ascii = (field: FieldName): string => String.fromCharCode(...take(field));
  const cardNumber = ascii('cardNumber');
  const nameField = take('name');
  const name = nameOf(nameField);
  return profileOf({
    cardNumber,
    name: name === undefined ? undefined : withoutPadding(name),
    nameCut: nameField.every((byte) => byte !== 0) && nameField[NHI_FIELDS.name - 1] !== 0x20,
    idNumber: ascii('idNumber'),
    birthDate: ascii('birthDate'),
    sex: ascii('sex'),
    issued: ascii('issued'),
  });
}
