/**
 * Command APDUs, short and extended (ISO/IEC 7816-3 12.1.3, 7816-4 5.2). Lengths are plain numbers here; the coding of "maximum" as zero stays inside.
 * @module
 */
import { concat, uint } from '../../crypto/common/bytes.ts';

/** Longest answer a short command can ask for. */
export const SHORT_MAX = 256;
/** Longest answer an extended command can ask for. */
export const EXTENDED_MAX = 65_536;

/** One command. `le` is the longest answer wanted, 1 to 65,536; absent when no answer data is expected. */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  readonly le: number | undefined;
}

/** A command from its four header bytes, with data and the longest answer wanted. */
export const command = (
  header: readonly [cla: number, ins: number, p1: number, p2: number],
  data: Uint8Array = new Uint8Array(0),
  le?: number,
): CommandApdu => ({ cla: header[0], ins: header[1], p1: header[2], p2: header[3], data, le });

/** True when the command cannot be said in the short form. */
export const needsExtended = ({ data, le }: CommandApdu): boolean => data.length > 255 || (le ?? 0) > SHORT_MAX;

/** The bytes on the wire, extended only where the short form is too small. Throws RangeError beyond 65,535 data bytes or 65,536 answer bytes. */
export function encodeCommand(apdu: CommandApdu): Uint8Array {
  const { cla, ins, p1, p2, data, le } = apdu;
  if (le !== undefined && (le < 1 || le > EXTENDED_MAX)) throw new RangeError(`encodeCommand: Le ${le}`);
  const head = Uint8Array.of(cla, ins, p1, p2);
  if (!needsExtended(apdu)) {
    return concat(
      head,
      data.length > 0 ? concat(uint(data.length, 1), data) : data,
      le === undefined ? new Uint8Array(0) : uint(le % SHORT_MAX, 1),
    );
  }
  const lengthed = data.length > 0 ? concat(uint(0, 1), uint(data.length, 2), data) : uint(0, 1);
  return concat(head, lengthed, le === undefined ? new Uint8Array(0) : uint(le % EXTENDED_MAX, 2));
}

/** Reads a command, all seven cases of 7816-3; undefined when the lengths do not add up, which a card answers with 6700. */
export function decodeCommand(bytes: Uint8Array): CommandApdu | undefined {
  const [cla, ins, p1, p2, first] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return undefined;
  const made = (data: Uint8Array, le?: number): CommandApdu => ({ cla, ins, p1, p2, data: data.slice(), le });
  const none = new Uint8Array(0);
  if (first === undefined) return made(none);
  if (bytes.length === 5) return made(none, first === 0 ? SHORT_MAX : first);
  if (first !== 0) {
    const data = bytes.subarray(5, 5 + first);
    const rest = bytes.subarray(5 + first);
    if (data.length !== first || rest.length > 1) return undefined;
    return rest[0] === undefined ? made(data) : made(data, rest[0] === 0 ? SHORT_MAX : rest[0]);
  }
  const long = wide(bytes, 5);
  if (long === undefined) return undefined;
  if (bytes.length === 7) return made(none, long === 0 ? EXTENDED_MAX : long);
  const data = bytes.subarray(7, 7 + long);
  if (long === 0 || data.length !== long) return undefined;
  if (bytes.length === 7 + long) return made(data);
  const le = wide(bytes, 7 + long);
  if (le === undefined || bytes.length !== 9 + long) return undefined;
  return made(data, le === 0 ? EXTENDED_MAX : le);
}

function wide(bytes: Uint8Array, at: number): number | undefined {
  const high = bytes[at];
  const low = bytes[at + 1];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}
