/**
 * mcl-wasm 2.4.1 below its wrappers: points at addresses of the wasm heap, so that a sum of hundreds of additions copies nothing.
 * The layout (G1 = x ‖ y ‖ z of 48 bytes, Jacobian, Montgomery form) is mcl's own.
 * @module
 */
// The default import is the live exports object: `mod` is assigned only by init, and a named import would keep its first value.
import mcl from 'mcl-wasm';
import type { G1 } from './backend.ts';
import { ORDER } from './scalar.ts';

/** Bytes of a G1 point, of a field element and of a scalar in the heap. */
export const SIZE = { g1: 144, fp: 48, fr: 32 } as const;

/** Points asked for in one multi-scalar call: the wrapper puts them on a stack of 1 MB. */
export const MSM_CHUNK = 1024;

/** What the package's C side exports and its type declarations leave out; `_op(to, a, b)` writes to `to`, which may be `a` or `b`. */
export interface MclModule {
  readonly HEAP8: Int8Array;
  stackSave(): number;
  stackAlloc(bytes: number): number;
  stackRestore(at: number): void;
  _malloc(bytes: number): number;
  _free(at: number): void;
  _mclBnFr_setLittleEndianMod(to: number, bytes: number, length: number): number;
  _mclBnFp_deserialize(to: number, bytes: number, length: number): number;
  _mclBnFp_mul(to: number, a: number, b: number): void;
  _mclBnG1_setDst(dst: number, length: number): number;
  _mclBnG1_clear(to: number): void;
  _mclBnG1_isZero(a: number): number;
  _mclBnG1_isEqual(a: number, b: number): number;
  _mclBnG1_add(to: number, a: number, b: number): void;
  _mclBnG1_sub(to: number, a: number, b: number): void;
  _mclBnG1_neg(to: number, a: number): void;
  _mclBnG1_dbl(to: number, a: number): void;
  _mclBnG1_mul(to: number, a: number, scalar: number): void;
  _mclBnG1_mulCT(to: number, a: number, scalar: number): void;
  _mclBnG1_normalizeVec(to: number, from: number, count: number): void;
  _mclBnG1_deserialize(to: number, bytes: number, length: number): number;
  _mclBnG1_serialize(to: number, room: number, a: number): number;
  _mclBn_verifyOrderG1(check: number): void;
}

/** A point of the mcl backend. */
export class MclG1 implements G1 {
  readonly group = 'G1';
  readonly value: mcl.G1;
  constructor(value: mcl.G1) {
    this.value = value;
  }
}

/** mcl's form of a point; TypeError for one of another backend. */
export function g1Of(point: G1): mcl.G1 {
  if (!(point instanceof MclG1)) throw new TypeError('G1 point of another backend');
  return point.value;
}

/** The initialised module; a plain Error before {@link mcl.init}. */
export function mclModule(): MclModule {
  // The declared shape was read in mcl.js and mcl_c.js of the pinned version; the tests call each member.
  const { mod } = mcl as unknown as { readonly mod?: MclModule };
  if (mod === undefined) throw new Error('mcl-wasm is not initialised');
  return mod;
}

/** Runs `work` with `bytes` of wasm stack at the address it is given, and gives them back. */
export function onStack<T>(mod: MclModule, bytes: number, work: (at: number) => T): T {
  const saved = mod.stackSave();
  try {
    return work(mod.stackAlloc(bytes));
  } finally {
    mod.stackRestore(saved);
  }
}

/** The point at an address, copied out. */
export function readPoint(at: number): G1 {
  const value = new mcl.G1();
  value.copyFromMem(at);
  return new MclG1(value);
}

/** 32 bytes, little-endian; RangeError unless 0 <= k < r. */
export function littleEndian(k: bigint): Uint8Array {
  if (k < 0n || k >= ORDER) throw new RangeError('scalar out of range');
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0, rest = k; i < 4; i++, rest >>= 64n) view.setBigUint64(8 * i, rest & 0xffffffffffffffffn, true);
  return bytes;
}

/** Is the flag byte one of a compressed encoding of a point, or is it O as c0 00..00? mcl itself takes c0 00..01 for O. */
export function hasCanonicalFlags(bytes: Uint8Array): boolean {
  const flags = bytes[0] ?? 0;
  if ((flags & 0x80) === 0) return false;
  return (flags & 0x40) === 0 || (flags === 0xc0 && bytes.subarray(1).every((byte) => byte === 0));
}
