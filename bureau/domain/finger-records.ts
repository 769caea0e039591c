/**
 * From records as they came (ISO/IEC 19794-2, read strictly) to fingers as gallery and matcher take them.
 * @module
 */
import { FINGER_POSITION, type FingerTemplate } from '../../biometric/extract/finger-template.ts';
import { readIso19794 } from '../../biometric/extract/iso-19794-2.ts';
import type { GalleryFinger } from '../../biometric/index/gallery.ts';
import type { Matcher } from '../../biometric/match/create-matcher.ts';
import type { EmergencyProbe } from '../../contract/emergency.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import type { FingerRecords } from './finger-seals.ts';

/** Extractions of one impression at most. */
const MOST_VIEWS = 4;

/** The extractions of one impression of a finger (0: not known which). Throws TEMPLATE_MALFORMED, TEMPLATE_VERSION. */
function templatesOf(record: string, finger: number): readonly FingerTemplate[] {
  const { views } = readIso19794(fromBase64(record));
  if (views.length === 0 || views.length > MOST_VIEWS)
    throw new ImisError('TEMPLATE_MALFORMED', `${views.length} views of one impression`);
  if (views.some(({ position }) => FINGER_POSITION[position] !== finger))
    throw new ImisError('TEMPLATE_MALFORMED', 'a view of another finger');
  return views.map(({ template }) => template);
}

/** What a query searches with. Throws as {@link templatesOf}. */
export const probeFingers = ({ fingers }: EmergencyProbe): readonly GalleryFinger[] =>
  fingers.map(({ finger, record }) => ({ finger, templates: templatesOf(record, finger) }));

/**
 * The impression of each finger that is searched: the one most like the others of its finger, so that a blurred or wrong one is not it. Of
 * equal ones the first. Throws as {@link templatesOf}.
 */
export function typicalFingers(matcher: Matcher, records: FingerRecords): readonly GalleryFinger[] {
  return records.map(({ finger, impressions }) => {
    const all = impressions.map(({ record }) => {
      const templates = templatesOf(record, finger);
      return { templates, prepared: matcher.prepare(templates) };
    });
    const likeOthers = all.map((one) =>
      all.reduce((sum, other) => (other === one ? sum : sum + matcher.compare(one.prepared, other.prepared)), 0),
    );
    const typical = all[likeOthers.indexOf(Math.max(...likeOthers))];
    if (typical === undefined) throw new Error('a finger without impressions');
    return { finger, templates: typical.templates };
  });
}

/** Minutiae without which a finger is as good as none: what some jurisdictions want to agree before they speak of identity. */
const LEAST_MINUTIAE = 12;

/** FINGER_PARTIAL when a finger to be enrolled could never be found again. At an emergency nothing is refused for its quality. */
export function requireMinutiae(fingers: readonly GalleryFinger[]): void {
  for (const { finger, templates } of fingers)
    if (templates.every(({ minutiae }) => minutiae.length < LEAST_MINUTIAE))
      throw new ImisError('FINGER_PARTIAL', `less than ${LEAST_MINUTIAE} minutiae of finger ${finger}`);
}
