/**
 * The bureau's receipt: it dates a message without a time inside the message (groupsig note, "Epochs and revocation", RC).
 * @module
 */
import { concat, lp1, uint } from '../common/bytes.ts';

/** What the bureau signs: lp1("NHI-RECEIPT-V1") ‖ message id (32 bytes) ‖ time in ms since 1970 (6 bytes). Throws RangeError on another length. */
export function encodeReceipt(messageId: Uint8Array, receivedAt: number): Uint8Array {
  if (messageId.length !== 32) throw new RangeError('a message id has 32 bytes');
  return concat(lp1('NHI-RECEIPT-V1'), messageId, uint(receivedAt, 6));
}
