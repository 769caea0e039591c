/**
 * Vectors of what everybody derives or reads before any signature: generators, scalars, group key, opener set.
 * @module
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { bytes32, expandMessage } from '../../crypto/common/hash.ts';
import { randomScalar } from '../../crypto/common/random.ts';
import { decodeOpenerSet, encodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import { encodeScalar, ORDER, scalarOfHash } from '../../crypto/groupsig/scalar.ts';
import { GENERATOR_DST, PREFIX, SCALAR_DST } from '../../crypto/groupsig/tags.ts';
import { dealOpeningKey } from '../../crypto/groupsig/testing/dealer.ts';
import { compress, P, torsionPoints, withX } from '../../crypto/groupsig/testing/odd-points.ts';
import { at, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { plusOrder, replaced, scripted, vectorFile } from './vector-file.ts';
import { hashOf, IDENTITY, type VectorGroup } from './vector-group.ts';

/** Canonical bytes of a point of the curve over Fp2 that is not in G2: the first with a whole number as x, as they all have a cofactor. */
function outsideG2(): Uint8Array {
  const { Fp2 } = bls12_381.fields;
  for (let c0 = 1n; ; c0++) {
    const x = Fp2.create({ c0, c1: 0n });
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.create({ c0: 4n, c1: 4n }));
    // Euler: a square to the power (p^2 - 1)/2 is 1.
    if (Fp2.eql(Fp2.pow(square, (P * P - 1n) / 2n), Fp2.ONE)) {
      return concat(withX(0n, 0x80), fromHex(c0.toString(16).padStart(96, '0')));
    }
  }
}

/** generators.json */
export function makeGenerators({ backend, groupKey, gamma, proofNonce, dealt, issuer, seeded }: VectorGroup) {
  const { encoded, pkh } = groupKey;
  const torsion = compress(at(torsionPoints(seeded('generators')), 0));
  const K2 = backend.encodeG1(backend.generators.K2);
  const put = (offset: number, part: Uint8Array): Uint8Array => replaced(encoded, offset, part);
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['version 2', put(0, Uint8Array.of(2))],
    ['one byte short', encoded.slice(0, -1)],
    ['one byte long', concat(encoded, Uint8Array.of(0))],
    ['w is O', put(1, concat(Uint8Array.of(0xc0), new Uint8Array(95)))],
    ['w without the flag of compression', put(1, Uint8Array.of((encoded[1] ?? 0) & 0x7f))],
    ['w on the curve, outside G2', put(1, outsideG2())],
    ['w another point, so that the proof fails', put(1, backend.encodeG2(backend.mulG2(backend.g2, gamma + 1n)))],
    ['K1 is O', put(97, IDENTITY)],
    ['K1 is K2', put(97, K2)],
    ['K1 on the curve, outside G1', put(97, torsion)],
    ['proof: c changed', flipped(encoded, 145 + 31)],
    ['proof: z changed', flipped(encoded, 208)],
    ['proof: z + r, not canonical', put(177, plusOrder(encoded.subarray(177), ORDER))],
  ];
  return vectorFile(
    'Tags, generators of G1, the group key with its name pkh, and group keys to be refused.',
    [
      'A generator is hash_to_curve of the empty message with its DST, suite BLS12381G1_XMD:SHA-256_SSWU_RO_ (RFC 9380 8.8.1).',
      'Points are compressed, 48 bytes in G1 and 96 in G2, with the flag bits of ZCash; scalars 32 bytes big-endian.',
      'group key = 01 ‖ w ‖ K1 ‖ c ‖ z; w = gamma*g2; K1 = kappa*G with kappa = a_0 of opener-set.json.',
      'proof: N = k*g2, c = H2S(lp1(prefix.issuer) ‖ g2 ‖ w ‖ N, scalarDst.issuer), z = k + c*gamma mod r.',
      'pkh = SHA-256(lp1(prefix.scheme) ‖ g1 ‖ h ‖ hEpoch ‖ hClass ‖ G ‖ K2 ‖ w ‖ K1); lp1(x) = one length byte, then x.',
    ],
    {
      prefix: PREFIX,
      scalarDst: SCALAR_DST,
      generators: Object.entries(GENERATOR_DST).map(([name, dst]) => ({
        name,
        dst,
        point: hex(backend.encodeG1(backend.hashToG1(new Uint8Array(0), utf8(dst)))),
      })),
      g2: hex(backend.encodeG2(backend.g2)),
      groupKey: {
        gamma: hex(encodeScalar(gamma)),
        k: hex(encodeScalar(proofNonce)),
        w: hex(issuer.w),
        K1: hex(dealt.K1),
        c: hex(issuer.proof.slice(0, 32)),
        z: hex(issuer.proof.slice(32)),
        encoded: hex(encoded),
        pkh: hex(pkh),
      },
      invalidGroupKeys: invalid.map(([why, bytes]) => ({ why, encoded: hex(bytes) })),
    },
  );
}

/** hash-to-scalar.json */
export function makeHashToScalar() {
  const messages = [new Uint8Array(0), utf8('abc'), new Uint8Array(8), hashOf('a message of 32 bytes')];
  return vectorFile(
    'Hash to scalar, once for each tag and message.',
    [
      'uniform = expand_message_xmd(SHA-256, message, dst, 48) of RFC 9380 5.3.1; scalar = uniform as an integer modulo r.',
    ],
    {
      r: hex(bytes32(ORDER)),
      cases: Object.values(SCALAR_DST).flatMap((dst) =>
        messages.map((message) => ({
          dst,
          message: hex(message),
          uniform: hex(expandMessage(message, dst, 48)),
          scalar: hex(encodeScalar(scalarOfHash(message, dst))),
        })),
      ),
    },
  );
}

/** opener-set.json */
export function makeOpenerSets({ backend, groupKey, coefficients, dealt, openerSet, seeded }: VectorGroup) {
  const { pkh, K1 } = groupKey;
  const rng = seeded('opener set');
  const kappa = coefficients[0] ?? new Uint8Array(0);
  const others = [randomScalar(ORDER, rng), randomScalar(ORDER, rng)];
  const refreshed = [kappa, ...others.map(encodeScalar)];
  const caseOf = (version: number, n: number, polynomial: readonly Uint8Array[]) => {
    const scalars = polynomial.map((a) => BigInt(`0x${hex(a)}`));
    const { commitments, shares } = dealOpeningKey(backend, { n, t: polynomial.length }, scripted(...scalars));
    const encoded = encodeOpenerSet({ pkh, version, n, t: polynomial.length, commitments });
    const decoded = decodeOpenerSet(backend, groupKey, encoded);
    return {
      version,
      n,
      t: polynomial.length,
      a: polynomial.map(hex),
      F: commitments.map(hex),
      kappa: shares.map((share) => hex(share.kappa)),
      K: shares.map(({ index }) => hex(backend.encodeG1(decoded.shareKey(index)))),
      encoded: hex(encoded),
      hash: hex(decoded.hash),
    };
  };
  const { encoded } = openerSet;
  const { commitments } = dealt;
  const [F0, F1] = [at(commitments, 0), at(commitments, 1)];
  const set = (n: number, t: number, F: readonly Uint8Array[]): Uint8Array =>
    encodeOpenerSet({ pkh, version: 1, n, t, commitments: F });
  const negated = backend.encodeG1(backend.neg(K1));
  const torsion = compress(at(torsionPoints(rng), 0));
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['version of the encoding 2', replaced(encoded, 0, Uint8Array.of(2))],
    ['another group', flipped(encoded, 1)],
    ['2 of 4: not more than half', set(4, 2, [F0, F1])],
    ['3 of 2', set(2, 3, commitments)],
    ['0 of 0', set(0, 0, [])],
    [
      '129 of 256: too many openers',
      set(
        256,
        129,
        Array.from({ length: 129 }, (_, j) => (j === 0 ? F0 : F1)),
      ),
    ],
    ['a commitment is missing', encoded.slice(0, -48)],
    ['a byte too many', concat(encoded, Uint8Array.of(0))],
    ['F_0 is not K1', set(5, 3, [F1, F1, F0])],
    ['F_1 is O', set(5, 3, [F0, IDENTITY, F1])],
    ['F_1 on the curve, outside G1', set(5, 3, [F0, torsion, F1])],
    ['K_1 = F_0 + F_1 is O', set(3, 2, [F0, negated])],
  ];
  return vectorFile(
    'Opener sets with the polynomial behind them, and sets to be refused for the group key of generators.json.',
    [
      'kappa_i = sum_j a_j*i^j mod r for i = 1..n; F_j = a_j*G; K_i = sum_j i^j*F_j = kappa_i*G; F_0 = K1 of the group key.',
      'encoded = 01 ‖ pkh ‖ version(4) ‖ n(2) ‖ t(2) ‖ F_0 ‖ .. ‖ F_(t-1); hash = SHA-256(encoded).',
      'Case 1 is what opening.json opens with; case 2 is a refresh of it: the same F_0.',
    ],
    {
      cases: [caseOf(1, 5, coefficients), caseOf(2, 5, refreshed), caseOf(3, 1, [kappa])],
      invalid: invalid.map(([why, bytes]) => ({ why, encoded: hex(bytes) })),
    },
  );
}
