/**
 * Two fingers compared.
 * @module
 */
import { countOf } from './layout';
import { overlap } from './overlap';
import { relaxed, relaxedScore } from './relaxation';
import { TUNING } from './tables';

/** One view's part of the score. */
function viewScore(a: usize, b: usize, strength: f32): f32 {
  const score = load<f32>(TUNING, 52) * sqrt<f32>(strength);
  return relaxed == 0 ? score : score + overlap(a, b, countOf(a), countOf(b), relaxed);
}

/**
 * Score of two fingers: of the first views, and of the second where there are some (addresses not 0), as much again of the first where there are
 * none. Fingers whose first views agree too little are not looked at further.
 */
export function compareFingers(a: usize, b: usize, secondA: usize, secondB: usize): f32 {
  const strength = relaxedScore(a, b);
  if (strength < load<f32>(TUNING, 68)) return 2 * load<f32>(TUNING, 52) * sqrt<f32>(strength);
  const first = viewScore(a, b, strength);
  if (secondA == 0 || secondB == 0) return 2 * first;
  return first + viewScore(secondA, secondB, relaxedScore(secondA, secondB));
}
