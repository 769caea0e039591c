/**
 * Minutiae of a skeleton by the crossing number (Rutovitz 1966), and what lies along the ridges that meet in each.
 * @module
 */

/** Where following a ridge from a minutia led. */
export interface Branch {
  /** Last pixel reached. */
  readonly x: number;
  readonly y: number;
  /** Pixels gone. */
  readonly length: number;
  /** What stands there; `open` when the way was longer than was followed. */
  readonly end: 'open' | 'ending' | 'bifurcation';
}

/** A place on the skeleton where one ridge ends or three meet. Coordinates of the skeleton's plane. */
export interface SkeletonMinutia {
  readonly x: number;
  readonly y: number;
  readonly type: 'ending' | 'bifurcation';
  readonly branches: readonly Branch[];
}

/** Clockwise from north. */
const DX = [0, 1, 1, 1, 0, -1, -1, -1] as const;
const DY = [-1, -1, 0, 1, 1, 1, 0, -1] as const;

/** Number of separate neighbours for each pattern of neighbours (bit k = direction k). */
const CROSSINGS = Uint8Array.from({ length: 256 }, (_, bits) => {
  let count = 0;
  for (let k = 0; k < 8; k++) if (((bits >> k) & 1) === 0 && ((bits >> ((k + 1) & 7)) & 1) === 1) count++;
  return count;
});

/** All minutiae of a skeleton: `skeleton` holds 1 on ridges, its outermost pixels are 0. Each branch is followed up to `reach` pixels. */
export function traceSkeleton(
  skeleton: Uint8Array,
  stride: number,
  rows: number,
  reach: number,
): readonly SkeletonMinutia[] {
  const step = DX.map((dx, k) => dx + (DY[k] ?? 0) * stride);
  const around = (at: number): number => {
    let bits = 0;
    for (let k = 0; k < 8; k++) bits |= (skeleton[at + (step[k] ?? 0)] ?? 0) << k;
    return bits;
  };
  const found: SkeletonMinutia[] = [];
  for (let at = stride + 1; at < stride * (rows - 1) - 1; at++) {
    if (skeleton[at] !== 1) continue;
    const bits = around(at);
    const crossings = CROSSINGS[bits] ?? 0;
    if (crossings !== 1 && crossings < 3) continue;
    if (crossings === 1 && bits !== 0 && countBits(bits) > 2) continue;
    const [x, y] = [at % stride, Math.floor(at / stride)];
    const branches: Branch[] = [];
    for (let k = 0; k < 8; k++) {
      // The first pixel of each run of neighbours, a 4-neighbour where the run has one.
      if (((bits >> k) & 1) === 0 || ((bits >> ((k + 7) & 7)) & 1) === 1) continue;
      const straight = k % 2 === 1 && ((bits >> ((k + 1) & 7)) & 1) === 1 ? (k + 1) & 7 : k;
      branches.push(follow(at, straight));
    }
    found.push({ x, y, type: crossings === 1 ? 'ending' : 'bifurcation', branches });
  }
  return found;

  function follow(from: number, first: number): Branch {
    const gone = [from];
    let at = from + (step[first] ?? 0);
    // What else meets in the start belongs to the other branches.
    const beside = new Set<number>();
    for (let turn = 2; turn <= 6; turn++) {
      const other = from + (step[(first + turn) & 7] ?? 0);
      if (skeleton[other] === 1) beside.add(other);
    }
    let length = 1;
    let end: Branch['end'] = 'open';
    while (length < reach) {
      const crossings = CROSSINGS[around(at)] ?? 0;
      if (crossings >= 3) {
        end = 'bifurcation';
        break;
      }
      let next = -1;
      for (let pass = 0; pass < 2 && next < 0; pass++) {
        for (let k = pass; k < 8; k += 2) {
          const candidate = at + (step[k] ?? 0);
          if (skeleton[candidate] !== 1 || beside.has(candidate)) continue;
          if (gone.includes(candidate, Math.max(0, gone.length - 4))) continue;
          next = candidate;
          break;
        }
      }
      if (next < 0) {
        end = 'ending';
        break;
      }
      gone.push(at);
      at = next;
      length++;
    }
    return { x: at % stride, y: Math.floor(at / stride), length, end };
  }
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
