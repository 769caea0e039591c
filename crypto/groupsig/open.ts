/**
 * One opener's work. An opener sees (ctx, H_M, sigma) and the order, never the medical record. Before calling, it checks the order and that
 * messageId(ctx, H_M, sigma) was not opened under another one: the issuer can vary z_r and z_e of a signature, but not its core.
 * @module
 */
import { type Rng, randomScalar, secureRng } from '../common/random.ts';
import type { GroupBackend } from './backend.ts';
import { GroupSigError } from './groupsig-error.ts';
import type { OpenerShare } from './opener-share.ts';
import { encodeOpeningShare, type OpeningCase, openingChallenge } from './opening-share.ts';
import { decodeScalar, modOrder, ORDER } from './scalar.ts';
import { ciphertextOf } from './signature.ts';
import { verifySignature } from './verify.ts';

/**
 * D_i = kappa_i*E1 with its proof, 114 bytes. Throws SIGNATURE_INVALID (an unchecked E1 could leak kappa_i), SHARE_INDEX_RANGE, or
 * SHARE_KEY_MISMATCH when kappa_i*G is not K_i of this opener set.
 */
export function openPartially(
  backend: GroupBackend,
  opening: OpeningCase,
  opener: OpenerShare,
  rng: Rng = secureRng,
): Uint8Array {
  const { groupKey, openerSet, ctx, messageHash, signature } = opening;
  const { index } = opener;
  if (!Number.isInteger(index) || index < 1 || index > openerSet.n) {
    throw new GroupSigError('SHARE_INDEX_RANGE', `no opener ${index}`, { index });
  }
  if (!verifySignature(backend, groupKey, ctx, messageHash, signature)) {
    throw new GroupSigError('SIGNATURE_INVALID', 'the signature to open does not verify');
  }
  const { E1 } = ciphertextOf(backend, signature);

  const { G } = backend.generators;
  const kappa = decodeScalar(opener.kappa);
  if (kappa === undefined || !backend.equal(backend.mulSecret(G, kappa), openerSet.shareKey(index))) {
    throw new GroupSigError('SHARE_KEY_MISMATCH', 'the secret share is not of this opener set', { index });
  }
  const k = randomScalar(ORDER, rng);
  const D = backend.mulSecret(E1, kappa);
  const a = backend.mulSecret(G, k);
  const b = backend.mulSecret(E1, k);
  const c = openingChallenge(backend, opening, { index, E1, D, a, b });
  return encodeOpeningShare(backend, { index, D, c, z: modOrder(k + c * kappa) });
}
