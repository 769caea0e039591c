/**
 * Arguments that the sub-commands for fingerprints share.
 * @module
 */
import { type Given, optional, UsageError } from './command.ts';

export const DPI_OPTION = {
  dpi: optional('N', 'pixels an inch of the images, whatever their files say; 500 unless given'),
};

/** The resolution as typed. Throws UsageError. */
export function dpiOf(given: Given): number {
  const text = given.optional('dpi') ?? '500';
  const dpi = /^[0-9]{2,5}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(dpi > 0)) throw new UsageError(`--dpi ${text} is not a resolution`);
  return dpi;
}
