/**
 * What the two record formats of finger minutiae share: views and minutiae of six bytes (ISO/IEC 19794-2:2005 clause 7, ANSI INCITS 378-2004
 * clause 6). A record says its length several times over; every one must be true.
 * @module
 */
import { BiometricError } from '../biometric-error.ts';
import {
  FINGER_POSITION,
  type FingerPosition,
  type FingerTemplate,
  MAX_MINUTIAE,
  type Minutia,
  type MinutiaType,
} from './finger-template.ts';
import { TEMPLATE_DPI } from './grey-image.ts';

/** One view of a finger. Our two extractions of an impression are two views of it. */
export interface FingerView {
  readonly position: FingerPosition;
  /** 0 to 15, counted for each finger. */
  readonly view: number;
  /** 0 live-scan plain, 1 live-scan rolled, ... as the standards list them. */
  readonly impression: number;
  /** 0 to 100. */
  readonly quality: number;
  readonly template: FingerTemplate;
}

/** All views of a record. */
export interface FingerRecord {
  readonly views: readonly FingerView[];
}

/** How a format writes directions: so many steps to a circle. */
export interface RecordAngles {
  readonly steps: number;
}

/** Pixels a centimetre at 500 dpi, as records say it. */
export const TEMPLATE_PIXELS_PER_CM = 197;
/** Pixels a centimetre that a record may have: 250 to 1,270 dpi. */
const RESOLUTION = { least: 98, most: 500 };
/** Pixels a side at 500 dpi: a hand's breadth. No image of a finger is larger. */
const MOST_SIDE = 4_000;
/** Greatest coordinate: 14 bits. */
const MOST_COORDINATE = 0x3fff;

const TYPE_BITS: Readonly<Record<MinutiaType, number>> = { other: 0, ending: 1, bifurcation: 2 };
const TYPES = ['other', 'ending', 'bifurcation'] as const;
// Object.keys of a constant table has exactly its keys, and they are numbered as they stand.
const POSITIONS = Object.keys(FINGER_POSITION) as FingerPosition[];

/** Throws TEMPLATE_MALFORMED. */
export function malformed(what: string): never {
  throw new BiometricError('TEMPLATE_MALFORMED', what);
}

/** Reads big-endian numbers and refuses to go beyond the end. */
export function createRecordReader(bytes: Uint8Array) {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const step = (count: number): number => {
    if (at + count > data.byteLength) malformed('the record is shorter than it says');
    at += count;
    return at - count;
  };
  return {
    u8: (): number => data.getUint8(step(1)),
    u16: (): number => data.getUint16(step(2)),
    u32: (): number => data.getUint32(step(4)),
    /** Goes on over so many bytes. */
    skip: (count: number): void => void step(count),
    /** Throws TEMPLATE_MALFORMED when something is left. */
    end: (): void => {
      if (at !== data.byteLength) malformed('the record is longer than it says');
    },
  };
}
/** See {@link createRecordReader}. */
export type RecordReader = ReturnType<typeof createRecordReader>;

/** Image size, resolution, number of views and the reserved byte, then the views to the end. */
export function readBody(reader: RecordReader, angles: RecordAngles): FingerRecord {
  const [width, height, across, down] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  if (width === 0 || height === 0) malformed('an image without pixels');
  for (const resolution of [across, down])
    if (resolution < RESOLUTION.least || resolution > RESOLUTION.most) malformed(`${resolution} pixels a centimetre`);
  const count = reader.u8();
  if (reader.u8() !== 0) malformed('the reserved byte is not 0');
  const size = { width, height, scaleX: TEMPLATE_DPI / 2.54 / across, scaleY: TEMPLATE_DPI / 2.54 / down };
  // 197 stands for 500 dpi: its fraction is not to move minutiae.
  if (across === TEMPLATE_PIXELS_PER_CM) size.scaleX = 1;
  if (down === TEMPLATE_PIXELS_PER_CM) size.scaleY = 1;
  if (width * size.scaleX > MOST_SIDE || height * size.scaleY > MOST_SIDE) malformed('larger than a finger');
  const views = Array.from({ length: count }, () => readView(reader, size, angles));
  reader.end();
  return { views };
}

interface RecordSize {
  readonly width: number;
  readonly height: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

function readView(reader: RecordReader, size: RecordSize, angles: RecordAngles): FingerView {
  const position = POSITIONS[reader.u8()] ?? malformed('an unknown finger position');
  const numbers = reader.u8();
  const quality = reader.u8();
  if (quality > 100) malformed(`quality ${quality}`);
  const minutiae = Array.from({ length: reader.u8() }, () => readMinutia(reader, size, angles));
  skipExtendedData(reader);
  return {
    position,
    view: numbers >> 4,
    impression: numbers & 15,
    quality,
    template: { width: Math.round(size.width * size.scaleX), height: Math.round(size.height * size.scaleY), minutiae },
  };
}

function readMinutia(reader: RecordReader, size: RecordSize, { steps }: RecordAngles): Minutia {
  const [first, second] = [reader.u16(), reader.u16()];
  const [x, y] = [first & MOST_COORDINATE, second & MOST_COORDINATE];
  const type = TYPES[first >> 14] ?? malformed('an unknown type of minutia');
  if (second >> 14 !== 0) malformed('reserved bits are not 0');
  if (x >= size.width || y >= size.height) malformed(`a minutia at ${x}, ${y} outside of the image`);
  const [angle, quality] = [reader.u8(), reader.u8()];
  if (angle >= steps) malformed(`angle ${angle}`);
  if (quality > 100) malformed(`quality ${quality}`);
  return {
    x: Math.round(x * size.scaleX),
    y: Math.round(y * size.scaleY),
    angle: Math.round((angle * 256) / steps) & 255,
    type,
    quality,
  };
}

/** Blocks of { type, length with its own four bytes, data } that fill the length exactly; we take nothing from them. */
function skipExtendedData(reader: RecordReader): void {
  let left = reader.u16();
  while (left > 0) {
    if (left < 4) malformed('extended data without room for its header');
    reader.u16();
    const length = reader.u16();
    if (length < 4 || length > left) malformed('extended data of a wrong length');
    reader.skip(length - 4);
    left -= length;
  }
}

/** What follows the resolution: all views. Throws RangeError for what no record can hold. */
export function writeViews(record: FingerRecord, { steps }: RecordAngles): Uint8Array {
  const parts = record.views.map(({ position, view, impression, quality, template }) => {
    const { minutiae } = template;
    if (minutiae.length > MAX_MINUTIAE || view > 15 || impression > 15 || quality > 100)
      throw new RangeError('a view that no record can hold');
    const bytes = new Uint8Array(4 + 6 * minutiae.length + 2);
    bytes.set([FINGER_POSITION[position], (view << 4) | impression, quality, minutiae.length]);
    const data = new DataView(bytes.buffer);
    minutiae.forEach(({ x, y, angle, type, quality: own }, i) => {
      if (!(x >= 0 && y >= 0 && x < template.width && y < template.height))
        throw new RangeError('a minutia outside of the image');
      data.setUint16(4 + 6 * i, (TYPE_BITS[type] << 14) | x);
      data.setUint16(6 + 6 * i, y);
      bytes.set([Math.round((angle * steps) / 256) % steps, own], 8 + 6 * i);
    });
    return bytes;
  });
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

/** Width and height of the record: of its views, which must agree. */
export function sizeOf({ views }: FingerRecord): readonly [width: number, height: number] {
  const [first] = views;
  if (first === undefined || views.length > 255) throw new RangeError('a record has 1 to 255 views');
  const { width, height } = first.template;
  if (views.some(({ template }) => template.width !== width || template.height !== height))
    throw new RangeError('views of different sizes');
  if (!(width > 0 && height > 0 && width <= MOST_COORDINATE && height <= MOST_COORDINATE))
    throw new RangeError('a size that no record can hold');
  return [width, height];
}
