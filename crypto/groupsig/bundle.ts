/**
 * The bundle of an epoch and class: the credentials of every doctor who is not revoked, masked with a key only that doctor's card and the
 * issuer hold. Fetching it says nothing about who fetches, reading it says nothing about who is in it: an open list would show
 * e(Q, g2) of every doctor to everybody, and entries would link over epochs (groupsig note, "Epochs and revocation").
 *
 * An entry has 96 bytes: HMAC(rk, "lbl" ‖ pkh ‖ epoch ‖ class)[0..16) ‖ ((A ‖ e) XOR HKDF-Expand(rk, "pad" ‖ pkh ‖ epoch ‖ class, 80)).
 * Entries are sorted and filled up with random ones to a multiple of 4,096.
 * @module
 */
import { compareBytes, concat, equalBytes, utf8 } from '../common/bytes.ts';
import { hkdfExpand, hmac256 } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import { ISSUED_BYTES } from './member-credential.ts';

const LABEL_BYTES = 16;
/** Length of one entry. */
export const ENTRY_BYTES = LABEL_BYTES + ISSUED_BYTES;
/** A bundle has a multiple of so many entries. */
export const BUNDLE_STEP = 4096;

/** What an entry is bound to: pkh (32 bytes) and epoch(6) ‖ class(2). */
export interface EntryPlace {
  readonly pkh: Uint8Array;
  readonly attributes: Uint8Array;
}

const LABEL = utf8('lbl');
const PAD = utf8('pad');

const labelOf = (rk: Uint8Array, { pkh, attributes }: EntryPlace): Uint8Array =>
  hmac256(rk, concat(LABEL, pkh, attributes)).slice(0, LABEL_BYTES);

function masked(rk: Uint8Array, { pkh, attributes }: EntryPlace, issued: Uint8Array): Uint8Array {
  const pad = hkdfExpand(rk, concat(PAD, pkh, attributes), ISSUED_BYTES);
  return issued.map((byte, i) => byte ^ (pad[i] ?? 0));
}

/** One doctor's entry: `rk` 32 bytes, `issued` = A ‖ e, 80 bytes. RangeError for other lengths. */
export function sealEntry(rk: Uint8Array, place: EntryPlace, issued: Uint8Array): Uint8Array {
  if (rk.length !== 32 || issued.length !== ISSUED_BYTES) throw new RangeError('rk has 32 bytes, A ‖ e has 80');
  return concat(labelOf(rk, place), masked(rk, place, issued));
}

/** Sorts and fills up; an empty class has a bundle of 4,096 random entries like any small one. */
export function packBundle(entries: readonly Uint8Array[], rng: Rng = secureRng): Uint8Array {
  if (entries.some((entry) => entry.length !== ENTRY_BYTES)) throw new RangeError('an entry has 96 bytes');
  const size = Math.max(1, Math.ceil(entries.length / BUNDLE_STEP)) * BUNDLE_STEP;
  const filled = [...entries];
  while (filled.length < size) filled.push(rng(ENTRY_BYTES));
  filled.sort(compareBytes);
  const bundle = new Uint8Array(size * ENTRY_BYTES);
  filled.forEach((entry, i) => {
    bundle.set(entry, i * ENTRY_BYTES);
  });
  return bundle;
}

/** Has it the length of a bundle, and are its entries in order? */
export function isBundle(bundle: Uint8Array): boolean {
  if (bundle.length === 0 || bundle.length % (ENTRY_BYTES * BUNDLE_STEP) !== 0) return false;
  for (let at = ENTRY_BYTES; at < bundle.length; at += ENTRY_BYTES) {
    const before = bundle.subarray(at - ENTRY_BYTES, at);
    if (compareBytes(before, bundle.subarray(at, at + ENTRY_BYTES)) > 0) return false;
  }
  return true;
}

/** A ‖ e of the doctor who holds `rk`, or undefined when the bundle has none: not of this class, or revoked. Binary search. */
export function findEntry(bundle: Uint8Array, rk: Uint8Array, place: EntryPlace): Uint8Array | undefined {
  const label = labelOf(rk, place);
  let low = 0;
  let high = bundle.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = middle * ENTRY_BYTES;
    if (compareBytes(bundle.subarray(at, at + LABEL_BYTES), label) < 0) low = middle + 1;
    else high = middle;
  }
  const entry = bundle.subarray(low * ENTRY_BYTES, (low + 1) * ENTRY_BYTES);
  if (entry.length !== ENTRY_BYTES || !equalBytes(entry.subarray(0, LABEL_BYTES), label)) return undefined;
  return masked(rk, place, entry.subarray(LABEL_BYTES));
}
