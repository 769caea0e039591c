import { describe, expect, it } from 'vitest';
import { isWeakPin } from './pin-service.ts';

const digits = (text: string): number[] => Array.from(text, Number);

describe('a weak PIN', () => {
  it.each(['000000', '999999', '123456', '345678', '98765432'])('is %s', (text) => {
    expect(isWeakPin(digits(text))).toBe(true);
  });

  it.each(['000001', '123457', '112233', '135790', '901234'])('is not %s', (text) => {
    expect(isWeakPin(digits(text))).toBe(false);
  });
});
