/**
 * Seal_X: the agent's contribution {s_A, pin_A} on its way into the card (proxysig note, "Delegation"). Ephemeral ECDH to the card's X, the X9.63
 * key derivation with SHA-256 (BSI TR-03111, 4.3.3), AES-128-CBC and CMAC: what a card has for its secure channel anyway.
 * E(33) ‖ CBC(s_A(32) ‖ PIN block(8), padded)(48) ‖ CMAC(16); aad = H256(omega) ‖ R_P ‖ R_A ‖ X is in the key derivation.
 * @module
 */
import { AES_BLOCK, aesCmac, decryptCbc, encryptCbc } from '../common/aes.ts';
import { concat, equalBytes, fromHex, lp1, uint, wipe } from '../common/bytes.ts';
import { bytes32, h256 } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import { baseTimes, freshScalar, type Point, pointBytes, readPoint, readScalar } from './p256-group.ts';

/** Bytes of a sealed contribution. */
export const SEALED_LENGTH = 97;

/** What the agent gives the card: s_A, 32 bytes, and the agent's PIN as an ISO 9564-1 format 2 block. */
export interface Contribution {
  readonly sA: Uint8Array;
  readonly pinBlock: Uint8Array;
}

/** What the seal is bound to: omega, and R_P, R_A, X of 33 bytes. */
export interface SealContext {
  readonly omega: Uint8Array;
  readonly rP: Uint8Array;
  readonly rA: Uint8Array;
  readonly x: Uint8Array;
}

// s_A and the block are 40 bytes: 80 and seven zeros fill the third block.
const PADDING = fromHex('8000000000000000');
const ZERO_VECTOR = new Uint8Array(AES_BLOCK);

function keysOf(shared: Point, context: SealContext, ephemeral: Uint8Array): { enc: Uint8Array; mac: Uint8Array } {
  const x = bytes32(shared.toAffine().x);
  const aad = concat(lp1('NHI-PROXY-SEAL-V1'), h256(context.omega), context.rP, context.rA, context.x, ephemeral);
  const material = h256(x, uint(1, 4), aad);
  wipe(x);
  return { enc: material.slice(0, 16), mac: material.slice(16) };
}

/** Seals to X. Throws RangeError when X is no point or a part has another length. */
export function sealContribution(
  { sA, pinBlock }: Contribution,
  context: SealContext,
  rng: Rng = secureRng,
): Uint8Array {
  const x = readPoint(context.x);
  if (x === undefined || sA.length !== 32 || pinBlock.length !== 8) throw new RangeError('sealContribution');
  const e = freshScalar(rng);
  const ephemeral = pointBytes(baseTimes(e));
  const { enc, mac } = keysOf(x.multiply(e), context, ephemeral);
  const plain = concat(sA, pinBlock, PADDING);
  // The keys serve this one message, so a constant vector repeats nothing.
  const sealed = encryptCbc(enc, ZERO_VECTOR, plain);
  const tag = aesCmac(mac, sealed);
  wipe(plain, enc, mac);
  return concat(ephemeral, sealed, tag);
}

/** Opens with x, 32 bytes; undefined for anything that was not sealed to it in this context. */
export function openContribution(
  sealed: Uint8Array,
  secret: Uint8Array,
  context: SealContext,
): Contribution | undefined {
  const x = readScalar(secret);
  const ephemeral = sealed.slice(0, 33);
  const point = readPoint(ephemeral);
  if (sealed.length !== SEALED_LENGTH || x === undefined || point === undefined) return undefined;
  const { enc, mac } = keysOf(point.multiply(x), context, ephemeral);
  const body = sealed.slice(33, 81);
  try {
    if (!equalBytes(aesCmac(mac, body), sealed.slice(81))) return undefined;
    const plain = decryptCbc(enc, ZERO_VECTOR, body);
    const held = equalBytes(plain.slice(40), PADDING);
    const contribution = { sA: plain.slice(0, 32), pinBlock: plain.slice(32, 40) };
    wipe(plain);
    return held ? contribution : undefined;
  } finally {
    wipe(enc, mac);
  }
}
