/**
 * What a dealer gives one participant in private: f(i). Body, 34 bytes: recipient's index(2) ‖ f(i) (32). The caller seals it to the
 * recipient, and signs it inside, so that a share that does not fit can be shown to others.
 * @module
 */
import { readUint, uint } from '../../common/bytes.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { decodeScalar, encodeScalar } from '../scalar.ts';
import type { Ceremony } from './ceremony.ts';
import type { Deal } from './deal-message.ts';
import { bodyOf, encodeMessage, type Signed } from './message.ts';
import { evaluateCommitted } from './polynomial.ts';

/** f(to) of dealer `from` as a message. Secret. */
export const encodeShare = ({ plan }: Ceremony, from: number, to: number, value: bigint): Uint8Array =>
  encodeMessage(plan, 'share', from, uint(to, 2), encodeScalar(value));

/**
 * f(i) for participant `to`, checked: f(i)*G = sum i^j F_j. Throws CEREMONY_SHARE_INVALID with the dealer's index when it is malformed or
 * does not fit, CEREMONY_MESSAGE_INVALID for a share to somebody else. 0 is a share like every other.
 */
export function checkShare({ backend, plan }: Ceremony, deal: Deal, to: number, signed: Signed): bigint {
  const index = signed.from;
  const body = bodyOf(plan, 'share', signed);
  const value = decodeScalar(body.subarray(2));
  if (value === undefined) throw new GroupSigError('CEREMONY_SHARE_INVALID', 'share is malformed', { index });
  if (readUint(body.subarray(0, 2)) !== to) {
    throw new GroupSigError('CEREMONY_MESSAGE_INVALID', 'share to somebody else', { index });
  }
  if (
    !backend.equal(backend.mulSecret(backend.generators.G, value), evaluateCommitted(backend, deal.commitments, to))
  ) {
    throw new GroupSigError('CEREMONY_SHARE_INVALID', 'share does not fit the commitments', { index });
  }
  return value;
}
