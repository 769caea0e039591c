/**
 * One finger under two names: twice in a set, or of two people. A clerk looks into the second, so it is enough that few strangers look as alike.
 * @module
 */
import type { GalleryFinger } from '../../biometric/index/gallery.ts';
import type { Matcher } from '../../biometric/match/create-matcher.ts';
import { ImisError } from '../../contract/errors.ts';
import type { Bureau } from './bureau.ts';
import { typicalFingers } from './finger-records.ts';
import { compareFingers, likenessOf } from './likeness.ts';

/** Of a thousand sets so many may be refused for two fingers that only look alike. */
const MISTAKEN_SETS = 1 / 1_000;
/** Strangers at most that look as alike as somebody whom a clerk is to look into: one enrolment in a hundred finds one for nothing. */
const STRANGERS = 0.01;
/** People looked at closely for each finger. */
const CLOSEST = 3;

/** FINGER_REPEATED when two fingers of a set are one. */
export function requireSingleFingers(matcher: Matcher, fingers: readonly GalleryFinger[]): void {
  const pairs = (fingers.length * (fingers.length - 1)) / 2;
  fingers.forEach((one, i) => {
    for (const other of fingers.slice(i + 1)) {
      const compared = compareFingers(matcher, [{ ...one, finger: 0 }], [other]);
      if (likenessOf(compared, pairs).strangers <= MISTAKEN_SETS)
        throw new ImisError('FINGER_REPEATED', `fingers ${one.finger} and ${other.finger} are one`);
    }
  });
}

/** What a search for duplicates works with. */
export interface DuplicateParts {
  readonly store: Pick<Bureau['store'], 'fingerSets'>;
  readonly fingers: Pick<Bureau['fingers'], 'search' | 'engines' | 'seals'>;
}

/**
 * Pseudonyms of others who are enrolled with some of these fingers, under whatever position. `former`: number of the person's own set. Throws
 * GALLERY_UNAVAILABLE, also when a part of the gallery did not answer: whom nobody looked at may be the one.
 */
export async function othersWith(
  { store, fingers: enrolled }: DuplicateParts,
  fingers: readonly GalleryFinger[],
  former: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const unplaced = fingers.map((one) => ({ ...one, finger: 0 }));
  const found = new Set<string>();
  let persons = 0;
  // Finger by finger: one that is somebody else's must not drown among nine that are not.
  for (const finger of unplaced) {
    const answer = await enrolled.search([finger], CLOSEST + 1, signal);
    if (answer.searched < answer.enrolled)
      throw new ImisError('GALLERY_UNAVAILABLE', `${answer.enrolled - answer.searched} persons could not be compared`);
    persons = answer.enrolled;
    for (const { id } of answer.candidates) if (id !== former) found.add(id);
  }
  const { matcher } = await enrolled.engines(signal);
  const sets = await store.fingerSets([...found], signal);
  return sets.flatMap(({ number, sealed_fingers, sealed_face }) => {
    const theirs = typicalFingers(matcher, enrolled.seals.openRecords(number, sealed_fingers));
    const { strangers, isUtmost } = likenessOf(compareFingers(matcher, unplaced, theirs), persons);
    // Among a hundred thousand and more no single finger would be enough, however alike.
    return strangers <= STRANGERS || isUtmost ? [enrolled.seals.openFace(number, sealed_face).pid] : [];
  });
}
