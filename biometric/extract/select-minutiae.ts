/**
 * From places on a skeleton to minutiae: direction, quality, and the false ones away (Maltoni et al., Handbook of Fingerprint Recognition, 3.7).
 * @module
 */
import { BORDER, CELL, type CellGrid } from './cell-grid.ts';
import type { MinutiaParameters } from './extraction-parameters.ts';
import type { Minutia } from './finger-template.ts';
import type { Branch, SkeletonMinutia } from './trace-skeleton.ts';

/** What is known of each cell. */
export interface CellMaps {
  readonly grid: CellGrid;
  /** Ridge orientation in radians, y downwards. */
  readonly orientation: Float32Array;
  /** How plain the ridges are, 0 to 1. */
  readonly clarity: Float32Array;
  /** Cells from the background. */
  readonly distance: Float32Array;
}

interface Candidate extends SkeletonMinutia {
  /** Radians, y downwards, as `Minutia.angle` points. */
  readonly direction: number;
  readonly quality: number;
}

/** Minutiae of a template, best first. `valleys`: the skeleton is that of the valleys, so that endings and bifurcations change places. */
export function selectMinutiae(
  places: readonly SkeletonMinutia[],
  maps: CellMaps,
  parameters: MinutiaParameters,
  valleys: boolean,
): readonly Minutia[] {
  const candidates: Candidate[] = [];
  for (const place of places) {
    const candidate = judge(place, maps, parameters);
    if (candidate !== undefined) candidates.push(candidate);
  }
  const whole = withoutGaps(candidates, parameters.gap).sort((a, b) => b.quality - a.quality);
  const kept: Candidate[] = [];
  for (const candidate of whole) {
    if (kept.length === parameters.most) break;
    if (kept.every(({ x, y }) => Math.hypot(x - candidate.x, y - candidate.y) >= parameters.apart))
      kept.push(candidate);
  }
  return kept.map(({ x, y, type, direction, quality }) => {
    const turn = Math.round((-direction / (2 * Math.PI)) * 256);
    return {
      x: x - BORDER,
      y: y - BORDER,
      angle: ((turn % 256) + 256) % 256,
      type: (type === 'ending') === valleys ? 'bifurcation' : 'ending',
      quality,
    };
  });
}

/** Direction and quality of a place, or undefined when it is no minutia. */
function judge(place: SkeletonMinutia, maps: CellMaps, parameters: MinutiaParameters): Candidate | undefined {
  const { grid } = maps;
  const cell = Math.floor(place.y / CELL) * grid.columns + Math.floor(place.x / CELL);
  if ((maps.distance[cell] ?? 0) * CELL < parameters.border) return undefined;
  if (!place.branches.every((branch) => isLong(place, branch, parameters))) return undefined;
  const sense = place.type === 'ending' ? endingSense(place) : valleySense(place);
  if (sense === undefined) return undefined;
  const axis = maps.orientation[cell] ?? 0;
  const [c, s] = [Math.cos(axis), Math.sin(axis)];
  const along = c * sense[0] + s * sense[1];
  const quality = Math.min(100, Math.max(1, Math.round(100 * (maps.clarity[cell] ?? 0))));
  if (quality < parameters.quality) return undefined;
  return { ...place, direction: along >= 0 ? axis : axis + Math.PI, quality };
}

/** A branch that ends too soon makes a spur, an island or a bridge. */
function isLong({ type }: SkeletonMinutia, { end, length }: Branch, parameters: MinutiaParameters): boolean {
  switch (end) {
    case 'open':
      return true;
    case 'ending':
      return length >= (type === 'ending' ? parameters.island : parameters.spur);
    case 'bifurcation':
      return length >= (type === 'ending' ? parameters.spur : parameters.bridge);
  }
}

/** Unit vector up the ridge that ends. */
function endingSense({ x, y, branches }: SkeletonMinutia): readonly [number, number] | undefined {
  const branch = branches[0];
  return branch === undefined ? undefined : unit(branch.x - x, branch.y - y);
}

/** Unit vector up the valley between the two branches that lie closest together. */
function valleySense({ x, y, branches }: SkeletonMinutia): readonly [number, number] | undefined {
  const ways = branches.map((branch) => unit(branch.x - x, branch.y - y));
  let best: readonly [number, number] | undefined;
  let closest = -Infinity;
  for (let i = 0; i < ways.length; i++) {
    for (let k = i + 1; k < ways.length; k++) {
      const [a, b] = [ways[i] ?? [0, 0], ways[k] ?? [0, 0]];
      const dot = a[0] * b[0] + a[1] * b[1];
      if (dot <= closest) continue;
      closest = dot;
      best = unit(a[0] + b[0], a[1] + b[1]);
    }
  }
  return best;
}

function unit(x: number, y: number): readonly [number, number] {
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
}

/** Takes away pairs of endings that face each other across a break of a ridge. */
function withoutGaps(candidates: readonly Candidate[], gap: number): Candidate[] {
  const false_ = new Set<Candidate>();
  const endings = candidates.filter(({ type }) => type === 'ending');
  for (let i = 0; i < endings.length; i++) {
    for (let k = i + 1; k < endings.length; k++) {
      const [a, b] = [endings[i], endings[k]];
      if (a === undefined || b === undefined) continue;
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const distance = Math.hypot(dx, dy);
      if (distance > gap) continue;
      // Both point away from the break, and the break lies along the ridge.
      const opposite = Math.cos(a.direction - b.direction);
      const away = -(dx * Math.cos(a.direction) + dy * Math.sin(a.direction)) / Math.max(distance, 1);
      if (opposite < -0.7 && (away > 0.6 || distance < 4)) {
        false_.add(a);
        false_.add(b);
      }
    }
  }
  return candidates.filter((candidate) => !false_.has(candidate));
}
