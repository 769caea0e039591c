/**
 * The list of erased warrants: serial numbers that the bureau no longer lets count, for whoever verifies off line (proxysig note, "Revocation").
 *
 * ```
 * list   = number(4) ‖ issued(4) ‖ count(4) ‖ count serials(16, ascending, none twice) ‖ r ‖ s(64)
 * signed = lp1("NHI-ERASED-WARRANTS-V1") ‖ number ‖ issued ‖ count ‖ serials          ECDSA P-256 with SHA-256, by the key of the bureau's tokens
 * hash   = H256(lp1(serial) ‖ ...)           what an epoch head names as its revoked warrants
 * ```
 * `number` climbs by one with every list, so that whoever holds one takes no earlier one; `issued` is in seconds since 1970. A warrant that is
 * over by its own term may be left out.
 * @module
 */
import { compareBytes, concat, lp1, readUint, uint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { isEcdsaSigned } from './p256-group.ts';
import { ProxysigError } from './proxysig-error.ts';

/** What a list says. Serials have 16 bytes and ascend. */
export interface ErasedWarrants {
  readonly number: number;
  readonly issued: number;
  readonly serials: readonly Uint8Array[];
}

const TAG = lp1('NHI-ERASED-WARRANTS-V1');
const HEAD = 12;
const SERIAL = 16;
const SIGNATURE = 64;

const malformed = (what: string): ProxysigError =>
  new ProxysigError('ERASED_LIST_MALFORMED', `erased warrants: ${what}`);

function unsigned({ number, issued, serials }: ErasedWarrants): Uint8Array {
  const ascend = serials.every((serial, i) => i === 0 || compareBytes(serials[i - 1] ?? serial, serial) < 0);
  if (serials.some((serial) => serial.length !== SERIAL) || !ascend) throw malformed('serial numbers out of order');
  return concat(uint(number, 4), uint(issued, 4), uint(serials.length, 4), ...serials);
}

/** What the bureau signs. Throws ERASED_LIST_MALFORMED for serials of another length or out of order, RangeError for a number out of range. */
export const erasedWarrantsBody = (list: ErasedWarrants): Uint8Array => concat(TAG, unsigned(list));

/** The list as it is published; `signature` is r ‖ s over {@link erasedWarrantsBody}. Throws as that. */
export function encodeErasedWarrants(list: ErasedWarrants, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE) throw malformed('the signature');
  return concat(unsigned(list), signature);
}

/**
 * Reads a list and checks it: `bureauKey` has 33 or 65 bytes. Throws ERASED_LIST_MALFORMED for anything {@link encodeErasedWarrants} cannot have
 * made and SIGNATURE_INVALID for what this key did not sign.
 */
export function readErasedWarrants(bytes: Uint8Array, bureauKey: Uint8Array): ErasedWarrants {
  if (bytes.length < HEAD + SIGNATURE) throw malformed('too short');
  const count = readUint(bytes.subarray(8, HEAD));
  const end = HEAD + count * SERIAL;
  if (bytes.length !== end + SIGNATURE) throw malformed(`${bytes.length} bytes for ${count} serial numbers`);
  const list: ErasedWarrants = {
    number: readUint(bytes.subarray(0, 4)),
    issued: readUint(bytes.subarray(4, 8)),
    serials: Array.from({ length: count }, (_, i) => bytes.slice(HEAD + i * SERIAL, HEAD + (i + 1) * SERIAL)),
  };
  // Making the body again applies the rule of order.
  if (!isEcdsaSigned(bureauKey, erasedWarrantsBody(list), bytes.subarray(end)))
    throw new ProxysigError('SIGNATURE_INVALID', 'not a list of this bureau');
  return list;
}

/** Is the warrant of this serial number (16 bytes) erased? Halves the list, which ascends. */
export function isErased({ serials }: ErasedWarrants, serial: Uint8Array): boolean {
  let [low, high] = [0, serials.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareBytes(serials[middle] ?? serial, serial);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** Seconds since the list was issued at `now` (seconds since 1970); 0 where the reader's clock is behind the bureau's. */
export const ageOf = ({ issued }: ErasedWarrants, now: number): number => Math.max(0, now - issued);

/** What an epoch head names as the hash of revoked warrants, 32 bytes. */
export const erasedWarrantsHash = ({ serials }: ErasedWarrants): Uint8Array => h256(...serials.map((one) => lp1(one)));
