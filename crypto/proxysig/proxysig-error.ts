/**
 * Errors of the pickup and delegation objects.
 * @module
 */

/** What can be wrong with bytes that claim to be one of our objects. */
export const PROXYSIG_ERRORS = [
  'PICKUP_MALFORMED',
  'BUREAU_TOKEN_MALFORMED',
  'BUREAU_ORDER_MALFORMED',
  'WARRANT_MALFORMED',
  'WARRANT_FOREIGN',
  'PROXY_SHARE_INVALID',
  'ERASED_LIST_MALFORMED',
  'SIGNATURE_INVALID',
] as const;

/** One of {@link PROXYSIG_ERRORS}. */
export type ProxysigErrorCode = (typeof PROXYSIG_ERRORS)[number];

/** Bytes refused by a strict decoder of this folder, or another card's part that does not hold. */
export class ProxysigError extends Error {
  override readonly name = 'ProxysigError';
  readonly code: ProxysigErrorCode;
  constructor(code: ProxysigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
