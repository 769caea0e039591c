import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { pickupCode } from '../../contract/pickup-code.ts';
import { pathOf, qrModules } from './qr-modules.ts';

const RX = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const PIXELS = 4;

/** The picture that the path draws, as a camera sees it: RGBA, four pixels a module. Understands what pathOf writes and nothing else. */
function draw(path: string, size: number): { data: Uint8ClampedArray; side: number } {
  const side = size * PIXELS;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  let read = '';
  for (const [whole, x = '', y = '', length = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/gu)) {
    read += whole;
    for (let row = Number(y) * PIXELS; row < (Number(y) + 1) * PIXELS; row++)
      for (let column = Number(x) * PIXELS; column < (Number(x) + Number(length)) * PIXELS; column++)
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
  }
  expect(read).toBe(path);
  return { data, side };
}

const decode = (path: string, size: number) => {
  const { data, side } = draw(path, size);
  return jsQR(data, side, side, { inversionAttempts: 'dontInvert' });
};

describe('the QR code of a pickup slip', () => {
  it.each([RX, '0'.repeat(32), 'f'.repeat(32), '0123456789abcdef0123456789abcdef'])(
    'is read by a decoder of others, byte for byte: %s',
    (rxId) => {
      const modules = qrModules(pickupCode(rxId));
      const read = decode(pathOf(modules), modules.length);
      expect(read?.data).toBe(pickupCode(rxId));
      expect(Buffer.from(read?.binaryData ?? []).toString('latin1')).toBe(pickupCode(rxId));
      // One segment, alphanumeric.
      expect(read?.chunks.map(({ type }) => type)).toEqual(['alphanumeric']);
    },
  );

  it('is version 3, 29 modules and four quiet ones on each side: 0.9 mm a module at 33 mm', () => {
    const modules = qrModules(pickupCode(RX));
    expect(modules).toHaveLength(37);
    const edge = [0, 1, 2, 3, 33, 34, 35, 36];
    for (const [y, row] of modules.entries()) {
      expect(row).toHaveLength(37);
      for (const [x, dark] of row.entries()) if (edge.includes(x) || edge.includes(y)) expect(dark).toBe(false);
    }
  });

  it('is still read where a stamp covers a corner of the data', () => {
    const modules = qrModules(pickupCode(RX)).map((row, y) =>
      row.map((dark, x) => (x >= 14 && x < 18 && y >= 14 && y < 18 ? true : dark)),
    );
    expect(decode(pathOf(modules), modules.length)?.data).toBe(pickupCode(RX));
  });
});

describe('the path of modules', () => {
  it('draws runs, and nothing where nothing is dark', () => {
    expect(
      pathOf([
        [true, true, false, true],
        [false, false, false, false],
        [false, true, true, true],
      ]),
    ).toBe('M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z');
    expect(pathOf([])).toBe('');
  });
});
