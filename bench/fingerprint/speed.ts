/**
 * How fast one core extracts and compares, in the configuration of the accuracy figures.
 * @module
 */
import { createExtractor } from '../../biometric/extract/create-extractor.ts';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';
import { createMatcher } from '../../biometric/match/create-matcher.ts';
import { type Figure, percentile } from '../report.ts';

/** An image and whose finger it is. */
export interface NamedImage {
  readonly finger: string;
  readonly image: GreyImage;
}

const REPETITIONS = 7;

const ms = (work: () => void): number => {
  const started = performance.now();
  work();
  return performance.now() - started;
};

/** `extract.ms` and `full.per_s_core`; `what` says which images. */
export async function speedFigures(images: readonly NamedImage[], what: string): Promise<readonly Figure[]> {
  const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
  const fingers = images.map(({ finger, image }) => ({
    finger,
    prepared: matcher.prepare(extractor.extract(image).templates),
  }));
  const perImage = Array.from({ length: REPETITIONS }, () => {
    const whole = ms(() => {
      for (const { image } of images) extractor.extract(image);
    });
    return whole / images.length;
  });
  let pairs = 0;
  const perSecond = Array.from({ length: REPETITIONS }, () => {
    pairs = 0;
    const whole = ms(() => {
      for (const a of fingers) {
        for (const b of fingers) {
          if (a.finger === b.finger) continue;
          matcher.compare(a.prepared, b.prepared);
          pairs++;
        }
      }
    });
    return pairs / (whole / 1000);
  });
  const minutiae = fingers.reduce((sum, { prepared }) => sum + (prepared.views[0]?.count ?? 0), 0) / fingers.length;
  return [
    {
      id: 'extract.ms',
      value: Math.min(...perImage),
      median: percentile(perImage, 0.5),
      unit: 'ms',
      target: 50,
      peer: 13.4,
      note: `both parameterisations of an image together, ${images.length} ${what}; minimum of ${REPETITIONS} repetitions. Peer: mindtct in WASM, one parameterisation`,
    },
    {
      id: 'full.per_s_core',
      value: Math.max(...perSecond),
      median: percentile(perSecond, 0.5),
      unit: 'per_s',
      target: 30_000,
      peer: 20_000,
      note: `comparisons of fingers of two people, both views, ${pairs} pairs, ${minutiae.toFixed(0)} minutiae a view, copying both records in; maximum of ${REPETITIONS} repetitions. Peer: SourceAFIS Java, impostors of a 1:N search`,
    },
  ];
}
