/**
 * A person's fingers as bytes, on disk and between hosts. Big-endian: finger count 1, then each finger: position 1, template count 1, then each
 * template: width 2, height 2, minutia count 1, then each minutia: x 2, y 2, angle 1, type 1 (0 other, 1 ending, 2 bifurcation), quality 1.
 * @module
 */
import type { FingerTemplate, Minutia, MinutiaType } from '../extract/finger-template.ts';
import type { GalleryFinger } from './gallery.ts';

const TYPES: readonly MinutiaType[] = ['other', 'ending', 'bifurcation'];
/** Templates of one finger at most: one an extraction. */
const MAX_TEMPLATES = 4;
const MINUTIA = 7;

const lengthOf = (fingers: readonly GalleryFinger[]): number =>
  fingers.reduce(
    (sum, { templates }) => templates.reduce((more, { minutiae }) => more + 5 + minutiae.length * MINUTIA, sum + 2),
    1,
  );

/** Encodes. RangeError for more than ten fingers, a position beyond 10, or templates that cannot be. */
export function encodeFingers(fingers: readonly GalleryFinger[]): Uint8Array {
  if (fingers.length === 0 || fingers.length > 10) throw new RangeError('one to ten fingers');
  const bytes = new Uint8Array(lengthOf(fingers));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (value: number): void => {
    view.setUint8(at, value);
    at += 1;
  };
  const put2 = (value: number): void => {
    view.setUint16(at, value);
    at += 2;
  };
  put(fingers.length);
  for (const { finger, templates } of fingers) {
    if (!(finger >= 0 && finger <= 10)) throw new RangeError(`no finger ${finger}`);
    if (templates.length === 0 || templates.length > MAX_TEMPLATES)
      throw new RangeError('one to four templates a finger');
    put(finger);
    put(templates.length);
    for (const { width, height, minutiae } of templates) {
      if (minutiae.length > 255) throw new RangeError('more minutiae than a template has');
      put2(width);
      put2(height);
      put(minutiae.length);
      for (const { x, y, angle, type, quality } of minutiae) {
        put2(x);
        put2(y);
        put(angle);
        put(TYPES.indexOf(type));
        put(quality);
      }
    }
  }
  return bytes;
}

/** Decodes exactly these bytes; undefined for anything that was not encoded so. */
export function decodeFingers(bytes: Uint8Array): readonly GalleryFinger[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: 1 | 2): number => {
    const value = size === 1 ? view.getUint8(at) : view.getUint16(at);
    at += size;
    return value;
  };
  const minutia = (): Minutia => {
    const [x, y, angle] = [take(2), take(2), take(1)];
    const type = TYPES[take(1)];
    const quality = take(1);
    if (type === undefined || quality > 100) throw new RangeError('no minutia');
    return { x, y, angle, type, quality };
  };
  const template = (): FingerTemplate => {
    const [width, height] = [take(2), take(2)];
    return { width, height, minutiae: Array.from({ length: take(1) }, minutia) };
  };
  const list = <T>(most: number, one: () => T): T[] => {
    const count = take(1);
    if (count === 0 || count > most) throw new RangeError('a count that cannot be');
    return Array.from({ length: count }, one);
  };
  try {
    const fingers = list(10, () => {
      const finger = take(1);
      if (finger > 10) throw new RangeError('no finger');
      return { finger, templates: list(MAX_TEMPLATES, template) };
    });
    return at === bytes.length ? fingers : undefined;
  } catch (cause) {
    // DataView says by a RangeError that the bytes end too early.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
