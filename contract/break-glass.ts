/**
 * The break-glass log of the emergency room, and what a patient is told of it. Who opens a record without its holder's word leaves a line that
 * nobody takes out unseen.
 * @module
 */
import { z } from 'zod';
import { Hash32, Id16, Instant, InstitutionCode } from './formats.ts';

/** Why there is no other way: a word of the list, and in words. */
export const EmergencyReason = z.strictObject({
  kind: z.enum(['unconscious', 'confused', 'language', 'child-alone', 'other']),
  words: z.string().trim().min(1).max(200),
});
export type EmergencyReason = z.infer<typeof EmergencyReason>;

/** A line of the break-glass log: every query and every confirmation, whatever came of it. Each line has the hash of the one before. */
export const BreakGlassLine = z.strictObject({
  /** From 1, without gaps. */
  position: z.int().min(1),
  /** Of the line before; 64 zeros in the first. */
  previous: Hash32,
  hash: Hash32,
  kind: z.enum(['query', 'confirmation']),
  /** `ok`, `repeated` (the same message came again and was answered again), or the code of the refusal. */
  outcome: z.string(),
  institution: InstitutionCode,
  terminal: Id16,
  /** What was asked, as far as it was understood. */
  queryId: Id16.nullable(),
  triage: z.int().nullable(),
  reason: EmergencyReason.nullable(),
  /** How many candidates were shown. */
  candidates: z.int().min(0),
  /** Who was confirmed. */
  pid: Id16.nullable(),
  /** Serial number of the staff certificate that confirmed; empty where a group signed. */
  by: z.string(),
  /** Id of the signed message; of an accepted query also what officers open to find the doctor. */
  messageId: Hash32.nullable(),
  at: Instant,
  /**
   * Of a query, once its fingers could be read: how many there were, and for how many the desk says that a scanner proved with its key to have taken
   * them for this query's challenge. The doctor signed for that word too. Null where neither is known.
   */
  fingers: z.int().min(1).nullable(),
  vouched: z.int().min(0).nullable(),
});
export type BreakGlassLine = z.infer<typeof BreakGlassLine>;

/** The patient is told: at the next check-in, on the screen and on paper (F8). */
export const BreakGlassNotice = z.strictObject({
  kind: z.literal('break-glass'),
  at: Instant,
  institution: InstitutionCode,
  reason: EmergencyReason.shape.kind,
  log: z.strictObject({ position: z.int().min(1), hash: Hash32 }),
});
export type BreakGlassNotice = z.infer<typeof BreakGlassNotice>;
