/**
 * What a card reads before it signs: the DER of a P-256 message's signed attributes (RFC 5652 5.3), and the imis-context among them.
 * Everything else, a raw hash, a pickup object, a group join, another algorithm's attributes, is not such a SET and is never signed.
 * @module
 */
import { EnvelopeError } from '../../crypto/envelope/envelope-error.ts';
import type { ImisContext } from '../../crypto/envelope/imis-context.ts';
import { readSignedAttributes } from '../../crypto/envelope/signed-attributes.ts';

/** The context that the attributes carry; undefined when the bytes are not the signed attributes of a P-256 signature. */
export function contextToSign(der: Uint8Array): ImisContext | undefined {
  try {
    const attributes = readSignedAttributes(der);
    return attributes.kind === 'p256' ? attributes.context : undefined;
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}
