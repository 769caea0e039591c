/**
 * The pseudonym-to-person table: the bureau's alone, sealed at rest (AES-256-GCM, PID_P as additional data), found again by a keyed tag.
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CardApplication } from '../../contract/messages.ts';
import { CardApplication as CardApplicationSchema } from '../../contract/messages.ts';
import { concat, fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { hmac256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { maskName } from '../../record/mask-name.ts';

/** Who somebody is. */
export type Person = CardApplication['person'];

const PersonSchema = CardApplicationSchema.shape.person;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** nonce(12) ‖ ciphertext ‖ tag(16). */
export function sealIdentity(key: Uint8Array, pid: string, person: Person): Uint8Array {
  const nonce = secureRng(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(fromHex(pid));
  const body = cipher.update(utf8(JSON.stringify(person)));
  return concat(nonce, body, cipher.final(), cipher.getAuthTag());
}

/** Inverse of {@link sealIdentity}; throws a plain Error when the row was altered or moved to another pseudonym. */
export function openIdentity(key: Uint8Array, pid: string, sealed: Uint8Array): Person {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(fromHex(pid));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const body = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  return PersonSchema.parse(JSON.parse(decodeUtf8(concat(body, decipher.final()))));
}

/** HMAC of the national number: finds a person again without opening the table. */
export const identityTag = (key: Uint8Array, nationalId: string): string => hex(hmac256(key, utf8(nationalId)));

/** What a desk may see of a person. */
export const maskedPerson = (person: Person) => ({
  maskedName: maskName(person.name),
  birthYear: Number(person.birthDate.slice(0, 4)),
  sex: person.sex,
});
