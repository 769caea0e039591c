/**
 * The arithmetic of a signature by two nonces each (FROST, RFC 9591, sections 4.5, 5.2 to 5.4), over any challenge: what is common to every
 * such scheme on P-256, so that the published vectors of FROST(P-256, SHA-256) run through it. The hashes are the caller's.
 * @module
 */
import { baseTimes, modN, type Point, publicTimes } from './p256-group.ts';

/** One signer's nonces d and e (hiding and binding). Secret, for one signature. */
export interface Nonces {
  readonly hiding: bigint;
  readonly binding: bigint;
}

/** One signer's commitment D = d*G, E = e*G with its binding factor rho. */
export interface BoundCommitment {
  readonly hiding: Point;
  readonly binding: Point;
  readonly factor: bigint;
}

/** D + rho*E: what a signer's nonces come to once the binding factor is known. The sum over all signers is R (section 4.5). May be O. */
export const boundNonce = ({ hiding, binding, factor }: BoundCommitment): Point =>
  hiding.add(publicTimes(binding, factor));

/** z_i = d_i + rho_i*e_i + c*x_i; x_i is the share with its Lagrange coefficient in it, so the x_i add up to the key (section 5.2). */
export const signatureShare = (nonces: Nonces, factor: bigint, challenge: bigint, share: bigint): bigint =>
  modN(nonces.hiding + factor * nonces.binding + challenge * share);

/** z_i*G = D_i + rho_i*E_i + c*X_i ? (section 5.4); z in [1, n), `nonce` what {@link boundNonce} answered. */
export const isSignatureShare = (z: bigint, nonce: Point, challenge: bigint, publicShare: Point): boolean =>
  baseTimes(z).equals(nonce.add(publicTimes(publicShare, challenge)));
