/**
 * The thinning of Guo and Hall (Parallel thinning with two-subiteration algorithms, CACM 1989) as two tables over the eight neighbours.
 * @module
 */

/** 512 bytes: for each sub-iteration and pattern of neighbours (bit 0 north, then clockwise) 1 where the pixel goes. */
export function thinningTable(): Uint8Array {
  return Uint8Array.from({ length: 512 }, (_, i) => (goes(i & 255, i >> 8) ? 1 : 0));
}

function goes(bits: number, half: number): boolean {
  const p = Array.from({ length: 8 }, (_, k) => (bits >> k) & 1);
  const [n = 0, ne = 0, e = 0, se = 0, s = 0, sw = 0, w = 0, nw = 0] = p;
  const pieces = (1 - n) * (ne | e) + (1 - e) * (se | s) + (1 - s) * (sw | w) + (1 - w) * (nw | n);
  const pairs = Math.min((nw | n) + (ne | e) + (se | s) + (sw | w), (n | ne) + (e | se) + (s | sw) + (w | nw));
  const side = half === 0 ? (s | sw | (1 - nw)) & w : (n | ne | (1 - se)) & e;
  return pieces === 1 && pairs >= 2 && pairs <= 3 && side === 0;
}
