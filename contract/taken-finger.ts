/**
 * A finger that was taken at a desk, as its screen may see it: a small picture and the quality in words. What is searched with stays in the station.
 *
 *     const taken = TakenFinger.parse({ finger: 2, grade: 'fair', problems: ['faint'], preview: 'data:image/png;base64,iVBORw0KGgo=' });
 * @module
 */
import { z } from 'zod';
import { FingerNumber } from './fingerprints.ts';

/** The finger somebody is asked for, ISO/IEC 19794-2 table 2; 0: nobody knows which it is. */
export const AskedFinger = z.union([z.literal(0), FingerNumber]);
export type AskedFinger = z.infer<typeof AskedFinger>;

/** Quality of an impression in one word. None is refused: a poor finger is better than none. */
export const FingerGrade = z.enum(['good', 'fair', 'poor']);
export type FingerGrade = z.infer<typeof FingerGrade>;

/** What could be better (biometric/extract/finger-quality.ts). */
const FingerProblem = z.enum(['partial', 'small-area', 'faint', 'blurred', 'few-minutiae', 'off-centre']);

/** PNG as a data URL. */
const FingerPicture = z.string().startsWith('data:image/png;base64,');

/** One impression. */
export const TakenFinger = z.strictObject({
  finger: AskedFinger,
  grade: FingerGrade,
  problems: z.array(FingerProblem),
  /** PNG as a data URL, at most 240 pixels a side. */
  preview: FingerPicture,
});
export type TakenFinger = z.infer<typeof TakenFinger>;

/** What lies on the window of a scanner that streams, while it waits: for the eye, with what could be better; `nothing` when no finger is seen. */
export const FingerPreview = z.strictObject({
  /** PNG as a data URL, at most 255 pixels a side. */
  picture: FingerPicture,
  seen: z.union([z.literal('nothing'), z.array(FingerProblem)]),
});
export type FingerPreview = z.infer<typeof FingerPreview>;

/** The scanner while it waits for a finger, and whether one lies on it. */
export const ScannerWait = z.strictObject({
  finger: AskedFinger,
  present: z.boolean(),
  /** The last picture of the window; absent where the scanner streams none, or nothing came yet. */
  preview: FingerPreview.optional(),
});
export type ScannerWait = z.infer<typeof ScannerWait>;

/** A finger of the demonstration that can be laid on its scanner: whose, which, and how well it is laid. */
export const LaidFinger = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/u),
  label: z.string(),
  finger: FingerNumber,
  poor: z.boolean(),
});
export type LaidFinger = z.infer<typeof LaidFinger>;
