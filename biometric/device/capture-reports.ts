/**
 * The reports of the capture protocol (docs/scanners.md), version 1: what the desk says and reads. Whole numbers are
 * big-endian. A report is at most {@link MAX_REPORT} bytes and may be padded with zeros to the device's report length.
 * @module
 */
import { concat, readUint, uint, utf8 } from '../../crypto/common/bytes.ts';
import { h256, hmac256 } from '../../crypto/common/hash.ts';

const PROTOCOL_VERSION = 1;
/** Longer reports fail on some hosts. */
const MAX_REPORT = 1_024;
/** The shortest that holds a HELLO. */
const MIN_REPORT = 64;

/** First byte of a report: below 80 from the desk, from 80 on from the device. */
export const REPORT = {
  hello: 0x01,
  start: 0x02,
  abort: 0x03,
  light: 0x04,
  resend: 0x05,
  taken: 0x06,
  prove: 0x07,
  key: 0x08,
  helloAnswer: 0x81,
  finger: 0x82,
  imageBegins: 0x83,
  chunk: 0x84,
  imageEnds: 0x85,
  failed: 0x86,
  preview: 0x87,
  keySet: 0x88,
  proof: 0x89,
} as const;

/** Bytes before the payload of a chunk: type, image, index. */
export const CHUNK_HEAD = 7;
/** Bytes before the payload of a preview: type, image, frame, width, height, index. */
export const PREVIEW_HEAD = 11;
/** Shortest side of a preview, pixels: on less nobody sees a finger. */
const LEAST_PREVIEW = 32;
/** Bytes of a device's key. */
export const KEY_BYTES = 32;
/** Ranges that one RESEND names at most. */
export const MAX_RANGES = 8;

/** What the light of the scanner shows. */
export const LIGHT = { off: 0, ready: 1, wait: 2, good: 3, bad: 4 } as const;

/** Chunks `first` to `first + count - 1`. */
export interface ChunkRange {
  readonly first: number;
  readonly count: number;
}

/** From the desk. */
export const encodeHello = (): Uint8Array => Uint8Array.of(REPORT.hello, PROTOCOL_VERSION);
export const encodeStart = (imageId: number, nonce: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(REPORT.start), uint(imageId, 4), nonce);
export const encodeAbort = (imageId: number): Uint8Array => concat(Uint8Array.of(REPORT.abort), uint(imageId, 4));
export const encodeLight = (light: keyof typeof LIGHT): Uint8Array => Uint8Array.of(REPORT.light, LIGHT[light]);
export const encodeTaken = (imageId: number): Uint8Array => concat(Uint8Array.of(REPORT.taken), uint(imageId, 4));
/** At most {@link MAX_RANGES} ranges. */
export const encodeResend = (imageId: number, ranges: readonly ChunkRange[]): Uint8Array =>
  concat(
    Uint8Array.of(REPORT.resend),
    uint(imageId, 4),
    uint(ranges.length, 1),
    ...ranges.flatMap(({ first, count }) => [uint(first, 2), uint(count, 2)]),
  );

/** Nonce: 32 bytes, fresh. */
export const encodeProve = (nonce: Uint8Array): Uint8Array => {
  if (nonce.length !== 32) throw new RangeError('encodeProve: a nonce of 32 bytes');
  return concat(Uint8Array.of(REPORT.prove), nonce);
};

/** Key: 32 bytes. */
export const encodeKey = (key: Uint8Array): Uint8Array => {
  if (key.length !== KEY_BYTES) throw new RangeError('encodeKey: a key of 32 bytes');
  return concat(Uint8Array.of(REPORT.key), key);
};

/** Whether a device has a key of its own: it knows none, it has none yet and takes one, or it holds one. */
export type KeySlot = 'absent' | 'empty' | 'held';
/** By their byte in a HELLO; any other is `absent`. */
export const KEY_SLOT: Readonly<Record<KeySlot, number>> = { absent: 0, held: 1, empty: 2 };

/** What a device says of itself. */
export interface DeviceHello {
  readonly type: 'hello';
  /** Bytes a report. */
  readonly reportLength: number;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly keySlot: KeySlot;
  /** 16 bytes. */
  readonly deviceId: Uint8Array;
}

/** From the device. */
export type DeviceReport =
  | DeviceHello
  | { readonly type: 'finger'; readonly present: boolean }
  | {
      readonly type: 'begins';
      readonly imageId: number;
      readonly width: number;
      readonly height: number;
      readonly chunkLength: number;
    }
  | { readonly type: 'chunk'; readonly imageId: number; readonly index: number; readonly payload: Uint8Array }
  | { readonly type: 'ends'; readonly imageId: number; readonly crc: number; readonly mac: Uint8Array }
  | { readonly type: 'failed'; readonly imageId: number; readonly reason: number }
  | { readonly type: 'key-set'; readonly taken: boolean; readonly proof: Uint8Array }
  | { readonly type: 'proof'; readonly proof: Uint8Array }
  | PreviewReport;

/** A piece of a small picture of the window (8-bit grey), with the size of its frame: what is lost is not asked for again, the next frame comes soon. */
export interface PreviewReport {
  readonly type: 'preview';
  readonly imageId: number;
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly index: number;
  readonly payload: Uint8Array;
}

/** Reads one report of a device; undefined for what is none. */
export function decodeDeviceReport(report: Uint8Array): DeviceReport | undefined {
  const { length } = report;
  if (length < 2 || length > MAX_REPORT) return undefined;
  const number = (at: number, width: number): number => readUint(report.subarray(at, at + width));
  switch (report[0]) {
    case REPORT.helloAnswer: {
      if (length < 27 || report[1] !== PROTOCOL_VERSION) return undefined;
      const [reportLength, width, height, dpi] = [number(2, 2), number(4, 2), number(6, 2), number(8, 2)];
      if (reportLength < MIN_REPORT || reportLength > MAX_REPORT) return undefined;
      const keySlot = report[10] === KEY_SLOT.held ? 'held' : report[10] === KEY_SLOT.empty ? 'empty' : 'absent';
      return { type: 'hello', reportLength, width, height, dpi, keySlot, deviceId: report.slice(11, 27) };
    }
    case REPORT.finger:
      return { type: 'finger', present: report[1] === 1 };
    case REPORT.imageBegins: {
      if (length < 11) return undefined;
      return {
        type: 'begins',
        imageId: number(1, 4),
        width: number(5, 2),
        height: number(7, 2),
        chunkLength: number(9, 2),
      };
    }
    case REPORT.chunk:
      if (length <= CHUNK_HEAD) return undefined;
      return { type: 'chunk', imageId: number(1, 4), index: number(5, 2), payload: report.slice(CHUNK_HEAD) };
    case REPORT.imageEnds:
      if (length < 41) return undefined;
      return { type: 'ends', imageId: number(1, 4), crc: number(5, 4), mac: report.slice(9, 41) };
    case REPORT.failed:
      if (length < 6) return undefined;
      return { type: 'failed', imageId: number(1, 4), reason: report[5] ?? 0 };
    case REPORT.preview: {
      if (length <= PREVIEW_HEAD) return undefined;
      const [width, height] = [number(7, 1), number(8, 1)];
      if (Math.min(width, height) < LEAST_PREVIEW) return undefined;
      const [imageId, frame, index] = [number(1, 4), number(5, 2), number(9, 2)];
      return { type: 'preview', imageId, frame, width, height, index, payload: report.slice(PREVIEW_HEAD) };
    }
    case REPORT.keySet:
      if (length < 34) return undefined;
      return { type: 'key-set', taken: report[1] === 1, proof: report.slice(2, 34) };
    case REPORT.proof:
      if (length < 33) return undefined;
      return { type: 'proof', proof: report.slice(1, 33) };
    case undefined:
    default:
      return undefined;
  }
}

/** What the scanner's key vouches for: this device took this image for this nonce. */
export interface Vouched {
  readonly deviceId: Uint8Array;
  readonly nonce: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly pixels: Uint8Array;
}

/** HMAC-SHA-256 under the key of one device (32 bytes), 32 bytes. */
export const captureMac = (key: Uint8Array, { deviceId, nonce, width, height, dpi, pixels }: Vouched): Uint8Array =>
  hmac256(
    key,
    concat(utf8('IMIS-CAPTURE-V1'), deviceId, nonce, uint(width, 2), uint(height, 2), uint(dpi, 2), h256(pixels)),
  );

/** By which a device proves that it took the key that it was given: HMAC-SHA-256 over its id (16 bytes), 32 bytes. */
export const keyProof = (key: Uint8Array, deviceId: Uint8Array): Uint8Array =>
  hmac256(key, concat(utf8('IMIS-KEY-SET-V1'), deviceId));

/** By which a device proves that it holds a key without being told it: HMAC-SHA-256 over its id and the desk's nonce (32 bytes), 32 bytes. */
export const holdingProof = (key: Uint8Array, deviceId: Uint8Array, nonce: Uint8Array): Uint8Array =>
  hmac256(key, concat(utf8('IMIS-KEY-HELD-V1'), deviceId, nonce));
