/**
 * Verifying a parsed message: whose key, does the signature hold, is the content the one signed, and is the signed context
 * ours. Only then does the content leave (product note, section 1).
 * @module
 */
import { hash } from 'node:crypto';
import { equalBytes } from '../common/bytes.ts';
import { verifyP256 } from '../pki/certificate-signer.ts';
import { EnvelopeError } from './envelope-error.ts';
import type { ImisContext } from './imis-context.ts';
import { PURPOSE_PRESCRIPTION, viewNhiContext } from './nhi-context.ts';
import type { ParsedMessage } from './parse-signed-message.ts';

/** Verifies group signatures under the group key it was made for. */
export interface GroupVerifier {
  /** `ctx` 74 bytes, `messageHash` = SHA-256 of the DER of the signed attributes, `signature` 400 bytes. */
  verify(ctx: Uint8Array, messageHash: Uint8Array, signature: Uint8Array, signal: AbortSignal): Promise<boolean>;
}

/** Decides whether a signer's certificate is one that is meant here. The bag proves nothing by itself. */
export interface SignerTrust {
  /** Rejects when not: path, kind, revocation; for `group` that it is the certificate of the group key in force. */
  check(signer: SignerToTrust, signal: AbortSignal): Promise<void>;
}

/** What the trust port is shown. */
export interface SignerToTrust {
  readonly kind: 'p256' | 'group';
  /** DER. */
  readonly certificate: Uint8Array;
  /** The whole bag, DER. */
  readonly certificates: readonly Uint8Array[];
}

/** Who helps to verify. Without `group`, group-signed messages are refused. */
export interface VerifyPorts {
  readonly trust: SignerTrust;
  readonly group?: GroupVerifier;
}

/** What the receiver expects. What is left out is not compared; `recipient` always is. */
export type Expectation =
  | {
      readonly kind: 'p256';
      /** Types of message that are meant here. */
      readonly types: readonly string[];
      /** SHA-256 of the receiver's own SubjectPublicKeyInfo. */
      readonly recipient: Uint8Array;
      readonly contentType?: string;
      readonly pid?: Uint8Array;
      readonly pcertHash?: Uint8Array;
      readonly senderTerminal?: Uint8Array;
      readonly messageId?: Uint8Array;
    }
  | {
      readonly kind: 'group';
      /** Purposes that are meant here, 1 to 6. */
      readonly purposes: readonly number[];
      /** As above; a prescription (purpose 2) must name nobody instead. */
      readonly recipient: Uint8Array;
      readonly contentType?: string;
      readonly pid?: Uint8Array;
      readonly sid?: Uint8Array;
    };

/** A message that holds. Byte strings are views into `der`. */
export type VerifiedMessage = ParsedMessage & { readonly verified: true };

function mismatch(field: string): EnvelopeError {
  return new EnvelopeError('CONTEXT_MISMATCH', `signed context: ${field} is not the one meant here`);
}

function compare(field: string, actual: Uint8Array, expected: Uint8Array | undefined): void {
  if (expected !== undefined && !equalBytes(actual, expected)) throw mismatch(field);
}

function checkImisContext(context: ImisContext, expect: Expectation & { kind: 'p256' }): void {
  if (!expect.types.includes(context.type)) throw mismatch('type');
  compare('recipient', context.recipient, expect.recipient);
  compare('pid', context.pid, expect.pid);
  compare('pcertHash', context.pcertHash, expect.pcertHash);
  compare('senderTerminal', context.senderTerminal, expect.senderTerminal);
  compare('messageId', context.messageId, expect.messageId);
}

function checkNhiContext(ctx: Uint8Array, expect: Expectation & { kind: 'group' }): void {
  const view = viewNhiContext(ctx);
  if (!expect.purposes.includes(view.purpose)) throw mismatch('purpose');
  compare('audience', view.audience, view.purpose === PURPOSE_PRESCRIPTION ? new Uint8Array(32) : expect.recipient);
  compare('pid', view.pid, expect.pid);
  compare('sid', view.sid, expect.sid);
}

async function signatureHolds(message: ParsedMessage, ports: VerifyPorts, signal: AbortSignal): Promise<boolean> {
  const { attributes, signedAttributes, signature, signerSpki } = message;
  switch (attributes.kind) {
    case 'p256':
      return verifyP256(signerSpki, signedAttributes, signature);
    case 'group': {
      const messageHash = new Uint8Array(hash('sha256', signedAttributes, 'buffer'));
      return ports.group !== undefined && ports.group.verify(attributes.ctx, messageHash, signature, signal);
    }
  }
}

async function checkTrust(message: ParsedMessage, trust: SignerTrust, signal: AbortSignal): Promise<void> {
  const { attributes, signerCertificate, certificates } = message;
  try {
    await trust.check({ kind: attributes.kind, certificate: signerCertificate, certificates }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new EnvelopeError('SIGNER_UNTRUSTED', 'signer certificate not accepted', { cause });
  }
}

/**
 * Returns the message once everything holds. Throws EnvelopeError: CONTEXT_MISMATCH, CONTENT_TYPE_MISMATCH,
 * DIGEST_MISMATCH, SIGNER_UNTRUSTED, SIGNATURE_INVALID; the cheap checks come first.
 */
export async function verifySignedMessage(
  message: ParsedMessage,
  ports: VerifyPorts,
  expect: Expectation,
  signal: AbortSignal,
): Promise<VerifiedMessage> {
  const { attributes } = message;
  if (attributes.kind === 'p256' && expect.kind === 'p256') checkImisContext(attributes.context, expect);
  else if (attributes.kind === 'group' && expect.kind === 'group') checkNhiContext(attributes.ctx, expect);
  else throw mismatch('kind of signature');
  if (expect.contentType !== undefined && expect.contentType !== message.contentType) {
    throw new EnvelopeError('CONTENT_TYPE_MISMATCH', `content of type ${message.contentType}`);
  }
  if (!equalBytes(new Uint8Array(hash('sha256', message.content, 'buffer')), attributes.messageDigest)) {
    throw new EnvelopeError('DIGEST_MISMATCH', 'the content is not the one signed');
  }
  await checkTrust(message, ports.trust, signal);
  if (!(await signatureHolds(message, ports, signal))) {
    throw new EnvelopeError('SIGNATURE_INVALID', 'the signature does not hold');
  }
  return { ...message, verified: true };
}
