/**
 * What an opening officer holds: a point of the polynomial whose value at 0 is the opening key (Shamir 1979).
 * @module
 */

/** One opener's secret: kappa_i, 32 bytes, with its index in 1..n. */
export interface OpenerShare {
  readonly index: number;
  readonly kappa: Uint8Array;
}
