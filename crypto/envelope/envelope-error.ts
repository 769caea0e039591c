/**
 * Errors of sealed and signed messages.
 * @module
 */
import { DerError } from '../common/der-read.ts';
import { REFUSED_ALGORITHMS } from '../common/standard-oids.ts';

/** Every code; none of these messages gets better by asking again. */
export const ENVELOPE_ERRORS = {
  /** Not an AuthEnvelopedData of the accepted form. */
  ENVELOPE_MALFORMED: { retry: false },
  /** Key unwrapping or the authentication tag failed: altered on the way, or sealed with a wrong key. */
  ENVELOPE_TAMPERED: { retry: false },
  /** Longer than the receiver's limit. */
  ENVELOPE_TOO_LARGE: { retry: false },
  /** Sealed for others. */
  NOT_A_RECIPIENT: { retry: false },
  /** An algorithm that is not on the list; `algorithm` names it. */
  ALGORITHM_REFUSED: { retry: false },
  /** Not a SignedData of the accepted form. */
  SIGNED_MALFORMED: { retry: false },
  /** None, or more than one SignerInfo. */
  SIGNER_COUNT: { retry: false },
  /** The certificate that the signer identifier names is not in the bag, or is there twice, or has another sort of key. */
  SIGNER_CERTIFICATE: { retry: false },
  /** The caller's trust port did not accept the signer's certificate; its error is the cause. */
  SIGNER_UNTRUSTED: { retry: false },
  /** No signed attributes. */
  ATTRIBUTES_MISSING: { retry: false },
  /** Signed attributes other than exactly those of one of our two sets, in DER. */
  ATTRIBUTES_REFUSED: { retry: false },
  UNSIGNED_ATTRIBUTE_REFUSED: { retry: false },
  CONTEXT_MALFORMED: { retry: false },
  /** The signed context names another purpose, recipient, pseudonym or matter than this one. */
  CONTEXT_MISMATCH: { retry: false },
  /** The content type is not the one signed, or not the one meant here. */
  CONTENT_TYPE_MISMATCH: { retry: false },
  /** The content is not the one signed. */
  DIGEST_MISMATCH: { retry: false },
  SIGNATURE_INVALID: { retry: false },
  /** Not a prescription body. */
  BODY_MALFORMED: { retry: false },
} as const;

/** One of the codes above. */
export type EnvelopeErrorCode = keyof typeof ENVELOPE_ERRORS;

/** Thrown by crypto/envelope; the message is for logs and never holds content. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: EnvelopeErrorCode;
  /** Name of the refused algorithm: code ALGORITHM_REFUSED only. */
  readonly algorithm: string | undefined;
  constructor(code: EnvelopeErrorCode, message: string, options?: ErrorOptions & { readonly algorithm?: string }) {
    super(message, options);
    this.code = code;
    this.algorithm = options?.algorithm;
  }
}

/** The error for an algorithm that is not on the list, by its common name where it has one. */
export function algorithmRefused(oid: string): EnvelopeError {
  const algorithm = REFUSED_ALGORITHMS[oid] ?? oid;
  return new EnvelopeError('ALGORITHM_REFUSED', `algorithm refused: ${algorithm}`, { algorithm });
}

/** Runs a parser and turns its DerError into an EnvelopeError of the code given. */
export function decoding<T>(code: EnvelopeErrorCode, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof DerError) throw new EnvelopeError(code, cause.message, { cause });
    throw cause;
  }
}
