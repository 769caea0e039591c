/**
 * Errors of certificates, revocation lists and key stores.
 * @module
 */

/** Every code, and whether the same call may succeed later without a change on the caller's side. */
export const PKI_ERRORS = {
  /** Not a certificate of ours: not DER, not X.509 v3, or its contents contradict its kind. */
  CERT_MALFORMED: { retry: false },
  /** No kind of ours is stated in the certificate. */
  CERT_KIND_UNKNOWN: { retry: false },
  /** A kind that the caller did not allow here. */
  CERT_WRONG_KIND: { retry: false },
  /** Signed with an algorithm that is not on the list. */
  CERT_ALGORITHM_REFUSED: { retry: false },
  /** No anchor or intermediate has issued it, or the one of that name may not issue this kind. */
  CERT_UNKNOWN_ISSUER: { retry: false },
  CERT_SIGNATURE_INVALID: { retry: false },
  CERT_NOT_YET_VALID: { retry: true },
  CERT_EXPIRED: { retry: false },
  CERT_REVOKED: { retry: false },
  /** More certificate authorities below one than it allows. */
  CERT_PATH_TOO_LONG: { retry: false },
  CRL_MALFORMED: { retry: false },
  /** The list given, or no list given, is by the issuer of the certificate. */
  CRL_WRONG_ISSUER: { retry: false },
  CRL_SIGNATURE_INVALID: { retry: false },
  CRL_NOT_YET_VALID: { retry: true },
  /** Past its nextUpdate: a newer one is needed. */
  CRL_STALE: { retry: true },
  KEY_NAME_INVALID: { retry: false },
  KEY_NOT_FOUND: { retry: false },
  /** Wrong passphrase, none given where one is needed, or the file is damaged: the format does not tell which. */
  KEY_UNREADABLE: { retry: false },
  /** The key file may be read by others than its owner. */
  KEY_PERMISSIONS: { retry: false },
  /** The certificate beside the key is for another key. */
  KEY_MISMATCH: { retry: false },
} as const;

/** One of the codes above. */
export type PkiErrorCode = keyof typeof PKI_ERRORS;

/** Thrown by crypto/pki; the message is for logs. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly code: PkiErrorCode;
  constructor(code: PkiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
