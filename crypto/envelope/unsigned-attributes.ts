/**
 * Attributes outside the signature (RFC 5652 11.4 shows the idea): the pharmacy's copy of a prescription carries the body
 * that the signed manifest commits to, the bureau's copy is the same message without it, byte for byte.
 * @module
 */

import { explicitTag } from '../common/der-write.ts';
import { cutSignedData } from './parse-signed-message.ts';
import { assembleSignedData, unsignedSet } from './signed-message.ts';

/**
 * The message with the attribute added; one of the same type, and any other, is replaced. `value` is the DER of its one
 * value. Throws RangeError for a type with no place there, EnvelopeError SIGNED_MALFORMED or SIGNER_COUNT for no message.
 */
export function withUnsignedAttribute(der: Uint8Array, type: string, value: Uint8Array): Uint8Array {
  return rebuild(der, [{ type, value }]);
}

/** The message as its signer made it, without any unsigned attribute. Throws EnvelopeError like the other. */
export const withoutUnsignedAttributes = (der: Uint8Array): Uint8Array => rebuild(der, []);

function rebuild(der: Uint8Array, attributes: Parameters<typeof unsignedSet>[0]): Uint8Array {
  const { head, signer } = cutSignedData(der);
  return assembleSignedData(
    head.map((part) => part.whole),
    [...signer.filter((part) => part.tag !== explicitTag(1)).map((part) => part.whole), ...unsignedSet(attributes)],
  );
}
