/**
 * The pseudonym-to-person table: the bureau's alone, sealed at rest (AES-256-GCM, the pseudonym as additional data), found again by a keyed tag.
 * Agents are kept the same way, each under a pseudonym and a tag for one patient.
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { z } from 'zod';
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
/** Who an agent is: as much as a civil certificate says. */
const AgentPersonSchema = PersonSchema.pick({ name: true, nationalId: true });
export type AgentPerson = z.infer<typeof AgentPersonSchema>;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** nonce(12) ‖ ciphertext ‖ tag(16) of JSON, under an identifier in hex. */
export function sealJson(key: Uint8Array, pseudonym: string, value: unknown): Uint8Array {
  const nonce = secureRng(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(fromHex(pseudonym));
  const body = cipher.update(utf8(JSON.stringify(value)));
  return concat(nonce, body, cipher.final(), cipher.getAuthTag());
}

/** Inverse of {@link sealJson}; throws a plain Error for what was altered or moved to another identifier. */
export function openJson(key: Uint8Array, pseudonym: string, sealed: Uint8Array): unknown {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(fromHex(pseudonym));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const body = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  return JSON.parse(decodeUtf8(concat(body, decipher.final())));
}

/** nonce(12) ‖ ciphertext ‖ tag(16). */
export const sealIdentity = (key: Uint8Array, pid: string, person: Person): Uint8Array => sealJson(key, pid, person);

/** Inverse of {@link sealIdentity}; throws a plain Error when the row was altered or moved to another pseudonym. */
export const openIdentity = (key: Uint8Array, pid: string, sealed: Uint8Array): Person =>
  PersonSchema.parse(openJson(key, pid, sealed));

/** As {@link sealIdentity}, under AID_A. */
export const sealAgent = (key: Uint8Array, agentId: string, { name, nationalId }: AgentPerson): Uint8Array =>
  sealJson(key, agentId, { name, nationalId });

/** Inverse of {@link sealAgent}; throws as {@link openIdentity}. */
export const openAgent = (key: Uint8Array, agentId: string, sealed: Uint8Array): AgentPerson =>
  AgentPersonSchema.parse(openJson(key, agentId, sealed));

/** HMAC of the national number: finds a person again without opening the table. */
export const identityTag = (key: Uint8Array, nationalId: string): string => hex(hmac256(key, utf8(nationalId)));

/** HMAC of patient and agent: finds the agent of this patient again, and tells nothing about the same person with another. */
export const agentTag = (key: Uint8Array, pid: string, nationalId: string): string =>
  hex(hmac256(key, utf8(`agent ${pid} ${nationalId}`)));

/** What a desk may see of a person. */
export const maskedPerson = (person: Person) => ({
  maskedName: maskName(person.name),
  birthYear: Number(person.birthDate.slice(0, 4)),
  sex: person.sex,
});
