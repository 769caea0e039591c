/**
 * Sign and seal, open and verify, in one step each: what most callers use. One envelope for every message (envelope note,
 * section 1).
 * @module
 */
import { keyIdentifier } from '../pki/public-key.ts';
import type { AttributeSigner } from './attribute-signer.ts';
import { open } from './open.ts';
import { parseSignedMessage } from './parse-signed-message.ts';
import type { RecipientKey } from './recipient-key.ts';
import { seal } from './seal.ts';
import { type OutgoingMessage, signMessage } from './signed-message.ts';
import {
  type Expectation,
  type VerifiedMessage,
  type VerifyPorts,
  verifySignedMessage,
} from './verify-signed-message.ts';
import type { Recipient } from './write-recipient.ts';

/** Signs and seals. */
export interface Sealer {
  /** DER of AuthEnvelopedData( SignedData ); errors as of signMessage and seal. */
  seal(message: OutgoingMessage, recipients: readonly Recipient[], signal: AbortSignal): Promise<Uint8Array>;
}

type WithoutRecipient<T> = T extends unknown ? Omit<T, 'recipient'> & { readonly recipient?: Uint8Array } : never;

/** As {@link Expectation}; the recipient named must be the opener's own key unless another is given. */
export type OpenExpectation = WithoutRecipient<Expectation>;

/** Opens and verifies. */
export interface Opener {
  /** The message once everything holds; errors as of open, parseSignedMessage and verifySignedMessage. */
  open(sealed: Uint8Array, expect: OpenExpectation, signal: AbortSignal): Promise<VerifiedMessage>;
}

/** A sealer that signs with one key. */
export const createSealer = (signer: AttributeSigner): Sealer => ({
  async seal(message, recipients, signal) {
    return seal(await signMessage(message, signer, signal), recipients);
  },
});

/** An opener with one key; `maxBytes` bounds the sealed message. */
export function createOpener(
  ports: VerifyPorts & { readonly key: RecipientKey },
  options: { readonly maxBytes?: number } = {},
): Opener {
  const own = keyIdentifier(ports.key.spki);
  return {
    async open(sealed, expect, signal) {
      const message = parseSignedMessage(await open(sealed, ports.key, signal, options));
      return verifySignedMessage(message, ports, { ...expect, recipient: expect.recipient ?? own }, signal);
    },
  };
}
