/**
 * The backend over mcl-wasm 2.4.1. One curve for each module instance, state global to it; neither wasm nor bigint promises constant time,
 * so long-term secrets belong on a card or in a process of their own.
 * @module
 */
// The default import is the live exports object: `mod` is assigned only by init, and a named import would keep its first value.
import mcl from 'mcl-wasm';
import type { G1, G2, GroupBackend } from './backend.ts';
import { deriveGenerators } from './generators.ts';
import { ORDER } from './scalar.ts';

// Read in the package's sources: exported by mcl's C side but absent from the type declarations.
interface MclInternals {
  readonly mod?: {
    stackSave(): number;
    stackRestore(at: number): void;
    sallocBytes(bytes: Uint8Array): number;
    _mclBnG1_setDst(at: number, length: number): number;
    readonly _mclBnG1_mulCT: unknown;
  };
}
interface WithOp2<T> {
  _op2(operation: unknown, right: mcl.Fr): T;
}

const PREPARED_KEYS = 16;
const GENERATOR_G2 =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';

class MclG1 implements G1 {
  readonly group = 'G1';
  readonly value: mcl.G1;
  constructor(value: mcl.G1) {
    this.value = value;
  }
}

class MclG2 implements G2 {
  readonly group = 'G2';
  readonly value: mcl.G2;
  /** Miller loop lines, in the wasm heap until destroyed. */
  lines: mcl.PrecomputedG2 | undefined;
  constructor(value: mcl.G2) {
    this.value = value;
  }
}

function g1Of(point: G1): mcl.G1 {
  if (!(point instanceof MclG1)) throw new TypeError('G1 point of another backend');
  return point.value;
}

function g2Of(point: G2): MclG2 {
  if (!(point instanceof MclG2)) throw new TypeError('G2 point of another backend');
  return point;
}

function frOf(k: bigint): mcl.Fr {
  if (k < 0n || k >= ORDER) throw new RangeError('scalar out of range');
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0, rest = k; i < 4; i++, rest >>= 64n) view.setBigUint64(8 * i, rest & 0xffffffffffffffffn, true);
  const scalar = new mcl.Fr();
  scalar.setLittleEndianMod(bytes);
  return scalar;
}

/** Fills `target`; undefined when the flag bits are not canonical (mcl itself takes c0 00..01 for O) or mcl refuses the point. */
function decodeInto<T extends mcl.G1 | mcl.G2>(target: T, bytes: Uint8Array): T | undefined {
  const flags = bytes[0] ?? 0;
  if ((flags & 0x80) === 0) return undefined;
  if ((flags & 0x40) !== 0 && (flags !== 0xc0 || bytes.subarray(1).some((byte) => byte !== 0))) return undefined;
  try {
    target.deserialize(bytes);
  } catch (error) {
    // mcl's one way to say "not a point of the group": a number of bytes read that is not the number given.
    if (error instanceof Error && error.message.startsWith('err callDeserialize')) return undefined;
    throw error;
  }
  return target;
}

function moduleOf(): NonNullable<MclInternals['mod']> {
  // The declared shape was read in mcl.js and mcl_c.js of the pinned version; the tests call each member.
  const internals = (mcl as unknown as MclInternals).mod;
  if (internals === undefined) throw new Error('mcl-wasm is not initialised');
  return internals;
}

function hashToG1(message: Uint8Array, dst: Uint8Array): G1 {
  if (dst.length === 0 || dst.length > 255) throw new RangeError('dst must have 1 to 255 bytes');
  const module = moduleOf();
  const stack = module.stackSave();
  try {
    if (module._mclBnG1_setDst(module.sallocBytes(dst), dst.length) !== 0) throw new Error('mcl-wasm refused the DST');
    return new MclG1(mcl.hashAndMapToG1(message));
  } finally {
    module.stackRestore(stack);
  }
}

function build(): GroupBackend {
  mcl.setETHserialization(true);
  mcl.setMapToMode(mcl.IRTF);
  mcl.verifyOrderG1(true);
  mcl.verifyOrderG2(true);
  const mulCT = moduleOf()._mclBnG1_mulCT;
  const g2 = new MclG2(mcl.deserializeHexStrToG2(GENERATOR_G2));
  const g2Lines = new mcl.PrecomputedG2(g2.value);
  const prepared: MclG2[] = [];

  const linesOf = (point: MclG2): mcl.PrecomputedG2 => {
    if (point.lines !== undefined) return point.lines;
    // Bounded, because nothing frees the wasm heap when a key is dropped.
    const oldest = prepared.length >= PREPARED_KEYS ? prepared.shift() : undefined;
    oldest?.lines?.destroy();
    if (oldest !== undefined) oldest.lines = undefined;
    point.lines = new mcl.PrecomputedG2(point.value);
    prepared.push(point);
    return point.lines;
  };

  return {
    name: 'mcl-wasm',
    generators: deriveGenerators(hashToG1),
    g2,
    decodeG1: (bytes) => {
      const point = bytes.length === 48 ? decodeInto(new mcl.G1(), bytes) : undefined;
      return point === undefined ? undefined : new MclG1(point);
    },
    encodeG1: (point) => g1Of(point).serialize(),
    decodeG2: (bytes) => {
      const point = bytes.length === 96 ? decodeInto(new mcl.G2(), bytes) : undefined;
      return point === undefined ? undefined : new MclG2(point);
    },
    encodeG2: (point) => g2Of(point).value.serialize(),
    isIdentity: (point) => (point.group === 'G1' ? g1Of(point).isZero() : g2Of(point).value.isZero()),
    equal: (a, b) => g1Of(a).isEqual(g1Of(b)),
    add: (a, b) => new MclG1(mcl.add(g1Of(a), g1Of(b))),
    sub: (a, b) => new MclG1(mcl.sub(g1Of(a), g1Of(b))),
    neg: (a) => new MclG1(mcl.neg(g1Of(a))),
    mul: (point, k) => new MclG1(mcl.mul(g1Of(point), frOf(k))),
    mulSecret: (point, k) => {
      // Every value type of the package has _op2; mul itself is one call of it.
      const base = g1Of(point) as unknown as WithOp2<mcl.G1>;
      return new MclG1(base._op2(mulCT, frOf(k)));
    },
    msm: (points, scalars) => {
      if (points.length === 0 || points.length !== scalars.length) throw new RangeError('msm: lengths differ or are 0');
      return new MclG1(mcl.mulVec(points.map(g1Of), scalars.map(frOf)));
    },
    addG2: (a, b) => new MclG2(mcl.add(g2Of(a).value, g2Of(b).value)),
    mulG2: (point, k) => new MclG2(mcl.mul(g2Of(point).value, frOf(k))),
    hashToG1,
    prepareBase: (point) => {
      const base = g1Of(point);
      return { mul: (k) => new MclG1(mcl.mul(base, frOf(k))) };
    },
    pairsToOne: (p, w, q) => {
      const product = mcl.precomputedMillerLoop2(g1Of(p), linesOf(g2Of(w)), g1Of(q), g2Lines);
      return mcl.finalExp(product).isOne();
    },
  };
}

// The package is one global instance: a second init would move its heap away from under prepared lines, so it happens once.
let created: Promise<GroupBackend> | undefined;

async function create(): Promise<GroupBackend> {
  if ((mcl as unknown as MclInternals).mod === undefined) await mcl.init(mcl.BLS12_381);
  else if (mcl.curveType !== mcl.BLS12_381) throw new Error('mcl-wasm already runs another curve in this process');
  return build();
}

/** The process's one mcl backend; calling again gives the same. Rejects when mcl-wasm already runs another curve. */
export function createMclBackend(): Promise<GroupBackend> {
  created ??= create();
  return created;
}
