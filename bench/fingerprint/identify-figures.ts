/**
 * The figures of identification, and a line for each size of gallery: cost as a curve.
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExtractor } from '../../biometric/extract/create-extractor.ts';
import { decodeImage } from '../../biometric/extract/decode-image.ts';
import type { FingerTemplate } from '../../biometric/extract/finger-template.ts';
import { type Figure, percentile } from '../report.ts';
import { type Identified, identify, type Losses, type RealPerson } from './identify.ts';
import { fingerOf } from './impostor-rates.ts';
import { plotIdentification } from './plot-identification.ts';

/** Two fingers of one set, one after the other, stand for a person: enrolled by the first impression of each, searched by all others. */
export async function realPersons(folder: string, sets: readonly string[]): Promise<readonly RealPerson[]> {
  const extractor = await createExtractor();
  return sets.flatMap((set) => {
    const files = readdirSync(join(folder, set)).filter((file) => /\.(?:tiff?|png|bmp)$/iu.test(file));
    const fingers = Map.groupBy(
      files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
      fingerOf,
    );
    const impressions: (readonly (readonly FingerTemplate[])[])[] = [...fingers.values()].map((some) =>
      some.map((file) => extractor.extract(decodeImage(readFileSync(join(folder, set, file)), { dpi: 500 })).templates),
    );
    return Array.from({ length: Math.floor(impressions.length / 2) }, (_, i): RealPerson => {
      const pair = [impressions[2 * i] ?? [], impressions[2 * i + 1] ?? []];
      const both = (impression: number) => pair.map((finger) => finger[impression] ?? []);
      const count = Math.min(...pair.map((finger) => finger.length));
      return {
        enrolled: both(0),
        probes: Array.from({ length: count - 1 }, (_none, impression) => both(impression + 1)),
      };
    });
  });
}

const NAMES: Readonly<Record<number, { readonly id: string; readonly target: number }>> = {
  100_000: { id: 'identify100k.s', target: 0.5 },
  1_000_000: { id: 'identify1m.s', target: 4 },
};
const said = ({ searches, notFirst, lost }: Losses): string => `${lost} of ${searches} lost, ${notFirst} not first`;

const stagesOf = ({ stages }: Identified): string =>
  Object.entries(stages)
    .map(([stage, ms]) => `${stage} ${ms.toFixed(0)} ms`)
    .join(', ');

/** Measures at these sizes, smallest first. `plot`: an SVG file to write. */
export async function identifyFigures(
  sizes: readonly number[],
  searches: number,
  real: readonly RealPerson[],
  plot: string | undefined,
): Promise<readonly Figure[]> {
  const results = await identify(sizes, searches, real);
  for (const one of results)
    console.log(
      `${one.persons} persons: ${percentile(one.seconds, 0.5).toFixed(3)} s a search (p95 ${percentile(one.seconds, 0.95).toFixed(3)}), ` +
        `${Math.round(one.scanRate)} candidates/s a core in the scan, ${Math.round(one.bytesEach)} bytes each, ${one.secondsToAdd.toFixed(0)} s to add; ` +
        `${stagesOf(one)}; ` +
        `synthetic: ${said(one.synthetic)}${one.real === undefined ? '' : `; real: ${said(one.real)}`}`,
    );
  if (plot !== undefined)
    writeFileSync(
      plot,
      plotIdentification(
        results.map(({ persons, seconds, stages }) => {
          const target = NAMES[persons]?.target;
          const search = 1_000 * percentile(seconds, 0.5);
          return { persons, search, stages, ...(target !== undefined && { target: 1_000 * target }) };
        }),
      ),
    );
  const last = results.at(-1);
  if (last === undefined) return [];
  const lossOf = (id: string, pick: (one: Identified) => Losses | undefined): Figure => {
    const losses = results.flatMap((one) => pick(one) ?? []);
    const worst = Math.max(...losses.map(({ searches: count, lost }) => lost / count));
    return {
      id,
      value: losses.length === 0 ? null : 100 * worst,
      unit: 'pct',
      target: 2,
      peer: null,
      note: `of searches in which an exhaustive search has the mate first and the stages dropped it; the worst of the sizes: ${losses.map(said).join('; ')}`,
    };
  };
  return [
    ...Object.entries(NAMES).map(([size, name]): Figure => {
      const one = results.find(({ persons }) => persons === Number(size));
      const figure = { ...name, unit: 's', peer: null } as const;
      if (one === undefined)
        return { ...figure, value: null, note: `not among the sizes of this run: --persons ${size}` };
      return {
        ...figure,
        value: percentile(one.seconds, 0.5),
        note: `median of ${one.seconds.length} searches with two fingers, two threads; p95 ${percentile(one.seconds, 0.95).toFixed(3)}; synthetic persons`,
      };
    }),
    {
      id: 'stage1.per_s_core',
      value: Math.max(...results.map(({ scanRate }) => scanRate)),
      unit: 'per_s',
      target: 1_000_000,
      peer: null,
      note: 'fingers compared in the scan of whole searches, by each of two threads; the fastest search',
    },
    lossOf('staging.loss.pct', ({ synthetic }) => synthetic),
    lossOf('staging.loss.real.pct', (one) => one.real),
    {
      id: 'person.bytes',
      value: last.bytesEach,
      unit: 'bytes',
      target: null,
      peer: null,
      note: `growth of the process over ${last.persons} persons of two fingers, by persons`,
    },
  ];
}
