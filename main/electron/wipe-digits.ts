/**
 * A PIN crosses the shell as an array of digits so that it can be wiped (HOUSE R9). The copy that structured clone made is ours to wipe.
 * @module
 */

/** Overwrites every array of numbers that stands directly in the object; anything else stays. */
export function wipeDigits(input: unknown): void {
  if (typeof input !== 'object' || input === null) return;
  for (const value of Object.values(input)) {
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'number')) value.fill(0);
  }
}
