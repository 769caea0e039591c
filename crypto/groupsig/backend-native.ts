/**
 * The backend over the optional native binary (native/, blst). Points are blst's Jacobian form in bytes that nobody else sees.
 * `mulSecret` takes constant time in its scalar; everything else is for public data and one-time randomness.
 * @module
 */
import { concat, utf8 } from '../common/bytes.ts';
import type { FixedBase, G1, G2, GroupBackend, PreparedVerifier, SignedItem, VerifierKey } from './backend.ts';
import { deriveGenerators, type Generators } from './generators.ts';
import { PREFIX, SCALAR_DST } from './tags.ts';

/** What the binary was compiled to offer; the loader compares it with `api`. */
export const NATIVE_API = 1;

/** The functions of the binary, as native/addon.c defines them. `out` is filled; a wrong argument throws TypeError or RangeError. */
export interface NativeBinary {
  readonly api: number;
  readonly bytesG1: number;
  readonly bytesG2: number;
  readonly bytesLines: number;
  readonly bytesTable: number;
  decodeG1(out: Uint8Array, bytes: Uint8Array): boolean;
  encodeG1(out: Uint8Array, point: Uint8Array): void;
  decodeG2(out: Uint8Array, bytes: Uint8Array): boolean;
  encodeG2(out: Uint8Array, point: Uint8Array): void;
  isIdentityG1(point: Uint8Array): boolean;
  isIdentityG2(point: Uint8Array): boolean;
  equalG1(a: Uint8Array, b: Uint8Array): boolean;
  addG1(out: Uint8Array, a: Uint8Array, b: Uint8Array): void;
  negateG1(out: Uint8Array, a: Uint8Array): void;
  generatorG2(out: Uint8Array): void;
  addG2(out: Uint8Array, a: Uint8Array, b: Uint8Array): void;
  multiplyG2(out: Uint8Array, point: Uint8Array, k: bigint): void;
  multiplySecret(out: Uint8Array, point: Uint8Array, k: bigint): void;
  multiScalar(out: Uint8Array, points: Uint8Array, scalars: readonly bigint[]): void;
  hashToG1(out: Uint8Array, message: Uint8Array, dst: Uint8Array): void;
  fillLines(out: Uint8Array, point: Uint8Array): void;
  pairsToOne(p: Uint8Array, w: Uint8Array, q: Uint8Array, v: Uint8Array): boolean;
  fillTable(out: Uint8Array, point: Uint8Array): void;
  multiplyTable(out: Uint8Array, table: Uint8Array, k: bigint): void;
  createVerifier(
    pkh: Uint8Array,
    w: Uint8Array,
    K1: Uint8Array,
    generators: Uint8Array,
    epochDst: Uint8Array,
    classDst: Uint8Array,
    transcript: Uint8Array,
    challenge: Uint8Array,
  ): object;
  verify(verifier: object, ctx: Uint8Array, messageHash: Uint8Array, signature: Uint8Array): boolean;
  verifyBatch(verifier: object, items: Uint8Array, seed: Uint8Array, lane: number): Uint8Array;
  verifyBatchAsync(verifier: object, items: Uint8Array, seed: Uint8Array, lane: number): Promise<Uint8Array>;
}

const CONTEXT_BYTES = 74;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 400;
const ITEM_BYTES = CONTEXT_BYTES + HASH_BYTES + SIGNATURE_BYTES;

/** Bits of a scalar. */
const WHOLE_BITS = 255;
/** A table pays for itself after some sixty uses; this many are waited for, so that a process that signs once builds none. */
const USES_BEFORE_TABLE = 16;

/** Asynchronous batches run as this many works at once, which leaves two of the four threads of libuv's pool to others. */
const LANES = 2;
/** Smaller shares are not worth a final exponentiation of their own. */
const LANE_MIN = 32;

class NativeG1 implements G1 {
  readonly group = 'G1';
  readonly #raw: Uint8Array;
  constructor(raw: Uint8Array) {
    this.#raw = raw;
  }
  /** The bytes of a point of this backend; TypeError for any other object. */
  static rawOf(point: G1): Uint8Array {
    if (!(point instanceof NativeG1)) throw new TypeError('G1 point of another backend');
    return point.#raw;
  }
}

class NativeG2 implements G2 {
  readonly group = 'G2';
  readonly #raw: Uint8Array;
  /** Miller loop lines, once they were asked for. */
  #lines: Uint8Array | undefined;
  constructor(raw: Uint8Array) {
    this.#raw = raw;
  }
  static rawOf(point: G2): Uint8Array {
    if (!(point instanceof NativeG2)) throw new TypeError('G2 point of another backend');
    return point.#raw;
  }
  static linesOf(point: G2, binary: NativeBinary): Uint8Array {
    if (!(point instanceof NativeG2)) throw new TypeError('G2 point of another backend');
    if (point.#lines === undefined) {
      point.#lines = new Uint8Array(binary.bytesLines);
      binary.fillLines(point.#lines, point.#raw);
    }
    return point.#lines;
  }
}

function packItems(items: readonly SignedItem[]): Uint8Array {
  const packed = new Uint8Array(items.length * ITEM_BYTES);
  for (const [i, { ctx, messageHash, signature }] of items.entries()) {
    if (ctx.length !== CONTEXT_BYTES || messageHash.length !== HASH_BYTES || signature.length !== SIGNATURE_BYTES) {
      throw new RangeError('verifyBatch: ctx, H_M and sigma have 74, 32 and 400 bytes');
    }
    packed.set(ctx, i * ITEM_BYTES);
    packed.set(messageHash, i * ITEM_BYTES + CONTEXT_BYTES);
    packed.set(signature, i * ITEM_BYTES + CONTEXT_BYTES + HASH_BYTES);
  }
  return packed;
}

const verdictsOf = (bytes: Uint8Array): readonly boolean[] => Array.from(bytes, (byte) => byte === 1);

function prepareVerifier(binary: NativeBinary, generators: Uint8Array, key: VerifierKey): PreparedVerifier {
  const tags = [SCALAR_DST.epoch, SCALAR_DST.class, PREFIX.transcript, PREFIX.challenge] as const;
  const [epochDst, classDst, transcript, challenge] = [utf8(tags[0]), utf8(tags[1]), utf8(tags[2]), utf8(tags[3])];
  const { pkh, w, K1 } = key;
  const verifier = binary.createVerifier(pkh, w, K1, generators, epochDst, classDst, transcript, challenge);
  return {
    verify: ({ ctx, messageHash, signature }) => binary.verify(verifier, ctx, messageHash, signature),
    verifyBatch: (items, seed) => verdictsOf(binary.verifyBatch(verifier, packItems(items), seed, 0)),
    verifyBatchAsync: async (items, seed) => {
      const packed = packItems(items);
      const share = Math.max(LANE_MIN, Math.ceil(items.length / LANES)) * ITEM_BYTES;
      const works: Promise<Uint8Array>[] = [];
      for (let from = 0; from < packed.length; from += share) {
        works.push(binary.verifyBatchAsync(verifier, packed.subarray(from, from + share), seed, works.length));
      }
      return verdictsOf(concat(...(await Promise.all(works))));
    },
  };
}

/** The table comes after some uses, or by `warm`. RangeError unless 0 <= k < r and k has no more than `bits` bits. */
function createFixedBase(binary: NativeBinary, point: G1, bits: number, mul: (point: G1, k: bigint) => G1): FixedBase {
  if (!Number.isInteger(bits) || bits < 1 || bits > WHOLE_BITS) throw new RangeError('prepareBase: 1 to 255 bits');
  let uses = 0;
  let table: Uint8Array | undefined;
  const warm = (): Uint8Array => {
    if (table !== undefined) return table;
    table = new Uint8Array(binary.bytesTable);
    binary.fillTable(table, NativeG1.rawOf(point));
    return table;
  };
  return {
    mul: (k) => {
      if (k < 0n || k >> BigInt(bits) !== 0n) throw new RangeError('scalar out of range');
      if (table === undefined && ++uses < USES_BEFORE_TABLE) return mul(point, k);
      const rows = warm();
      const out = new Uint8Array(binary.bytesG1);
      binary.multiplyTable(out, rows, k);
      return new NativeG1(out);
    },
    warm: () => {
      warm();
    },
  };
}

/** The backend over a binary that has been loaded; crypto/groupsig/node/load-native.ts finds and examines one. */
export function createNativeBackend(binary: NativeBinary): GroupBackend {
  const g1 = (fill: (out: Uint8Array) => void): NativeG1 => {
    const out = new Uint8Array(binary.bytesG1);
    fill(out);
    return new NativeG1(out);
  };
  const g2 = (fill: (out: Uint8Array) => void): NativeG2 => {
    const out = new Uint8Array(binary.bytesG2);
    fill(out);
    return new NativeG2(out);
  };
  const { rawOf } = NativeG1;
  const decodeG1 = (bytes: Uint8Array): G1 | undefined => {
    if (bytes.length !== 48) return undefined;
    const out = new Uint8Array(binary.bytesG1);
    return binary.decodeG1(out, bytes) ? new NativeG1(out) : undefined;
  };
  const encodeG1 = (point: G1): Uint8Array => {
    const out = new Uint8Array(48);
    binary.encodeG1(out, rawOf(point));
    return out;
  };
  const neg = (a: G1): G1 => g1((out) => binary.negateG1(out, rawOf(a)));
  const add = (a: G1, b: G1): G1 => g1((out) => binary.addG1(out, rawOf(a), rawOf(b)));
  const hashToG1 = (message: Uint8Array, dst: Uint8Array): G1 => g1((out) => binary.hashToG1(out, message, dst));
  const mul = (point: G1, k: bigint): G1 => g1((out) => binary.multiScalar(out, rawOf(point), [k]));
  // One table for a point, however many ask: every group key prepares the same generators.
  const bases = new WeakMap<G1, Map<number, FixedBase>>();
  const prepareBase = (point: G1, bits = WHOLE_BITS): FixedBase => {
    rawOf(point);
    const known = bases.get(point) ?? new Map<number, FixedBase>();
    bases.set(point, known);
    const base = known.get(bits) ?? createFixedBase(binary, point, bits, mul);
    known.set(bits, base);
    return base;
  };

  const generators: Generators = deriveGenerators(hashToG1);
  const { g1: first, h, hEpoch, hClass, G, K2 } = generators;
  const encodedGenerators = concat(...[first, h, hEpoch, hClass, G, K2].map(encodeG1));
  const generatorG2 = g2((out) => binary.generatorG2(out));
  const v = NativeG2.linesOf(generatorG2, binary);

  return {
    name: 'native-blst',
    generators,
    g2: generatorG2,
    decodeG1,
    encodeG1,
    decodeG2: (bytes) => {
      if (bytes.length !== 96) return undefined;
      const out = new Uint8Array(binary.bytesG2);
      return binary.decodeG2(out, bytes) ? new NativeG2(out) : undefined;
    },
    encodeG2: (point) => {
      const out = new Uint8Array(96);
      binary.encodeG2(out, NativeG2.rawOf(point));
      return out;
    },
    isIdentity: (point) =>
      point.group === 'G1' ? binary.isIdentityG1(rawOf(point)) : binary.isIdentityG2(NativeG2.rawOf(point)),
    equal: (a, b) => binary.equalG1(rawOf(a), rawOf(b)),
    add,
    sub: (a, b) => add(a, neg(b)),
    neg,
    mul,
    mulSecret: (point, k) => g1((out) => binary.multiplySecret(out, rawOf(point), k)),
    msm: (points, scalars) => {
      if (points.length === 0 || points.length !== scalars.length) throw new RangeError('msm: lengths differ or are 0');
      return g1((out) => binary.multiScalar(out, concat(...points.map(rawOf)), scalars));
    },
    addG2: (a, b) => g2((out) => binary.addG2(out, NativeG2.rawOf(a), NativeG2.rawOf(b))),
    mulG2: (point, k) => g2((out) => binary.multiplyG2(out, NativeG2.rawOf(point), k)),
    hashToG1,
    pairsToOne: (p, w, q) => binary.pairsToOne(rawOf(p), NativeG2.linesOf(w, binary), rawOf(q), v),
    prepareBase,
    prepareVerifier: (key) => prepareVerifier(binary, encodedGenerators, key),
  };
}
