/**
 * The epoch head EH: one signed statement of the bureau that begins an epoch of the group and names its bundles. Heads form a chain.
 * Encoded: ver(1)=01 ‖ flags(1: 1 = emergency) ‖ pkh(32) ‖ epoch(6) ‖ issuedAt(6) ‖ notBefore(6) ‖ notAfter(6) ‖ H256(previous EH)(32) ‖
 * H256(revoked warrants)(32) ‖ H256(revoked cards)(32) ‖ k(2) ‖ k rows class(2) ‖ servedBy(2) ‖ entries(4) ‖ H256(bundle)(32).
 * Instants are ms since 1970 (groupsig note, "Epochs and revocation").
 * @module
 */
import { compareBytes, concat, equalBytes, lp1, readUint, uint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { Epoch } from './context.ts';
import { GroupSigError } from './groupsig-error.ts';
import { PREFIX } from './tags.ts';

const VERSION = 1;
const EMERGENCY = 1;
const HEADER_BYTES = 156;
const ROW_BYTES = 40;

/** One class: its own bundle, or the class whose bundle serves its members because they are too few (`servedBy`). */
export interface ClassRow {
  readonly classNumber: number;
  /** The class its members sign under; its own number unless merged. */
  readonly servedBy: number;
  /** Entries of the bundle, fill included; 0 when merged. */
  readonly entries: number;
  /** H256(bundle); zero when merged. */
  readonly bundleHash: Uint8Array;
}

/** What a head says. Hashes have 32 bytes; `previous` is zero for the first. */
export interface EpochHeadFields {
  readonly pkh: Uint8Array;
  readonly epoch: Epoch;
  /** Begun early because something is wrong: signatures of the epoch before get no grace. */
  readonly emergency: boolean;
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly previous: Uint8Array;
  readonly revokedWarrants: Uint8Array;
  readonly revokedCards: Uint8Array;
  /** Ascending by class. */
  readonly classes: readonly ClassRow[];
}

/** A head that was read; `hash` = H256(encoded). */
export interface EpochHead extends EpochHeadFields {
  readonly encoded: Uint8Array;
  readonly hash: Uint8Array;
}

const encodeRow = (row: ClassRow): Uint8Array =>
  concat(uint(row.classNumber, 2), uint(row.servedBy, 2), uint(row.entries, 4), row.bundleHash);

/** EH as bytes; throws EPOCH_HEAD_INVALID for what {@link decodeEpochHead} would refuse. */
export function encodeEpochHead(head: EpochHeadFields): Uint8Array {
  const encoded = concat(
    Uint8Array.of(VERSION, head.emergency ? EMERGENCY : 0),
    head.pkh,
    uint(head.epoch.day, 4),
    uint(head.epoch.seq, 2),
    uint(head.issuedAt, 6),
    uint(head.notBefore, 6),
    uint(head.notAfter, 6),
    head.previous,
    head.revokedWarrants,
    head.revokedCards,
    uint(head.classes.length, 2),
    ...head.classes.map(encodeRow),
  );
  decodeEpochHead(encoded);
  return encoded;
}

function decodeRow(bytes: Uint8Array): ClassRow {
  return {
    classNumber: readUint(bytes.subarray(0, 2)),
    servedBy: readUint(bytes.subarray(2, 4)),
    entries: readUint(bytes.subarray(4, 8)),
    bundleHash: bytes.slice(8),
  };
}

function isTableSound(classes: readonly ClassRow[]): boolean {
  return classes.every((row, i) => {
    const before = classes[i - 1];
    if (before !== undefined && before.classNumber >= row.classNumber) return false;
    const own = row.servedBy === row.classNumber;
    if (own) return row.entries > 0;
    const serving = classes.find(({ classNumber }) => classNumber === row.servedBy);
    return serving?.servedBy === row.servedBy && row.entries === 0 && row.bundleHash.every((byte) => byte === 0);
  });
}

/** Strict; throws EPOCH_HEAD_INVALID. Says nothing about who signed it. */
export function decodeEpochHead(bytes: Uint8Array): EpochHead {
  const refuse = (why: string): GroupSigError => new GroupSigError('EPOCH_HEAD_INVALID', why);
  const encoded = bytes.slice();
  const [version, flags] = encoded;
  if (encoded.length < HEADER_BYTES || version !== VERSION || (flags !== 0 && flags !== EMERGENCY))
    throw refuse('not an epoch head of version 1');
  const count = readUint(encoded.subarray(HEADER_BYTES - 2, HEADER_BYTES));
  if (encoded.length !== HEADER_BYTES + count * ROW_BYTES) throw refuse(`epoch head has ${encoded.length} bytes`);
  const time = (at: number): number => readUint(encoded.subarray(at, at + 6));
  const classes = Array.from({ length: count }, (_, i) =>
    decodeRow(encoded.subarray(HEADER_BYTES + i * ROW_BYTES, HEADER_BYTES + (i + 1) * ROW_BYTES)),
  );
  const head = {
    pkh: encoded.slice(2, 34),
    epoch: { day: readUint(encoded.subarray(34, 38)), seq: readUint(encoded.subarray(38, 40)) },
    emergency: flags === EMERGENCY,
    issuedAt: time(40),
    notBefore: time(46),
    notAfter: time(52),
    previous: encoded.slice(58, 90),
    revokedWarrants: encoded.slice(90, 122),
    revokedCards: encoded.slice(122, 154),
    classes,
  };
  if (head.notBefore >= head.notAfter || head.issuedAt > head.notBefore) throw refuse('its instants are out of order');
  if (!isTableSound(classes)) throw refuse('its table of classes is out of order');
  return { ...head, encoded, hash: h256(encoded) };
}

/** H256 over what was revoked when the head was issued: lp1 of each serial number or id, sorted; so a later list cannot leave one out. */
export const revokedHash = (ids: readonly Uint8Array[]): Uint8Array =>
  h256(...[...ids].sort(compareBytes).map((id) => lp1(id)));

/** What the bureau signs: lp1("NHI-EPOCH-HEAD-V1") ‖ EH. */
export const epochHeadStatement = (encoded: Uint8Array): Uint8Array => concat(lp1(PREFIX.epochHead), encoded);

/**
 * Heads, oldest first, each naming the one before it: the newest one's signature then holds for all of them.
 * Throws EPOCH_HEAD_INVALID for an empty list, a gap, another group or an epoch that occurs twice.
 */
export function linkEpochHeads(encoded: readonly Uint8Array[], pkh: Uint8Array): readonly [EpochHead, ...EpochHead[]] {
  const heads = encoded.map(decodeEpochHead);
  const [first, ...rest] = heads;
  if (first === undefined) throw new GroupSigError('EPOCH_HEAD_INVALID', 'no epoch head');
  const names = new Set(heads.map(({ epoch }) => `${epoch.day}.${epoch.seq}`));
  const linked = heads.every((head, i) => {
    const before = heads[i - 1];
    return equalBytes(head.pkh, pkh) && (before === undefined || equalBytes(head.previous, before.hash));
  });
  if (!linked || names.size !== heads.length) throw new GroupSigError('EPOCH_HEAD_INVALID', 'the heads are no chain');
  return [first, ...rest];
}
