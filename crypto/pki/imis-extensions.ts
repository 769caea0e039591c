/**
 * Our two certificate extensions. Standing (the `Data` of eq. 2, and PK_AP of eq. 2 as hashes):
 * `SEQUENCE { paidUntil UTF8String (YYYY-MM-DD), agents SEQUENCE SIZE (0..4) OF OCTET STRING (SIZE (32)) }`.
 * Role: `SEQUENCE { institution UTF8String (10 digits), role UTF8String }`. Both are not critical, so that foreign
 * validators accept the certificates; our own parser demands them where the kind does.
 * @module
 */
import { DerError, type DerReader, readDer, readText, within } from '../common/der-read.ts';
import { type DerTree, octets, sequence, TAG, utf8String } from '../common/der-write.ts';

/** Insurance standing of a pseudonym at issue. */
export interface Standing {
  /** Last calendar day the premium is paid for, YYYY-MM-DD. */
  readonly paidUntil: string;
  /** SHA-256 of each agent's public key, 32 bytes each, 0 to 4. */
  readonly agents: readonly Uint8Array[];
}

/** Roles of staff. */
export const STAFF_ROLES = ['registrar', 'nurse', 'pharmacist', 'clerk', 'officer'] as const;
/** Roles of terminals, and of the institutions behind decryption keys. */
export const TERMINAL_ROLES = ['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'] as const;

/** Role of a member of staff. */
export type StaffRole = (typeof STAFF_ROLES)[number];
/** Role of a terminal or of an institution's decryption key. */
export type TerminalRole = (typeof TERMINAL_ROLES)[number];

/** Where and as what somebody or something works. */
export interface Role<R extends string = StaffRole | TerminalRole> {
  /** Code of the institution, 10 digits. */
  readonly institution: string;
  readonly role: R;
}

const isDay = (text: string): boolean => {
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN;
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
};
const isInstitution = (text: string): boolean => /^[0-9]{10}$/.test(text);

/** Standing in DER form. Throws RangeError on values out of shape. */
export function encodeStanding(standing: Standing): DerTree {
  const fits = standing.agents.length <= 4 && standing.agents.every((hash) => hash.length === 32);
  if (!fits || !isDay(standing.paidUntil)) throw new RangeError('standing: a day and at most four hashes of 32 bytes');
  return sequence(utf8String(standing.paidUntil), sequence(...standing.agents.map((hash) => octets(hash))));
}

/** Inverse of {@link encodeStanding}; throws DerError. */
export const readStanding = (der: Uint8Array): Standing =>
  within(readDer(der, TAG.sequence), (reader) => {
    const paidUntil = readText(reader.read(TAG.utf8String));
    const agents = within(reader.read(TAG.sequence), readHashes);
    if (!isDay(paidUntil) || agents.length > 4) throw new DerError('standing out of shape');
    return { paidUntil, agents };
  });

function readHashes(reader: DerReader): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  while (reader.tag !== undefined) hashes.push(reader.read(TAG.octets).body);
  if (hashes.some((hash) => hash.length !== 32)) throw new DerError('not a SHA-256 value');
  return hashes;
}

/** Role in DER form. Throws RangeError on an institution code that is not 10 digits. */
export function encodeRole(role: Role): DerTree {
  if (!isInstitution(role.institution)) throw new RangeError('role: the institution code has 10 digits');
  return sequence(utf8String(role.institution), utf8String(role.role));
}

/** Inverse of {@link encodeRole} for the roles allowed; throws DerError. */
export const readRole = <R extends string>(der: Uint8Array, allowed: readonly R[]): Role<R> =>
  within(readDer(der, TAG.sequence), (reader) => {
    const institution = readText(reader.read(TAG.utf8String));
    const text = readText(reader.read(TAG.utf8String));
    const role = allowed.find((known) => known === text);
    if (!isInstitution(institution) || role === undefined) throw new DerError('role out of shape');
    return { institution, role };
  });
