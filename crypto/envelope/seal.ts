/**
 * Sealing: AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084) over content of type id-data, one fresh content key a
 * message. The content is a SignedData; foreign tools decrypt it with `openssl cms -decrypt`.
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { wipe } from '../common/bytes.ts';
import { encodeDer, explicit, implicitTag, integer, octets, oid, sequence, setOf, tlv } from '../common/der-write.ts';
import { type Rng, secureRng } from '../common/random.ts';
import { OID } from '../common/standard-oids.ts';
import { type Recipient, writeRecipient } from './write-recipient.ts';

/**
 * Seals `content` to all recipients; returns the DER of ContentInfo( AuthEnvelopedData ). Throws RangeError without a
 * recipient, EnvelopeError ALGORITHM_REFUSED for a recipient's key, PkiError CERT_MALFORMED for a recipient's certificate.
 */
export function seal(content: Uint8Array, recipients: readonly Recipient[], rng: Rng = secureRng): Uint8Array {
  if (recipients.length === 0) throw new RangeError('seal: no recipient');
  const contentKey = rng(32);
  try {
    const nonce = rng(12);
    const infos = setOf(recipients.map((recipient) => writeRecipient(recipient, contentKey)));
    const cipher = createCipheriv('aes-256-gcm', contentKey, nonce);
    const ciphertext = cipher.update(content);
    cipher.final();
    const algorithm = sequence(oid(OID.aes256Gcm), sequence(octets(nonce), integer(16)));
    return encodeDer(
      sequence(
        oid(OID.authEnvelopedData),
        explicit(
          0,
          sequence(
            integer(0),
            infos,
            sequence(oid(OID.data), algorithm, tlv(implicitTag(0), ciphertext)),
            octets(cipher.getAuthTag()),
          ),
        ),
      ),
    );
  } finally {
    wipe(contentKey);
  }
}
