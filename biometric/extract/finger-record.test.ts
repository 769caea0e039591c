import { describe, expect, it } from 'vitest';
import { BiometricError } from '../biometric-error.ts';
import type { FingerRecord } from './finger-record.ts';
import { FINGER_POSITION, type FingerPosition, type Minutia } from './finger-template.ts';
import { readIncits378, writeIncits378 } from './incits-378.ts';
import { readIso19794, writeIso19794 } from './iso-19794-2.ts';
import { mutate } from './mutate.fixture.ts';
import { readFingerRecord } from './read-finger-record.ts';
import { seeded } from './ridge-pattern.fixture.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/gu, ''), 'hex'));
const random = seeded(9);
const below = (limit: number): number => Math.floor(random() * limit);
const TYPES = ['other', 'ending', 'bifurcation'] as const;

const minutia = (): Minutia => ({
  x: below(300),
  y: below(360),
  angle: below(256),
  type: TYPES[below(3)] ?? 'other',
  quality: below(101),
});
const record = (counts: readonly number[], position: FingerPosition = 'rightIndex'): FingerRecord => ({
  views: counts.map((count, view) => ({
    position,
    view: view % 16,
    impression: 0,
    quality: 77,
    template: { width: 300, height: 360, minutiae: Array.from({ length: count }, minutia) },
  })),
});

// Written by hand from the tables of the standards: one right thumb, an ending at (10, 20) upwards, a bifurcation at (300, 400) to the left.
const ISO = hex(`464d5200 20323000 0000002a 0000 0200 0200 00c5 00c5 01 00
  01 00 50 02  400a 0014 40 5a  812c 0190 80 32  0000`);
const INCITS = hex(`464d5200 20323000 002c 00000000 0000 0200 0200 00c5 00c5 01 00
  01 00 50 02  400a 0014 2d 5a  812c 0190 5a 32  0000`);
const MEANT: FingerRecord = {
  views: [
    {
      position: 'rightThumb',
      view: 0,
      impression: 0,
      quality: 80,
      template: {
        width: 512,
        height: 512,
        minutiae: [
          { x: 10, y: 20, angle: 64, type: 'ending', quality: 90 },
          { x: 300, y: 400, angle: 128, type: 'bifurcation', quality: 50 },
        ],
      },
    },
  ],
};

describe.each([
  ['ISO/IEC 19794-2', ISO, readIso19794, writeIso19794],
  ['INCITS 378', INCITS, readIncits378, writeIncits378],
])('a record of %s', (_, bytes, read, write) => {
  const refusal = (damaged: Uint8Array): unknown => {
    try {
      read(damaged);
    } catch (cause) {
      return cause instanceof BiometricError ? cause.code : cause;
    }
    return 'read';
  };
  const header = bytes === ISO ? 24 : 26;
  const patched = (at: number, value: number): Uint8Array => bytes.with(at, value);

  it('is what the standard says', () => {
    expect(read(bytes)).toEqual(MEANT);
    expect(write(MEANT)).toEqual(bytes);
    expect(readFingerRecord(bytes)).toEqual(MEANT);
  });

  it.each([[[0]], [[255]], [[3, 0, 40]], [Array.from({ length: 50 }, () => 255)]])(
    'of views of %j minutiae survives',
    (counts) => {
      const made = record(counts);
      const back = readFingerRecord(write(made));
      expect(write(back)).toEqual(write(made));
      if (bytes === ISO) expect(back).toEqual(made);
      else
        expect(back.views.map(({ template }) => template.minutiae.map(({ x, y }) => [x, y]))).toEqual(
          made.views.map(({ template }) => template.minutiae.map(({ x, y }) => [x, y])),
        );
    },
  );

  it('of every finger position survives', () => {
    // Object.keys of a constant table has exactly its keys.
    for (const position of Object.keys(FINGER_POSITION) as FingerPosition[])
      expect(read(write(record([1], position))).views[0]?.position).toBe(position);
  });

  it('may carry extended data of others, which is passed over', () => {
    const extended = Uint8Array.from([...bytes.slice(0, -2), 0, 10, 0, 1, 0, 6, 9, 9, 0, 2, 0, 4]);
    const lengthAt = bytes === ISO ? 11 : 9;
    extended[lengthAt] = extended.length;
    expect(read(extended)).toEqual(MEANT);
  });

  it.each([
    ['another format', patched(1, 0x4e), 'TEMPLATE_MALFORMED'],
    ['version 30', patched(5, 0x33), 'TEMPLATE_VERSION'],
    ['a length one too short', patched(bytes === ISO ? 11 : 9, bytes.length - 1), 'TEMPLATE_MALFORMED'],
    ['a length beyond all bounds', patched(8, 0xff), 'TEMPLATE_MALFORMED'],
    ['an image without pixels', patched(header - 9, 0).with(header - 10, 0), 'TEMPLATE_MALFORMED'],
    ['an image of 16,000 pixels', patched(header - 10, 0x3e), 'TEMPLATE_MALFORMED'],
    ['no resolution', patched(header - 5, 0), 'TEMPLATE_MALFORMED'],
    ['two views where there is one', patched(header - 2, 2), 'TEMPLATE_MALFORMED'],
    ['no view where there is one', patched(header - 2, 0), 'TEMPLATE_MALFORMED'],
    ['a reserved byte', patched(header - 1, 1), 'TEMPLATE_MALFORMED'],
    ['an eleventh finger', patched(header, 11), 'TEMPLATE_MALFORMED'],
    ['quality 101', patched(header + 2, 101), 'TEMPLATE_MALFORMED'],
    ['three minutiae where there are two', patched(header + 3, 3), 'TEMPLATE_MALFORMED'],
    ['one minutia where there are two', patched(header + 3, 1), 'TEMPLATE_MALFORMED'],
    ['a fourth type', patched(header + 4, 0xc0), 'TEMPLATE_MALFORMED'],
    ['reserved bits', patched(header + 6, 0x40), 'TEMPLATE_MALFORMED'],
    ['a minutia outside of the image', patched(header + 4, 0x42), 'TEMPLATE_MALFORMED'],
    ['a minutia of quality 101', patched(header + 9, 101), 'TEMPLATE_MALFORMED'],
    ['extended data that is not there', patched(bytes.length - 1, 4), 'TEMPLATE_MALFORMED'],
  ])('is refused with %s', (_name, damaged, code) => {
    expect(refusal(damaged)).toBe(code);
  });

  it('is refused cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(refusal(bytes.slice(0, length))).toBe('TEMPLATE_MALFORMED');
    expect(refusal(Uint8Array.from([...bytes, 0]))).toBe('TEMPLATE_MALFORMED');
  });

  it('is read or refused with a code however it is damaged', () => {
    const whole = write(record([20, 12]));
    const seen = new Set<unknown>();
    for (let seed = 0; seed < 400; seed++) seen.add(refusal(mutate(whole, seed)));
    expect(
      [...seen].filter((code) => code !== 'read' && code !== 'TEMPLATE_MALFORMED' && code !== 'TEMPLATE_VERSION'),
    ).toEqual([]);
    expect(seen.has('TEMPLATE_MALFORMED') && seen.has('TEMPLATE_VERSION')).toBe(true);
  });

  it('is not written with what it cannot hold', () => {
    const [view] = record([1]).views;
    if (view === undefined) throw new Error('no view');
    const bad = { ...view, template: { ...view.template, minutiae: [{ ...minutia(), x: 300 }] } };
    for (const views of [[], [bad], [{ ...view, view: 16 }], [view, ...record([300]).views]])
      expect(() => write({ views })).toThrow(RangeError);
  });
});

describe('directions and coordinates', () => {
  it('of INCITS 378 lose at most a degree', () => {
    for (let angle = 0; angle < 256; angle++) {
      const [view] = MEANT.views;
      if (view === undefined) throw new Error('no view');
      const minutiae = [{ x: 1, y: 1, angle, type: 'ending', quality: 1 }] as const;
      const made = { views: [{ ...view, template: { ...view.template, minutiae } }] };
      const back = readIncits378(writeIncits378(made)).views[0]?.template.minutiae[0]?.angle ?? 0;
      const off = Math.abs(((back - angle + 384) % 256) - 128);
      expect(off).toBeLessThanOrEqual(1);
    }
    expect(() => readIncits378(INCITS.with(34, 180))).toThrow(expect.objectContaining({ code: 'TEMPLATE_MALFORMED' }));
  });

  it('of a record of 1,000 dpi are brought to 500', () => {
    const fine = ISO.with(18, 1).with(19, 0x8a).with(20, 1).with(21, 0x8a);
    expect(readIso19794(fine).views[0]?.template).toMatchObject({ width: 256, height: 256 });
    expect(readIso19794(fine).views[0]?.template.minutiae[1]).toMatchObject({ x: 150, y: 200, angle: 128 });
  });
});
