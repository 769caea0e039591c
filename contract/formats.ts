/**
 * The notations every message and row uses: base64 for bytes, lower-case hex for identifiers, ISO 8601 UTC for instants.
 * @module
 */
import { z } from 'zod';

/** Bytes as standard base64 with padding. */
export const Base64 = z.base64().min(1);
/** 16 random bytes as 32 lower-case hex digits: PID_P, visit, R_X_ID, terminal, message id. */
export const Id16 = z.string().regex(/^[0-9a-f]{32}$/u);
/** 32 bytes as 64 lower-case hex digits: a SHA-256. */
export const Hash32 = z.string().regex(/^[0-9a-f]{64}$/u);
/** A national identification number: a letter and nine digits. Not checked any further, for foreign residents have other rules. */
export const NationalId = z.string().regex(/^[A-Z][0-9]{9}$/u);
/** The ten-digit code of a medical institution. */
export const InstitutionCode = z.string().regex(/^[0-9]{10}$/u);
/** Instant in UTC with milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 });
/** Calendar day, YYYY-MM-DD. */
export const Day = z.iso.date();
/** PIN digits on their way from the key pad to the card process; an array so that both ends can wipe it (HOUSE R9). */
export const PinDigits = z.array(z.int().min(0).max(9)).min(4).max(12);
export type PinDigits = z.infer<typeof PinDigits>;

/** What every signed payload and every stored row carries (product.md 1, "Kept as it came"). */
export const MESSAGE_HEAD = {
  version: z.literal(1),
  /** Institution that sends. */
  institution: InstitutionCode,
  /** Key that signs: SHA-256 of its SubjectPublicKeyInfo, or pkh of the group. */
  keyId: Hash32,
} as const;

/** Roles a terminal's certificate can carry. */
export const TerminalRole = z.enum(['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer']);
export type TerminalRole = z.infer<typeof TerminalRole>;

/** Roles a staff card can carry. */
export const StaffRole = z.enum(['registrar', 'nurse', 'pharmacist', 'clerk', 'officer']);
export type StaffRole = z.infer<typeof StaffRole>;
