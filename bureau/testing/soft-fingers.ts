/**
 * Fingers that nobody has, as records and sets: person and finger numbers are seeds, so that another impression of the same finger can be asked for.
 * @module
 */
import { FINGER_POSITION, type FingerPosition } from '../../biometric/extract/finger-template.ts';
import { writeIso19794 } from '../../biometric/extract/iso-19794-2.ts';
import { impressTemplate, syntheticFinger } from '../../biometric/testing/synthetic-template.ts';
import type { EmergencyProbe } from '../../contract/emergency.ts';
import type { FingerprintSet } from '../../contract/fingerprints.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** One pixel. */
export const PHOTO: FingerprintSet['photo'] = {
  mime: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
};

const positionOf = (finger: number): FingerPosition => {
  const name = Object.entries(FINGER_POSITION).find(([, number]) => number === finger)?.[0];
  // The keys of the table are the positions and nothing else.
  return (name ?? 'unknown') as FingerPosition;
};

/** A finger, and the position it is given out for where that is another one. */
interface SoftFinger {
  readonly person: number;
  readonly finger: number;
  readonly as?: number;
}

/** A record (bytes) of one impression. */
export const fingerRecord = ({ person, finger, as = finger }: SoftFinger, impression: number): Uint8Array => {
  const template = impressTemplate(syntheticFinger(person, finger), impression);
  return writeIso19794({
    views: [{ position: positionOf(as), view: 0, impression: 0, quality: 80, template }],
  });
};

/** A finger of a set: impressions 0 to 2. */
export const enrolledFinger = (of: SoftFinger): FingerprintSet['fingers'][number] => ({
  finger: of.as ?? of.finger,
  impressions: [0, 1, 2].map((number) => ({ record: base64(fingerRecord(of, number)), quality: 80 })),
});

/** Both index fingers of a person, and a photo. */
export const fingerSet = (person: number): FingerprintSet => ({
  version: 1,
  fingers: [2, 7].map((finger) => enrolledFinger({ person, finger })),
  photo: PHOTO,
});

/** The same fingers another day: impression 9. */
export const probeOf = (person: number, fingers: readonly number[] = [2, 7]): EmergencyProbe => ({
  version: 1,
  fingers: fingers.map((finger) => ({
    finger,
    record: base64(fingerRecord({ person, finger }, 9)),
    quality: 60,
    authentic: true,
  })),
});
