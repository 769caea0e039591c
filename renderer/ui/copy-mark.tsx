/**
 * Says on a sheet that it is a copy, in both languages whatever the screen speaks: who reads it may be anybody.
 * @module
 */
import { copyNumber } from '../../contract/paper.ts';

/** Nothing on the original. */
export function CopyMark({ printed }: { readonly printed: number }) {
  const copy = copyNumber(printed);
  return copy === undefined ? null : <p className="copy-mark">{`複本 COPY ${copy}`}</p>;
}
