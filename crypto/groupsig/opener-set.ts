/**
 * The opener set OS_v = {pkh, v, n, t, F_0..F_(t-1)} with F_0 = K1: who may open, versioned apart from the group key (Feldman 1987).
 * Encoded: ver(1)=01 ‖ pkh(32) ‖ v(4) ‖ n(2) ‖ t(2) ‖ F_j (48 each). Its signatures travel beside it.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { G1, GroupBackend } from './backend.ts';
import type { GroupKey } from './group-key.ts';
import { GroupSigError } from './groupsig-error.ts';
import { modOrder } from './scalar.ts';

const VERSION = 1;
const HEADER_BYTES = 41;

/** The most openers a set may have. */
const MAX_OPENERS = 255;

/** What an opener set says, with the commitments as 48-byte points. */
export interface OpenerSetFields {
  readonly pkh: Uint8Array;
  readonly version: number;
  readonly n: number;
  readonly t: number;
  readonly commitments: readonly Uint8Array[];
}

/** A checked opener set; `hash` = H256(OS_v), and `shareKey(i)` is K_i = sum_j i^j F_j for i in 1..n, never read from anywhere. */
export interface OpenerSet {
  readonly encoded: Uint8Array;
  readonly hash: Uint8Array;
  readonly version: number;
  readonly n: number;
  readonly t: number;
  /** F_0..F_(t-1). */
  readonly commitments: readonly G1[];
  shareKey(index: number): G1;
}

/** Is 1 <= t <= n and t > n/2? With fewer, two disjoint groups could open. */
export const isThreshold = (n: number, t: number): boolean =>
  Number.isInteger(n) && Number.isInteger(t) && n >= 1 && n <= MAX_OPENERS && t <= n && 2 * t > n;

/** OS_v as bytes. Check it with {@link decodeOpenerSet}. */
export const encodeOpenerSet = (set: OpenerSetFields): Uint8Array =>
  concat(Uint8Array.of(VERSION), set.pkh, uint(set.version, 4), uint(set.n, 2), uint(set.t, 2), ...set.commitments);

/** Strict; throws OPENER_SET_INVALID unless it is of this group key, t > n/2, F_0 = K1 and no F_j or K_i is O. */
export function decodeOpenerSet(backend: GroupBackend, groupKey: GroupKey, bytes: Uint8Array): OpenerSet {
  const refuse = (why: string): GroupSigError => new GroupSigError('OPENER_SET_INVALID', why);
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) throw refuse('opener set is short or of another version');
  const encoded = bytes.slice();
  if (!equalBytes(encoded.subarray(1, 33), groupKey.pkh)) throw refuse('opener set of another group key');
  const n = readUint(encoded.subarray(37, 39));
  const t = readUint(encoded.subarray(39, 41));
  if (!isThreshold(n, t)) throw refuse(`threshold ${t} of ${n}`);
  if (encoded.length !== HEADER_BYTES + 48 * t) throw refuse(`opener set has ${encoded.length} bytes`);

  const commitments = Array.from({ length: t }, (_, j) => {
    const F = backend.decodeG1(encoded.subarray(HEADER_BYTES + 48 * j, HEADER_BYTES + 48 * (j + 1)));
    if (F === undefined || backend.isIdentity(F)) throw refuse(`F_${j} is not a point of G1 other than O`);
    return F;
  });
  const [F0] = commitments;
  if (F0 === undefined || !backend.equal(F0, groupKey.K1)) throw refuse('F_0 is not K1');

  const shareKeys = Array.from({ length: n }, (_, i) => {
    const powers = commitments.map((_F, j) => BigInt(i + 1) ** BigInt(j));
    const key = backend.msm(commitments, powers.map(modOrder));
    if (backend.isIdentity(key)) throw refuse(`K_${i + 1} is O`);
    return key;
  });
  return {
    encoded,
    hash: h256(encoded),
    version: readUint(encoded.subarray(33, 37)),
    n,
    t,
    commitments,
    shareKey: (index) => {
      const key = shareKeys[index - 1];
      if (key === undefined) throw new RangeError(`no opener ${index}`);
      return key;
    },
  };
}
