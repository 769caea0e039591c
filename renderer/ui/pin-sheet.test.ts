import { describe, expect, it } from 'vitest';
import { createPinPair, createPinSheet } from './pin-sheet.ts';

describe('PIN sheet', () => {
  it('hands over three entries in their order, and keeps none', () => {
    const sheet = createPinSheet();
    expect(sheet.add([1, 2])).toBeUndefined();
    expect(sheet.add([3, 4])).toBeUndefined();
    expect(sheet.count()).toBe(2);
    expect(sheet.add([5, 6])).toEqual({ given: [1, 2], next: [3, 4], again: [5, 6] });
    expect(sheet.count()).toBe(0);
  });

  it('hands over two for an agent with two cards', () => {
    const sheet = createPinPair();
    expect(sheet.add([1, 2])).toBeUndefined();
    expect(sheet.add([3, 4])).toEqual({ pin: [1, 2], own: [3, 4] });
    expect(sheet.count()).toBe(0);
  });

  it('overwrites what it gives up', () => {
    const sheet = createPinSheet();
    const [given, next] = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    sheet.add(given);
    sheet.add(next);
    sheet.clear();
    expect([...given, ...next]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(sheet.count()).toBe(0);
  });
});
