/**
 * A PIN crosses a border as an array of digits so that every copy of it can be wiped (HOUSE R9): the shells and the card process wipe what
 * came over their channel, whoever takes the parsed digits wipes those.
 * @module
 */

/** Overwrites every array of numbers that stands directly in the object; anything else stays. */
export function wipeDigits(input: unknown): void {
  if (typeof input !== 'object' || input === null) return;
  for (const value of Object.values(input)) {
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'number')) value.fill(0);
  }
}
