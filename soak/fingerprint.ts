/**
 * Damaged files without end: images and minutiae records, each read or refused with a code, none slow, none that makes the process grow. Small
 * pictures, so that a decoder is reached often.
 *
 *   npm run soak -- fingerprint [--files 20000]
 * @module
 */
import { BiometricError } from '../biometric/biometric-error.ts';
import { createExtractor } from '../biometric/extract/create-extractor.ts';
import { decodeImage } from '../biometric/extract/decode-image.ts';
import { bmpOf, pngOf, tiffOf } from '../biometric/extract/image-files.fixture.ts';
import { writeIncits378 } from '../biometric/extract/incits-378.ts';
import { writeIso19794 } from '../biometric/extract/iso-19794-2.ts';
import { mutate } from '../biometric/extract/mutate.fixture.ts';
import { readFingerRecord } from '../biometric/extract/read-finger-record.ts';
import { drawImpression, ridgePattern } from '../biometric/extract/ridge-pattern.fixture.ts';
import { createMatcher } from '../biometric/match/create-matcher.ts';

const at = process.argv.indexOf('--files');
const files = at < 0 ? 20_000 : Number(process.argv[at + 1]);
/** Longest that one file may take, ms, and bytes that the process may grow by. */
const LIMITS = { ms: 2_000, bytes: 300_000_000 };

const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
const image = drawImpression(ridgePattern(1), { width: 160, height: 180 });
const { templates } = extractor.extract(image);
const views = templates.map((template, view) => ({
  position: 'leftIndex' as const,
  impression: 0,
  quality: 60,
  view,
  template,
}));
const enrolled = matcher.prepare(templates);

/** An image all the way to a score. */
const image500 = (bytes: Uint8Array): void => {
  matcher.compare(matcher.prepare(extractor.extract(decodeImage(bytes, { dpi: 500 })).templates), enrolled);
};
const record = (bytes: Uint8Array): void => {
  for (const { template } of readFingerRecord(bytes).views) matcher.compare(matcher.prepare([template]), enrolled);
};
const KINDS: readonly (readonly [name: string, bytes: Uint8Array, read: (bytes: Uint8Array) => void])[] = [
  ['png', pngOf(image), image500],
  ['bmp', bmpOf(image), image500],
  ['tiff', tiffOf(image, { rowsPerStrip: 16 }), image500],
  ['tiff deflated', tiffOf(image, { compression: 8, rowsPerStrip: 60, big: true }), image500],
  ['tiff lzw', tiffOf(image, { compression: 5, rowsPerStrip: 60, predictor: 2 }), image500],
  ['iso', writeIso19794({ views }), record],
  ['incits', writeIncits378({ views }), record],
];

const outcomes: Record<string, Record<string, number>> = {};
const faults: string[] = [];
const before = process.memoryUsage().rss;
for (let seed = 0; seed < files; seed++) {
  for (const [name, bytes, read] of KINDS) {
    const started = performance.now();
    let outcome = 'read';
    try {
      read(mutate(bytes, seed));
    } catch (cause) {
      outcome = cause instanceof BiometricError ? cause.code : `FAULT ${String(cause)}`;
      if (!(cause instanceof BiometricError)) faults.push(`${name} ${seed}: ${String(cause)}`);
    }
    if (performance.now() - started > LIMITS.ms) faults.push(`${name} ${seed}: slow`);
    outcomes[name] ??= {};
    outcomes[name][outcome] = (outcomes[name][outcome] ?? 0) + 1;
  }
}
const grown = process.memoryUsage().rss - before;
if (grown > LIMITS.bytes) faults.push(`grew by ${grown} bytes`);
console.log(
  JSON.stringify({ soak: 'fingerprint', files: files * KINDS.length, outcomes, grown, faults: faults.slice(0, 20) }),
);
process.exit(faults.length === 0 ? 0 : 1);
