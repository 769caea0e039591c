/**
 * Damage for files in tests: seeded, so that what fails can be had again.
 * @module
 */
import { seeded } from './ridge-pattern.fixture.ts';

/** A copy with some bytes changed, cut off, doubled or overwritten by numbers that matter. */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seeded(seed + 1);
  const below = (limit: number): number => Math.floor(random() * limit);
  let copy = bytes.slice();
  // Most of what matters stands in the first bytes.
  const place = (): number => (random() < 0.6 ? below(Math.min(64, copy.length)) : below(copy.length));
  for (let i = 1 + below(4); i > 0; i--) {
    switch (below(6)) {
      case 0:
        copy[place()] = below(256);
        break;
      case 1:
        copy[place()] = [0, 1, 0x7f, 0x80, 0xff][below(5)] ?? 0;
        break;
      case 2:
        copy = copy.slice(0, below(copy.length) + 1);
        break;
      case 3:
        copy.fill(0xff, place(), place() + 4);
        break;
      case 4: {
        const from = place();
        copy = Uint8Array.from([...copy.slice(0, from), ...copy.slice(below(copy.length)), ...copy.slice(from)]);
        break;
      }
      default: {
        const at = place();
        copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
      }
    }
  }
  return copy;
}
