/**
 * Comparison of fingers, 1:1. No I/O after it is made, no clock, nothing kept from one call to the next.
 *
 *     const [extractor, matcher] = await Promise.all([createExtractor(), createMatcher()]);
 *     const probe = matcher.prepare(extractor.extract(image).templates);
 *     const score = matcher.compare(probe, enrolled);
 *     const { rate, low, high, extrapolated } = falseMatchRate(score);
 * @module
 */
import type { FingerTemplate } from '../extract/finger-template.ts';
import { openMatchKernel } from './match-kernel.ts';
import { MATCHING } from './matching-parameters.ts';
import { MOST_MINUTIAE, type PreparedFinger, type PreparedView, RECORD, SHORT_CODE } from './prepared-finger.ts';

/** Compares fingers. */
export interface Matcher {
  /** Makes templates of one impression ready, one view each; a record of others has one. Throws RangeError for none. */
  prepare(templates: readonly FingerTemplate[]): PreparedFinger;
  /** Similarity, 0 (nothing in common) upwards; what it means says `falseMatchRate`. Symmetric. */
  compare(probe: PreparedFinger, candidate: PreparedFinger): number;
  /** Similarity of two people by fingers of known positions: the sum over the pairs there are. */
  compareFingers(pairs: readonly (readonly [probe: PreparedFinger, candidate: PreparedFinger])[]): number;
}

const TYPES = { other: 0, ending: 1, bifurcation: 2 } as const;

/** Loads the kernel and makes its tables. */
export async function createMatcher(): Promise<Matcher> {
  const { kernel, arena, encodeLong, encodeShort } = await openMatchKernel(MATCHING);
  const most = kernel.viewBytes(MOST_MINUTIAE);
  const places = [arena.take(most), arena.take(most), arena.take(most), arena.take(most)] as const;
  const short = arena.take(MOST_MINUTIAE * SHORT_CODE);

  /** Copies a record into one of the four places; 0 for a view that is not there. */
  const put = (view: PreparedView | undefined, place: number): number => {
    if (view === undefined) return 0;
    arena.u8(place, view.record.length).set(view.record);
    return place;
  };

  const prepareView = ({ minutiae }: FingerTemplate): PreparedView => {
    const kept = minutiae.slice(0, MATCHING.minutiae);
    const count = kept.length;
    const [at] = places;
    const bytes = arena.u8(at, kernel.viewBytes(count));
    bytes.fill(0);
    const data = new DataView(bytes.buffer, at, bytes.length);
    data.setUint32(0, count, true);
    kept.forEach(({ x, y, angle, type, quality }, i) => {
      const minutia = RECORD.header + RECORD.minutia * i;
      data.setInt16(minutia, x, true);
      data.setInt16(minutia + 2, y, true);
      bytes.set([angle, TYPES[type], quality], minutia + 4);
    });
    kernel.encloseMinutiae(at);
    encodeLong(at, at + RECORD.header + RECORD.minutia * count, RECORD.code);
    encodeShort(at, short, SHORT_CODE);
    return {
      count,
      record: bytes.slice(),
      short: new Uint32Array(arena.u8(short, count * SHORT_CODE).slice().buffer),
    };
  };

  const compare = (probe: PreparedFinger, candidate: PreparedFinger): number => {
    // Always the same way round, or ties would make the score depend on who asks.
    const [a, b] = isBefore(probe, candidate) ? [probe, candidate] : [candidate, probe];
    const second = a.views.length > 1 && b.views.length > 1;
    return kernel.compareFingers(
      put(a.views[0], places[0]),
      put(b.views[0], places[1]),
      put(second ? a.views[1] : undefined, places[2]),
      put(second ? b.views[1] : undefined, places[3]),
    );
  };

  return {
    prepare(templates) {
      if (templates.length === 0) throw new RangeError('no template to prepare');
      return { views: templates.map(prepareView) };
    },
    compare,
    compareFingers: (pairs) => pairs.reduce((sum, [probe, candidate]) => sum + compare(probe, candidate), 0),
  };
}

/** An order of fingers by their bytes. */
function isBefore(a: PreparedFinger, b: PreparedFinger): boolean {
  const [first, second] = [a.views[0]?.record, b.views[0]?.record];
  if (first === undefined || second === undefined) throw new RangeError('a finger without views');
  for (let i = 0; i < first.length; i++) {
    const difference = (first[i] ?? 0) - (second[i] ?? -1);
    if (difference !== 0) return difference < 0;
  }
  return true;
}
