/**
 * The backend over mcl-wasm 2.4.1. One curve for each module instance, state global to it; neither wasm nor bigint promises constant time,
 * so long-term secrets belong on a card or in a process of their own.
 * @module
 */
// The default import is the live exports object: `mod` is assigned only by init, and a named import would keep its first value.
import mcl from 'mcl-wasm';
import type { G1, G2, GroupBackend } from './backend.ts';
import { deriveGenerators } from './generators.ts';
import { createMclCommitments } from './mcl-commitments.ts';
import { createTablePool, MclFixedBase, WHOLE_BITS } from './mcl-fixed-base.ts';
import { g1Of, hasCanonicalFlags, littleEndian, MclG1, MSM_CHUNK, mclModule, onStack } from './mcl-heap.ts';

interface WithOp2<T> {
  _op2(operation: unknown, right: mcl.Fr): T;
}

const PREPARED_KEYS = 16;
const GENERATOR_G2 =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';

class MclG2 implements G2 {
  readonly group = 'G2';
  readonly value: mcl.G2;
  /** Miller loop lines, in the wasm heap until destroyed. */
  lines: mcl.PrecomputedG2 | undefined;
  constructor(value: mcl.G2) {
    this.value = value;
  }
}

function g2Of(point: G2): MclG2 {
  if (!(point instanceof MclG2)) throw new TypeError('G2 point of another backend');
  return point;
}

function frOf(k: bigint): mcl.Fr {
  const scalar = new mcl.Fr();
  scalar.setLittleEndianMod(littleEndian(k));
  return scalar;
}

/** Fills `target`; undefined when the flag bits are not canonical or mcl refuses the point. */
function decodeInto<T extends mcl.G1 | mcl.G2>(target: T, bytes: Uint8Array): T | undefined {
  if (!hasCanonicalFlags(bytes)) return undefined;
  try {
    target.deserialize(bytes);
  } catch (error) {
    // mcl's one way to say "not a point of the group": a number of bytes read that is not the number given.
    if (error instanceof Error && error.message.startsWith('err callDeserialize')) return undefined;
    throw error;
  }
  return target;
}

function hashToG1(message: Uint8Array, dst: Uint8Array): G1 {
  if (dst.length === 0 || dst.length > 255) throw new RangeError('dst must have 1 to 255 bytes');
  const mod = mclModule();
  return onStack(mod, dst.length, (at) => {
    mod.HEAP8.set(dst, at);
    if (mod._mclBnG1_setDst(at, dst.length) !== 0) throw new Error('mcl-wasm refused the DST');
    return new MclG1(mcl.hashAndMapToG1(message));
  });
}

function msm(points: readonly G1[], scalars: readonly bigint[]): G1 {
  if (points.length === 0 || points.length !== scalars.length) throw new RangeError('msm: lengths differ or are 0');
  const bases = points.map(g1Of);
  const factors = scalars.map(frOf);
  let sum = mcl.mulVec(bases.slice(0, MSM_CHUNK), factors.slice(0, MSM_CHUNK));
  for (let at = MSM_CHUNK; at < bases.length; at += MSM_CHUNK) {
    sum = mcl.add(sum, mcl.mulVec(bases.slice(at, at + MSM_CHUNK), factors.slice(at, at + MSM_CHUNK)));
  }
  return new MclG1(sum);
}

function build(): GroupBackend {
  mcl.setETHserialization(true);
  mcl.setMapToMode(mcl.IRTF);
  mcl.verifyOrderG1(true);
  mcl.verifyOrderG2(true);
  const mod = mclModule();
  const mulCT = mod._mclBnG1_mulCT;
  const pool = createTablePool(mod);
  const bases = new WeakMap<G1, MclFixedBase>();
  const generators = deriveGenerators(hashToG1);
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

  // One table for a point, however many ask: every group key prepares the same generators.
  const prepareBase = (point: G1, bits?: number): MclFixedBase => {
    g1Of(point);
    const known = bases.get(point);
    if (known !== undefined && known.bits === (bits ?? WHOLE_BITS)) return known;
    const made = new MclFixedBase(mod, pool, point, bits);
    bases.set(point, made);
    return made;
  };

  return {
    name: 'mcl-wasm',
    generators,
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
    msm,
    addG2: (a, b) => new MclG2(mcl.add(g2Of(a).value, g2Of(b).value)),
    mulG2: (point, k) => new MclG2(mcl.mul(g2Of(point).value, frOf(k))),
    hashToG1,
    prepareBase,
    prepareCommitments: ({ K1, twinBase }) =>
      createMclCommitments(mod, {
        h: prepareBase(generators.h),
        G: prepareBase(generators.G),
        K1: prepareBase(K1),
        twin: prepareBase(twinBase),
      }),
    pairsToOne: (p, w, q) => {
      const product = mcl.precomputedMillerLoop2(g1Of(p), linesOf(g2Of(w)), g1Of(q), g2Lines);
      return mcl.finalExp(product).isOne();
    },
  };
}

// The package is one global instance: a second init would move its heap away from under prepared lines, so it happens once.
let created: Promise<GroupBackend> | undefined;

async function create(): Promise<GroupBackend> {
  // `mod` is assigned by init, and missing from the declared type.
  if ((mcl as { readonly mod?: unknown }).mod === undefined) await mcl.init(mcl.BLS12_381);
  else if (mcl.curveType !== mcl.BLS12_381) throw new Error('mcl-wasm already runs another curve in this process');
  return build();
}

/** The process's one mcl backend; calling again gives the same. Rejects when mcl-wasm already runs another curve. */
export function createMclBackend(): Promise<GroupBackend> {
  created ??= create();
  return created;
}
