/**
 * ERRORCODE of the virtual card's component, in our codes (card note 1.3, 1.4). The numbers are those of the NHI control software; which number
 * stands in the error table for a code is in errors.ts, here are all that mean the same to a desk.
 * @module
 */
import type { ErrorCode } from './errors.ts';

const NUMBERS = {
  // QR code or its token ran out.
  VIRTUAL_CARD_EXPIRED: [1018, 1021, 1521, 1524],
  // Shown before, verified too often, taken over by another device, data fetched already.
  VIRTUAL_CARD_REUSED: [1020, 1525, 1529, 3244],
  // No such code or token, wrong form, signature that does not hold, moved away.
  VIRTUAL_CARD_INVALID: [1019, 1022, 1023, 1520, 1522, 1523, 1528, 1530, 1531, 3241],
  // The institution or this installation is not registered for it, or no longer.
  VIRTUAL_CARD_NOT_OFFERED: [1013, 1025, 1026, 1042, 1043, 1045, 1046, 1302, 1303],
  NHI_CARD_CANCELLED: [3203, 5002, 9082],
  CERT_EXPIRED: [3201, 5003],
  INSURANCE_UNPAID: [3228, 3229, 3230, 3231, 3233, 5012, 9083, 9084, 9085, 9086, 9089, 9090],
} as const satisfies Partial<Record<ErrorCode, readonly number[]>>;

const CODES: ReadonlyMap<number, ErrorCode> = new Map(
  // Object.entries of a constant table has exactly its keys.
  (Object.entries(NUMBERS) as [keyof typeof NUMBERS, readonly number[]][]).flatMap(([code, numbers]) =>
    numbers.map((number) => [number, code] as const),
  ),
);

/** Numbers with which basic data are good: done, two departments on one day, no visit identifier. Hospitals go on with these too. */
const USABLE: ReadonlySet<number> = new Set([0, 5010, 5174]);

/** Whether an answer with this number carries data that may be used. */
export const isUsableAnswer = (number: number): boolean => USABLE.has(number);

/** Our code for a number that refuses; one we have no closer word for means that the component cannot serve us now. */
export const virtualCardRefusal = (number: number): ErrorCode => CODES.get(number) ?? 'VIRTUAL_CARD_UNAVAILABLE';
