/**
 * How a command handler of a software card says no.
 * @module
 */

/** Ends a command with a status word and no data. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly sw: number;
  constructor(sw: number) {
    super(`status word ${sw.toString(16)}`);
    this.sw = sw;
  }
}

/** Refuses with the status word unless the condition holds. */
export function demand(condition: boolean, sw: number): asserts condition {
  if (!condition) throw new Refusal(sw);
}
