import { describe, expect, it } from 'vitest';
import { createPinBuffer, PIN_LENGTH } from './pin-buffer.ts';

describe('pin buffer', () => {
  it('hands the digits over once', () => {
    const buffer = createPinBuffer();
    for (const digit of [1, 2, 3, 4, 5, 6]) buffer.push(digit);
    expect(buffer.count()).toBe(6);
    expect(buffer.take()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(buffer.count()).toBe(0);
    expect(buffer.take()).toBeUndefined();
  });

  it('keeps nothing of a cleared or deleted digit', () => {
    const buffer = createPinBuffer();
    for (const digit of [9, 9, 9, 9]) buffer.push(digit);
    buffer.pop();
    expect(buffer.take()).toBeUndefined();
    buffer.clear();
    for (const digit of [1, 2, 3, 4]) buffer.push(digit);
    expect(buffer.take()).toEqual([1, 2, 3, 4]);
  });

  it('ignores what is no digit and what is too much', () => {
    const buffer = createPinBuffer();
    for (const wrong of [-1, 10, 1.5, Number.NaN]) buffer.push(wrong);
    expect(buffer.count()).toBe(0);
    for (let i = 0; i < PIN_LENGTH.most + 3; i += 1) buffer.push(7);
    expect(buffer.count()).toBe(PIN_LENGTH.most);
    buffer.pop();
    expect(buffer.count()).toBe(PIN_LENGTH.most - 1);
  });
});
