/**
 * Non-volatile bytes as silicon has them: written one after the other, and whoever takes the supply away finds some written and some not.
 * The byte that was being written may then read as anything, which the test aid does on demand. Charge that fades with time is not modelled.
 * @module
 */

/** Thrown by a write when the supply went away; what was written until then stays written. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** The supply of a card's memories. */
export interface Supply {
  /** How many of the next `bytes` byte writes still have power. */
  spend(bytes: number): number;
  /** Does the byte in which the supply goes read as neither old nor new? */
  readonly torn: boolean;
  /** Test aid: the supply goes after so many more byte writes; undefined calls it off. With `torn` the next byte is left garbled. */
  cutAfter(bytes: number | undefined, torn?: boolean): void;
}

/** A supply that holds. */
export function createSupply(): Supply {
  let left: number | undefined;
  let torn = false;
  return {
    spend(bytes) {
      if (left === undefined) return bytes;
      if (left >= bytes) {
        left -= bytes;
        return bytes;
      }
      const powered = left;
      left = undefined;
      return powered;
    },
    get torn() {
      return torn;
    },
    cutAfter(bytes, garbled = false) {
      left = bytes;
      torn = garbled;
    },
  };
}

/** Bytes from address 0; those never written read 00. */
export interface ByteMemory {
  /** A copy. RangeError for more than 64 KiB: such a length is damage, not content. */
  read(address: number, length: number): Uint8Array;
  /** Writes byte by byte. Throws {@link PowerCut} in the middle. */
  program(address: number, bytes: Uint8Array): void;
  /** Everything up to the last byte ever written. */
  image(): Uint8Array;
}

const LONGEST_READ = 65_536;

/** A memory fed by a supply, empty or with the contents given. */
export function createByteMemory(supply: Supply, contents: Uint8Array = new Uint8Array(0)): ByteMemory {
  let array = new Uint8Array(Math.max(1024, contents.length));
  array.set(contents);
  let end = contents.length;
  const reach = (address: number): void => {
    end = Math.max(end, address);
    if (end <= array.length) return;
    const larger = new Uint8Array(2 * end);
    larger.set(array);
    array = larger;
  };
  return {
    read(address, length) {
      if (length > LONGEST_READ) throw new RangeError(`a read of ${length} bytes`);
      const copy = new Uint8Array(length);
      copy.set(array.subarray(address, address + length));
      return copy;
    },
    program(address, bytes) {
      const powered = supply.spend(bytes.length);
      reach(address + bytes.length);
      array.set(bytes.subarray(0, powered), address);
      if (powered === bytes.length) return;
      if (supply.torn) array[address + powered] = ~(bytes[powered] ?? 0) & 0xff;
      throw new PowerCut('supply cut between two byte writes');
    },
    image: () => array.slice(0, end),
  };
}
