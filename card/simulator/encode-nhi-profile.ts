/**
 * The other direction of card/apps/nhi-profile.ts, for software cards and tests only: Node decodes Big5 but does not encode it.
 * @module
 */
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import { characterOf, UNKNOWN_CHARACTER } from '../apps/big5.ts';
import { NHI_FIELDS, type NhiProfile } from '../apps/nhi-profile.ts';

/** What a software NHI card is made of: a profile; whether a name is cut follows from its length. */
export type NhiHolder = Omit<NhiProfile, 'nameCut'>;

function big5Table(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) trail = 0xa1;
      const character = characterOf((lead << 8) | trail);
      if (character !== UNKNOWN_CHARACTER && !table.has(character)) table.set(character, (lead << 8) | trail);
    }
  }
  return table;
}

/** Big5 bytes of a text; private-use characters become user-defined codes. Throws RangeError for a character that Big5 does not have. */
export function encodeBig5(text: string): Uint8Array {
  const table = big5Table();
  return concat(
    ...Array.from(text, (character) => {
      if (character >= ' ' && character <= '~') return utf8(character);
      const code = table.get(character);
      if (code === undefined) throw new RangeError('encodeBig5: a character that Big5 does not have');
      return Uint8Array.of(code >> 8, code & 0xff);
    }),
  );
}

const rocOf = (day: string): string => {
  const [year = '', month = '', date = ''] = day.split('-');
  return `${String(Number(year) - 1911).padStart(3, '0')}${month}${date}`;
};

/** The 57 bytes of a holder. `pad` fills the name: 00 or 20, cards have been seen with either. A longer name is cut at the byte. */
export function encodeNhiProfile(holder: NhiHolder, pad: 0x00 | 0x20 = 0x00): Uint8Array {
  const name = new Uint8Array(NHI_FIELDS.name).fill(pad);
  name.set(encodeBig5(holder.name).subarray(0, name.length));
  return concat(
    utf8(holder.cardNumber),
    name,
    utf8(holder.idNumber),
    utf8(rocOf(holder.birthDate)),
    utf8(holder.sex === 'male' ? 'M' : 'F'),
    utf8(rocOf(holder.issued)),
  );
}
