/**
 * What a native backend must answer before it is trusted: RFC 9380 J.9.1 for the hash, the pairing's bilinearity, one stored signature.
 * @module
 */
import { equalBytes, fromHex, utf8 } from '../../common/bytes.ts';
import type { GroupBackend } from '../backend.ts';
import { decodeGroupKey } from '../group-key.ts';
import { ORDER } from '../scalar.ts';
import { verifySignature } from '../verify.ts';
import { KNOWN_ANSWER } from './known-answer.ts';

const HASH_DST = 'QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_';
/** J.9.1, message "abc"; y is the smaller root. */
const HASH_OF_ABC = '83567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903';
/** A whole scalar, whose halves under the endomorphism are both large. */
const K = 0x5fa4c1d20e9b83767b1d60f5938ac2e41d7052b96f3c8ea0c4f1d8832b96e05dn;

const hashes = (backend: GroupBackend): boolean =>
  equalBytes(backend.encodeG1(backend.hashToG1(utf8('abc'), utf8(HASH_DST))), fromHex(HASH_OF_ABC));

function multiplies(backend: GroupBackend): boolean {
  const { g1, h } = backend.generators;
  const product = backend.mulSecret(g1, K);
  const base = backend.prepareBase(g1);
  base.warm?.();
  return (
    backend.equal(backend.mul(g1, K), product) &&
    backend.equal(base.mul(K), product) &&
    backend.equal(backend.msm([g1, h, h], [K, 5n, ORDER - 5n]), product)
  );
}

/** e(P, k*g2) * e(-k*P, g2) = 1 and not with k - 1. */
function pairs(backend: GroupBackend): boolean {
  const { g1 } = backend.generators;
  const w = backend.mulG2(backend.g2, K);
  const q = backend.neg(backend.mul(g1, K));
  return backend.pairsToOne(g1, w, q) && !backend.pairsToOne(g1, w, backend.add(q, g1));
}

function verifies(backend: GroupBackend): boolean {
  const { groupKey, ctx, messageHash, signature } = KNOWN_ANSWER;
  const key = decodeGroupKey(backend, groupKey);
  const other = messageHash.slice();
  other[0] = (other[0] ?? 0) ^ 1;
  const items = [messageHash, other].map((hash) => ({ ctx, messageHash: hash, signature }));
  const batch = key.prepared?.verifyBatch(items, messageHash);
  return (
    verifySignature(backend, key, ctx, messageHash, signature) &&
    !verifySignature(backend, key, ctx, other, signature) &&
    batch?.[0] === true &&
    batch[1] === false
  );
}

const TESTS = { hashes, multiplies, pairs, verifies } as const;

/** The name of the first test that fails; undefined when all pass, which takes some milliseconds. */
export function failedSelfTest(backend: GroupBackend): string | undefined {
  for (const [name, test] of Object.entries(TESTS)) {
    if (!test(backend)) return name;
  }
  return undefined;
}
