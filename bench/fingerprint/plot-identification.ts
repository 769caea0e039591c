/**
 * Cost of a search by size of the gallery as a picture: both axes by powers of ten, the whole search and its stages, targets beside them. SVG, for
 * docs/pictures.
 * @module
 */

/** What one size of gallery came to. Milliseconds. */
export interface PlottedSize {
  readonly persons: number;
  readonly search: number;
  readonly stages: Readonly<Record<string, number>>;
  /** To reach; left out where there is none. */
  readonly target?: number | undefined;
}

const [WIDTH, HEIGHT] = [720, 420];
const PLOT = { left: 80, right: 600, top: 30, bottom: 360 } as const;
/** Milliseconds at the lower and upper end of the plot. */
const [LEAST, MOST] = [1, 10_000];
const COLOURS: Readonly<Record<string, string>> = {
  search: '#0b5d63',
  scan: '#b4472e',
  medium: '#8a6d00',
  full: '#5b4a8a',
  final: '#5f6b6d',
};

const decade = (value: number): number => Math.log10(value);

/** Sizes in rising order, two or more. */
export function plotIdentification(sizes: readonly PlottedSize[]): string {
  const [first, last] = [sizes[0]?.persons ?? 1, sizes.at(-1)?.persons ?? 10];
  const x = (persons: number): number =>
    PLOT.left + ((PLOT.right - PLOT.left) * (decade(persons) - decade(first))) / (decade(last) - decade(first));
  const y = (ms: number): number =>
    PLOT.bottom -
    ((PLOT.bottom - PLOT.top) * (decade(Math.max(ms, LEAST)) - decade(LEAST))) / (decade(MOST) - decade(LEAST));
  const parts: string[] = [];
  for (let ms = LEAST; ms <= MOST; ms *= 10) {
    const at = y(ms).toFixed(1);
    parts.push(
      `<line x1="${PLOT.left}" y1="${at}" x2="${PLOT.right}" y2="${at}" stroke="#d5dcdc"/>`,
      `<text x="${PLOT.left - 8}" y="${at}" dy="4" text-anchor="end">${ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`}</text>`,
    );
  }
  for (const { persons, target } of sizes) {
    const at = x(persons).toFixed(1);
    parts.push(`<text x="${at}" y="${PLOT.bottom + 22}" text-anchor="middle">${persons.toLocaleString('en')}</text>`);
    if (target !== undefined)
      parts.push(
        `<circle cx="${at}" cy="${y(target).toFixed(1)}" r="6" fill="none" stroke="#0b5d63"/>`,
        `<text x="${at}" y="${(y(target) - 11).toFixed(1)}" text-anchor="middle">target</text>`,
      );
  }
  parts.push(
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">persons enrolled</text>`,
  );
  // Words at the ends of lines, kept apart.
  let lowest = Infinity;
  const names = ['search', ...Object.keys(sizes[0]?.stages ?? {})];
  const valueOf = (size: PlottedSize, name: string): number =>
    name === 'search' ? size.search : (size.stages[name] ?? 0);
  const ends = names
    .map((name) => ({ name, ms: valueOf(sizes.at(-1) ?? { persons: 0, search: 0, stages: {} }, name) }))
    .sort((a, b) => a.ms - b.ms);
  for (const { name, ms } of ends) {
    const colour = COLOURS[name] ?? '#000';
    const points = sizes.map((size) => `${x(size.persons).toFixed(1)},${y(valueOf(size, name)).toFixed(1)}`);
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="${name === 'search' ? 3 : 1.5}"/>`,
      ...sizes.map(
        (size) =>
          `<circle cx="${x(size.persons).toFixed(1)}" cy="${y(valueOf(size, name)).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
    );
    lowest = Math.min(y(ms), lowest - 16);
    const words = name === 'search' ? 'whole search' : name;
    parts.push(`<text x="${PLOT.right + 10}" y="${(lowest + 4).toFixed(1)}" fill="${colour}">${words}</text>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#1d2b2c">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${parts.join('\n')}
</svg>
`;
}
