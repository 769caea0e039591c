/**
 * Errors of the biometric layer. The codes stand again, with what to do, in contract/errors.ts.
 * @module
 */

/** What the biometric layer can say went wrong. */
export const BIOMETRIC_ERRORS = [
  'IMAGE_MALFORMED',
  'IMAGE_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_SMALL',
  'FINGER_ABSENT',
  'FINGER_PARTIAL',
  'TEMPLATE_MALFORMED',
  'TEMPLATE_VERSION',
  'SCANNER_ABSENT',
  'SCANNER_BUSY',
  'SCANNER_GONE',
  'SCANNER_STALLED',
  'SCANNER_DAMAGED',
  'SCANNER_PROTOCOL',
  'SCANNER_FAILED',
  'SCANNER_UNTRUSTED',
  'SCANNER_REFUSED',
  'SCANNER_TOO_SMALL',
  'SCANNER_KEY_UNSUPPORTED',
  'SCANNER_KEY_FOREIGN',
] as const;

/** One of {@link BIOMETRIC_ERRORS}. */
export type BiometricErrorCode = (typeof BIOMETRIC_ERRORS)[number];

/** A refusal or failure at a capture, an image or a template. */
export class BiometricError extends Error {
  override readonly name = 'BiometricError';
  readonly code: BiometricErrorCode;
  constructor(code: BiometricErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
