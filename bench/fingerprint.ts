/**
 * Fingerprints in figures: accuracy on a folder of real images, speed on the same images or on invented ones, all in one configuration whose hash is
 * printed.
 *
 *   npm run bench -- fingerprint [--data DIR] [--persons 10000,100000] [--searches 100] [--plot FILE.svg]
 *
 * DIR holds one folder a set, with images <finger>_<impression>.tif, .png or .bmp at 500 dpi; `--persons` the sizes of the synthetic gallery that is
 * searched, `--plot` the curve (1,000,000 takes a quarter of an hour to make and some 10 GB).
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeImage } from '../biometric/extract/decode-image.ts';
import { drawImpression, ridgePattern } from '../biometric/extract/ridge-pattern.fixture.ts';
import { configurationHash } from '../biometric/match/configuration-hash.ts';
import { openFingerprintFiles } from '../main/app/fingerprint-files.ts';
import {
  type Comparison,
  comparisonsOf,
  type ErrorRates,
  errorIntervals,
  errorRates,
} from './fingerprint/error-rates.ts';
import { identifyFigures, realPersons } from './fingerprint/identify-figures.ts';
import { fingerOf } from './fingerprint/impostor-rates.ts';
import { type NamedImage, speedFigures } from './fingerprint/speed.ts';
import { type Figure, report, rounded } from './report.ts';

/** Sets that parameters were chosen on; the others were not looked at meanwhile. */
const TUNED = ['fvc2002_db1b', 'fvc2002_db3b'];

const given = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const data = given('data');
const sizes = (given('persons') ?? '10000,100000').split(',').map(Number);
const searches = Number(given('searches') ?? 100);
const plot = given('plot');

const percent = (share: number): string => (100 * share).toFixed(2);
const line = (name: string, { eer, fmr1000, zeroFmr }: ErrorRates): void =>
  console.log(`${name.padEnd(24)} EER ${percent(eer)}  FMR1000 ${percent(fmr1000)}  ZeroFMR ${percent(zeroFmr)} %`);

/** Accuracy of each set and of all by one threshold. An image that was refused scores 0 against every other. */
async function accuracyFigures(folder: string, sets: readonly string[]): Promise<readonly Figure[]> {
  const files = await openFingerprintFiles(500);
  const all: Comparison[] = [];
  let images = 0;
  let refused = 0;
  for (const set of sets) {
    const fingers = await files.readFolder(join(folder, set));
    const comparisons = comparisonsOf(set, [...files.comparePairs(fingers)]);
    line(set, errorRates(comparisons));
    all.push(...comparisons);
    images += fingers.length;
    refused += fingers.filter(({ finger }) => finger === undefined).length;
  }
  const part = (wanted: boolean): Comparison[] =>
    all.filter(({ a }) => TUNED.includes(a.split('/')[0] ?? '') === wanted);
  for (const [name, comparisons] of [
    ['tuned sets', part(true)],
    ['unseen sets', part(false)],
  ] as const)
    if (comparisons.length > 0 && comparisons.length < all.length) line(name, errorRates(comparisons));
  const pooled = errorRates(all);
  const [low, high] = errorIntervals(all);
  line('pooled', pooled);
  line('  from', low);
  line('  to', high);
  const genuine = all.filter(({ a, b }) => a === b).length;
  const note = `${images} images, ${refused} refused, ${genuine} genuine and ${all.length - genuine} impostor pairs, one threshold`;
  const figure = (id: string, pick: (rates: ErrorRates) => number, target: number, peer: number): Figure => ({
    ...({ id, unit: 'pct', target, peer } as const),
    value: 100 * pick(pooled),
    note: `${note}; 95 % by bootstrap over fingers ${percent(pick(low))} to ${percent(pick(high))}. Peer: SourceAFIS on FVC2002 DB1_B to DB4_B`,
  });
  return [
    figure('eer.pct', ({ eer }) => eer, 3, 5.8),
    figure('fmr1000.pct', ({ fmr1000 }) => fmr1000, 8, 12.68),
    { ...figure('zerofmr.pct', ({ zeroFmr }) => zeroFmr, 11, 0), peer: null },
  ];
}

/** Every fourth image of each set, which is half of the impressions of every other finger. */
const realImages = (folder: string, sets: readonly string[]): readonly NamedImage[] =>
  sets.flatMap((set) =>
    readdirSync(join(folder, set))
      .filter((file) => /\.(?:tiff?|png|bmp)$/iu.test(file))
      .sort()
      .filter((_, i) => i % 4 === 0)
      .map((file) => ({
        finger: `${set}/${fingerOf(file)}`,
        image: decodeImage(readFileSync(join(folder, set, file)), { dpi: 500 }),
      })),
  );

const inventedImages = (): readonly NamedImage[] =>
  Array.from({ length: 40 }, (_, i) => ({
    finger: String(i >> 1),
    image: drawImpression(ridgePattern(1 + (i >> 1)), { noise: 20, noiseSeed: i, rotation: 0.2 * (i & 1) }),
  }));

const sets =
  data === undefined
    ? []
    : readdirSync(data, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const figures =
  data === undefined
    ? [
        ...(await speedFigures(inventedImages(), 'invented images of 300 x 360')),
        ...(await identifyFigures(sizes, searches, [], plot)),
      ]
    : [
        ...(await accuracyFigures(data, sets.sort())),
        ...(await speedFigures(realImages(data, sets), `images of ${data}`)),
        ...(await identifyFigures(sizes, searches, await realPersons(data, sets), plot)),
      ];
for (const { id, value, median, target, note } of figures)
  console.log(
    `${id.padEnd(20)} ${value === null ? 'not measured' : rounded(value)} / ${median === undefined ? '-' : rounded(median)}  ${target}  ${note}`,
  );
report('fingerprint', figures, { config: configurationHash() });
