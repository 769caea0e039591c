/**
 * Eq 16 before the patient comes: a prescription is opened and verified against the certificate that its doctor signed for, which the message
 * carries. The card proves itself at the counter, where everything is verified once more against the certificate it shows.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import { Manifest } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { open } from '../../crypto/envelope/open.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import type { DeskGroup } from './doctor-signer.ts';
import { type TrustedMaterial, trustPatient } from './material.ts';
import { readJson } from './messages.ts';
import {
  MAX_BYTES,
  type SealedPrescription,
  type VerifiedPrescription,
  verifyPrescription,
} from './pharmacy-verifying.ts';
import type { DeskPorts } from './ports.ts';

/**
 * Opens and verifies the prescription that was asked for; RX_ALTERED when it is another. Refusals as at the counter; a certificate that was revoked since refuses too (CERT_REVOKED), for who
 * has another card now shows only when it is in the reader.
 */
export async function verifyForPreparing(
  ports: DeskPorts,
  material: TrustedMaterial,
  group: DeskGroup,
  rxId: string,
  sealed: SealedPrescription,
  signal: AbortSignal,
): Promise<VerifiedPrescription> {
  if (ports.institutionKey === undefined)
    throw new ImisError('KEY_NOT_FOUND', 'this desk has no key of its institution');
  // At the counter the card's own record says so.
  if (sealed.rxId !== rxId) throw new ImisError('RX_ALTERED', 'the bureau sent another prescription');
  const opened = await open(fromBase64(sealed.ciphertext), ports.institutionKey, signal, { maxBytes: MAX_BYTES });
  const { certificates, content } = parseSignedMessage(opened);
  const { pcertHash } = readJson(Manifest, content, 'RX_ALTERED');
  const der = certificates.find((one) => hex(h256(one)) === pcertHash);
  if (der === undefined) throw new ImisError('CERT_SWAPPED', 'PCert_P is not the one the doctor signed for');
  const patient = trustPatient(material, der, ports.clock.now(), 'patient-signing');
  return verifyPrescription(ports, material, group, sealed, patient, signal);
}
