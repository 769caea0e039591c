/**
 * The modules of a QR code (ISO/IEC 18004), quiet zone included, and the path that draws them. Level M: 15 % may be lost to a fold or a stamp.
 * @module
 */
import { encode } from 'uqr';

/** Modules of quiet zone that a reader wants on every side. */
const QUIET = 4;

/** Rows of modules, true where dark. */
export const qrModules = (text: string): readonly (readonly boolean[])[] =>
  encode(text, { ecc: 'M', border: QUIET }).data;

/** The dark modules as horizontal runs, one unit a module. */
export const pathOf = (modules: readonly (readonly boolean[])[]): string =>
  modules
    .map((row, y) =>
      runsOf(row)
        .map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)
        .join(''),
    )
    .join('');

/** Where dark runs begin, and how long they are. */
function runsOf(row: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const [x, dark] of row.entries()) {
    const last = runs.at(-1);
    if (!dark) continue;
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  }
  return runs;
}
