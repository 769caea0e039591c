/**
 * Opening: AuthEnvelopedData (RFC 5083) with AES-256-GCM. Nothing leaves before the tag holds. The tag does not cover the
 * recipients, so an alteration of another recipient's entry is that recipient's to notice; one of ours we notice.
 * @module
 */
import { createDecipheriv } from 'node:crypto';
import { concat, wipe } from '../common/bytes.ts';
import { type Der, DerError, DerReader, readDer, readInteger, readOid, within } from '../common/der-read.ts';
import { explicitTag, implicitTag, TAG } from '../common/der-write.ts';
import { OID, REFUSED_ALGORITHMS } from '../common/standard-oids.ts';
import { berToDer, isIndefinite } from './ber-to-der.ts';
import { algorithmRefused, decoding, EnvelopeError } from './envelope-error.ts';
import { deriveKek, unwrapKey } from './key-wrap.ts';
import { isFor, type RecipientEntry, readRecipients } from './read-recipients.ts';
import type { RecipientKey } from './recipient-key.ts';

/** Longest sealed message taken unless the caller says otherwise, bytes. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

interface Envelope {
  readonly recipients: readonly RecipientEntry[];
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

function readCiphertext(reader: DerReader): Uint8Array {
  // A streaming writer cuts the octets into pieces; ours, and openssl without -stream, do not.
  const whole = reader.optional(implicitTag(0));
  if (whole !== undefined) return whole.body;
  const pieces = new DerReader(reader.read(explicitTag(0)).body).rest();
  if (pieces.some((piece) => piece.tag !== TAG.octets)) throw new DerError('pieces of another type');
  return concat(...pieces.map((piece) => piece.body));
}

function readNonce(algorithm: Der): Uint8Array {
  return within(algorithm, (reader) => {
    const id = readOid(reader.read(TAG.oid));
    if (id !== OID.aes256Gcm) throw algorithmRefused(id);
    return within(reader.read(TAG.sequence), (parameters) => {
      const nonce = parameters.read(TAG.octets).body;
      if (nonce.length !== 12 || readInteger(parameters.read(TAG.integer)) !== 16) throw new DerError('GCM parameters');
      return nonce;
    });
  });
}

function readEnvelope(sealed: Uint8Array): Envelope {
  const der = isIndefinite(sealed) ? berToDer(sealed) : sealed;
  return within(readDer(der, TAG.sequence), (info) => {
    const type = readOid(info.read(TAG.oid));
    if (type in REFUSED_ALGORITHMS) throw algorithmRefused(type);
    if (type !== OID.authEnvelopedData) throw new DerError(`content of type ${type}`);
    return within(info.read(explicitTag(0)), (outer) =>
      within(outer.read(TAG.sequence), (reader) => {
        if (readInteger(reader.read(TAG.integer)) !== 0) throw new DerError('version');
        const recipients = readRecipients(reader.read(TAG.set));
        const [nonce, ciphertext] = within(reader.read(TAG.sequence), (inner) => {
          if (readOid(inner.read(TAG.oid)) !== OID.data) throw new DerError('content not id-data');
          return [readNonce(inner.read(TAG.sequence)), readCiphertext(inner)];
        });
        // Attributes, authenticated or not, would stand around here; we have none, and take none.
        const tag = reader.read(TAG.octets).body;
        if (tag.length !== 16) throw new DerError('tag of another length');
        return { recipients, nonce, ciphertext, tag };
      }),
    );
  });
}

async function recoverContentKey(entry: RecipientEntry, key: RecipientKey, signal: AbortSignal): Promise<Uint8Array> {
  if (entry.way === 'ecdh' && 'agree' in key) {
    const shared = await key.agree(entry.ephemeralPoint, signal);
    const kek = deriveKek(shared, entry.keyInfo);
    try {
      return unwrapKey(kek, entry.encryptedKey);
    } finally {
      wipe(shared, kek);
    }
  }
  if (entry.way === 'rsa' && 'unwrap' in key) return key.unwrap(entry.encryptedKey, signal);
  throw new Error('entry and key of different sorts');
}

function decrypt({ nonce, ciphertext, tag }: Envelope, contentKey: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', contentKey, nonce, { authTagLength: 16 });
  decipher.setAuthTag(tag);
  const content = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch (cause) {
    wipe(content);
    throw new EnvelopeError('ENVELOPE_TAMPERED', 'the authentication tag does not hold', { cause });
  }
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

/**
 * Opens a sealed message with one key and returns its content. Throws EnvelopeError ENVELOPE_TOO_LARGE,
 * ENVELOPE_MALFORMED, ALGORITHM_REFUSED, NOT_A_RECIPIENT, ENVELOPE_TAMPERED. What the key's port throws passes through.
 */
export async function open(
  sealed: Uint8Array,
  key: RecipientKey,
  signal: AbortSignal,
  options: { readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
  if (sealed.length > (options.maxBytes ?? DEFAULT_MAX_BYTES)) {
    throw new EnvelopeError('ENVELOPE_TOO_LARGE', `${sealed.length} bytes`);
  }
  const envelope = decoding('ENVELOPE_MALFORMED', () => readEnvelope(sealed));
  const entry = envelope.recipients.find((one) => isFor(one, key));
  if (entry === undefined) throw new EnvelopeError('NOT_A_RECIPIENT', 'sealed for others');
  const contentKey = await recoverContentKey(entry, key, signal);
  try {
    if (contentKey.length !== 32) throw new EnvelopeError('ENVELOPE_TAMPERED', 'content key of another length');
    return decrypt(envelope, contentKey);
  } finally {
    wipe(contentKey);
  }
}
