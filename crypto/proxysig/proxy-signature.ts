/**
 * The proxy signature NHI-PROXY-V1 (eqs 18 and 19; proxysig note, "Pickup"): Schnorr on P-256 by SK_Ap over a pickup object, bound to the
 * delegation. T = t*G; e = H_psign(PK_Ap, W, T, PU); s = t + e*SK_Ap; signature T(33) ‖ s(32).
 * @module
 */
import { concat } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import { type Rng, secureRng } from '../common/random.ts';
import {
  baseTimes,
  hashTo,
  modN,
  nonceOf,
  POINT_LENGTH,
  type Point,
  pointBytes,
  publicTimes,
  readPoint,
  readScalar,
  scalarBytes,
} from './p256-group.ts';

/** Bytes of a proxy signature. */
export const PROXY_SIGNATURE_LENGTH = 65;

/** e = H_psign(PK_Ap, W, T, PU); T has 33 bytes. */
export const challengeOf = (proxyKey: Point, delegation: Uint8Array, T: Uint8Array, pickup: Uint8Array): bigint =>
  hashTo('psign', pointBytes(proxyKey), delegation, T, pickup);

/** Signs with SK_Ap (32 bytes). `delegation` is W, 32 bytes; `pickup` the encoded PU. Throws RangeError on a secret out of range. */
export function signAsProxy(
  proxySecret: Uint8Array,
  delegation: Uint8Array,
  pickup: Uint8Array,
  rng: Rng = secureRng,
): Uint8Array {
  const secret = readScalar(proxySecret);
  if (secret === undefined) throw new RangeError('a secret outside [1, n)');
  const key = baseTimes(secret);
  const t = nonceOf(secret, 'NHI-PROXY-V1-sign', h256(delegation, pickup), rng);
  const T = pointBytes(baseTimes(t));
  return concat(T, scalarBytes(modN(t + challengeOf(key, delegation, T, pickup) * secret)));
}

/** s*G = T + e*PK_Ap? False for anything that is not 65 bytes of one encoding. `proxyKey` is what deriveProxyKey answered. */
export function verifyProxySignature(
  proxyKey: Point,
  delegation: Uint8Array,
  pickup: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== PROXY_SIGNATURE_LENGTH) return false;
  const encoded = signature.subarray(0, POINT_LENGTH);
  const [T, s] = [readPoint(encoded), readScalar(signature.subarray(POINT_LENGTH))];
  if (T === undefined || s === undefined) return false;
  const e = challengeOf(proxyKey, delegation, encoded, pickup);
  return baseTimes(s).equals(T.add(publicTimes(proxyKey, e)));
}
