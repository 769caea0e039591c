/**
 * PIN digits live as long as the work they were given for, whatever becomes of it (HOUSE R9).
 * @module
 */
import type { PinDigits } from '../../contract/formats.ts';

/** Runs `work`; afterwards the digits are zeros, also when it never began or threw. */
export async function withDigits<T>(digits: readonly PinDigits[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    for (const one of digits) one.fill(0);
  }
}
