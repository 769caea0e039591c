/**
 * What scores say about two people: how many strangers in a gallery of this size would look as alike, from the false match rates that were
 * measured (upper ends of the 95 % intervals; ISO/IEC 19795-1). Several comparisons a person count as so many chances. Two fingers are taken for
 * independent of each other, which of different people nobody has measured here: docs/biometric.md says what is not claimed.
 * @module
 */
import type { GalleryFinger } from '../../biometric/index/gallery.ts';
import type { Matcher } from '../../biometric/match/create-matcher.ts';
import { falseMatchRate, LEAST_RATE } from '../../biometric/match/false-match-rate.ts';
import type { EmergencyCandidate } from '../../contract/emergency.ts';

/** How alike two people's fingers are. */
export interface Likeness {
  /** Strangers among all enrolled that look as alike or more, as is to be expected. */
  readonly strangers: number;
  /** Share of strangers that look as alike by their best finger alone. */
  readonly rate: number;
  /** Nobody has measured so high a score. */
  readonly extrapolated: boolean;
  /** The best finger alone is as alike as is ever said: in a large gallery {@link strangers} says no more of it. */
  readonly isUtmost: boolean;
}

/**
 * Best score of each finger of a probe among those it may be, and how many comparisons that took. No two fingers of a probe are one of the enrolled:
 * a finger laid down twice, of which nobody knows the position, is not as sure as two.
 */
export function compareFingers(matcher: Matcher, probe: readonly GalleryFinger[], enrolled: readonly GalleryFinger[]) {
  const theirs = enrolled.map(({ finger, templates }) => ({ finger, prepared: matcher.prepare(templates) }));
  const pairs = probe.flatMap(({ finger, templates }, mine) => {
    const prepared = matcher.prepare(templates);
    return theirs.flatMap((one, other) =>
      finger === 0 || one.finger === finger ? [{ mine, other, score: matcher.compare(prepared, one.prepared) }] : [],
    );
  });
  const comparisons = pairs.length;
  const scores = new Map<number, number>();
  const taken = new Set<number>();
  for (const { mine, other, score } of pairs.sort((a, b) => b.score - a.score)) {
    if (scores.has(mine) || taken.has(other)) continue;
    scores.set(mine, score);
    taken.add(other);
  }
  return { scores: [...scores].sort(([a], [b]) => a - b).map(([, score]) => score), comparisons };
}

/** See the module. Without a comparison everybody looks as alike. */
export function likenessOf({ scores, comparisons }: ReturnType<typeof compareFingers>, persons: number): Likeness {
  const rates = scores.map((score) => falseMatchRate(score)).sort((a, b) => a.high - b.high);
  const chance = (i: number): number => Math.min(1, (rates[i]?.high ?? 1) * Math.max(1, comparisons));
  return {
    strangers: persons * chance(0) * chance(1),
    rate: chance(0),
    extrapolated: rates[0]?.extrapolated ?? false,
    isUtmost: (rates[0]?.high ?? 1) <= LEAST_RATE,
  };
}

/** In the words of the contract. */
export function likenessWord({ strangers }: Pick<Likeness, 'strangers'>): EmergencyCandidate['likeness'] {
  if (strangers <= 0.01) return 'strong';
  return strangers <= 1 ? 'fair' : 'weak';
}

/** One in so many strangers looks as alike by the best finger; null beyond what was measured. */
export const oneIn = ({ rate, extrapolated }: Pick<Likeness, 'rate' | 'extrapolated'>): number | null =>
  extrapolated ? null : Math.max(1, Math.floor(1 / rate));
