/**
 * Eq 16: the pharmacy opens a sealed prescription and verifies it whole: the group's signature, epoch by the bureau's receipt, PCert_P,
 * the patient's designation, the body behind the manifest. Every verification leaves a line of evidence at this desk.
 * @module
 */

import type { Ack } from '../../contract/bureau-api.ts';
import { dayOf, instantOf } from '../../contract/calendar.ts';
import { classesFor } from '../../contract/doctor-classes.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { MedicationLine } from '../../contract/medication-line.ts';
import { Designation, Manifest } from '../../contract/messages.ts';
import { equalBytes, fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { open } from '../../crypto/envelope/open.ts';
import { type ParsedMessage, parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { decodePrescriptionBody, prescriptionCommitment } from '../../crypto/envelope/prescription-body.ts';
import { encodeReceipt } from '../../crypto/envelope/receipt.ts';
import { verifySignedMessage } from '../../crypto/envelope/verify-signed-message.ts';
import { decodeContext, type Epoch, PURPOSES } from '../../crypto/groupsig/context.ts';
import {
  type EpochAcceptance,
  isAcceptedWithoutReceipt,
  judgeEpoch,
  NO_LATE,
} from '../../crypto/groupsig/epoch-window.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { verifyP256 } from '../../crypto/pki/certificate-signer.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import { readPrescription } from '../../record/visit-documents.ts';
import { groupTrust } from './clinic-opening.ts';
import type { DeskGroup } from './doctor-signer.ts';
import type { TrustedMaterial } from './material.ts';
import { readJson } from './messages.ts';
import type { DeskPorts } from './ports.ts';

/**
 * A sealed prescription. From the bureau it comes with the patient's designation and the receipt that dates it; the copy on the card has
 * neither: there the card's own record names the pharmacy, and the clock dates it.
 */
export interface SealedPrescription {
  readonly rxId: string;
  readonly ciphertext: string;
  readonly designation?: string;
  readonly ack?: Ack;
}

/** A prescription that holds. */
export interface VerifiedPrescription {
  readonly manifest: Manifest;
  readonly lines: readonly MedicationLine[];
  /** rxh = H256(ctx ‖ H_M ‖ core), 32 bytes. */
  readonly rxHash: Uint8Array;
}

/** Most that a sealed prescription may hold. */
export const MAX_BYTES = 64 * 1024;

async function keepEvidence(
  ports: DeskPorts,
  group: DeskGroup,
  message: ParsedMessage,
  result: string,
  signal: AbortSignal,
): Promise<void> {
  const { attributes, signature, signedAttributes } = message;
  await ports.store.appendEvidence(
    [
      {
        version: 1,
        type: 'verification',
        institution: ports.terminal.institution,
        keyId: hex(group.key.pkh),
        equation: '16',
        messageHash: hex(h256(signedAttributes)),
        signature: toBase64(signature),
        epoch: attributes.kind === 'group' ? hex(attributes.ctx.subarray(2, 8)) : '',
        result,
        at: instantOf(ports.clock.now()),
        verifier: ports.terminal.id,
      },
    ],
    signal,
  );
}

/**
 * The certificate that a prescription was written and designated for: the one of the card that is here, or of an earlier card of the same
 * person, which has been replaced since. That one must have been good when the bureau took the prescription in; CERT_SWAPPED for any other.
 */
function prescribedTo(
  material: TrustedMaterial,
  message: ParsedMessage,
  manifest: Manifest,
  patient: Certificate,
  receivedAt: number,
): Certificate {
  if (manifest.pcertHash === hex(h256(patient.der))) return patient;
  const der = message.certificates.find((one) => hex(h256(one)) === manifest.pcertHash);
  if (der === undefined) throw new ImisError('CERT_SWAPPED', 'prescribed to another card');
  const earlier = parseCertificate(der);
  const trusted = { anchors: [material.ca], revoked: undefined, now: receivedAt, kinds: ['patient-signing'] } as const;
  validatePath(earlier, trusted);
  const revokedAt = material.revoked.revoked.get(earlier.serial);
  const wasGood = revokedAt === undefined || revokedAt >= Math.floor(receivedAt / 1000) * 1000;
  if (!wasGood || hex(earlier.pid ?? new Uint8Array(0)) !== manifest.pid)
    throw new ImisError('CERT_SWAPPED', 'prescribed to another card');
  return earlier;
}

/** The patient's own word that this pharmacy may collect. RX_OTHER_PHARMACY when it names another. */
async function checkDesignation(
  ports: DeskPorts,
  material: TrustedMaterial,
  sealed: { readonly rxId: string; readonly designation: string },
  designator: Certificate,
  signal: AbortSignal,
): Promise<void> {
  const message = parseSignedMessage(fromBase64(sealed.designation));
  const trust = {
    async check({ certificate }: { readonly certificate: Uint8Array }): Promise<void> {
      // The designator has been checked, an earlier card's for the time of the receipt.
      if (!equalBytes(certificate, designator.der)) throw new ImisError('CERT_SWAPPED', 'designated with another card');
    },
  };
  await verifySignedMessage(
    message,
    { trust },
    {
      kind: 'p256',
      types: ['designation'],
      // The designation is a message of the patient to the bureau, which passes it on as it is.
      recipient: keyIdentifier(material.encryption.spki),
      pcertHash: h256(designator.der),
    },
    signal,
  );
  const designation = readJson(Designation, message.content, 'RX_ALTERED');
  if (designation.rxId !== sealed.rxId) throw new ImisError('RX_ALTERED', 'designated for another prescription');
  if (designation.pharmacy !== ports.terminal.institution)
    throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
}

/** As the bureau accepts it: within its epoch, two hours after it, or for settlement what waited in a clinic's outbox (product.md 3: 72 h). */
const RECEIPTED: EpochAcceptance = { ...NO_LATE, late: 72 * 3_600_000 };

/** The bureau's receipt dates the signature; its epoch has to have been in force then. */
function checkReceipt(material: TrustedMaterial, ack: Ack, id: string, epoch: Epoch, controlled: boolean): void {
  const receivedAt = Date.parse(ack.receivedAt);
  const held =
    ack.id === id && verifyP256(material.signing.spki, encodeReceipt(fromHex(id), receivedAt), fromBase64(ack.receipt));
  if (!held) throw new ImisError('SIGNATURE_INVALID', 'the bureau did not sign this receipt');
  switch (judgeEpoch(material.epochs, epoch, receivedAt, controlled ? NO_LATE : RECEIPTED)) {
    case 'in-force':
    case 'grace':
    case 'late':
      return;
    case 'unknown':
    case 'early':
    case 'over':
      throw new ImisError('EPOCH_NOT_IN_FORCE', `signed for epoch ${epoch.day}.${epoch.seq}`);
  }
}

/**
 * Without a receipt the clock decides: the epoch in force or the one before it (groupsig note, "Receipt"). RX_ONLINE_ONLY for a controlled
 * drug: that waits for the bureau.
 */
function checkUndated(material: TrustedMaterial, epoch: Epoch, now: number, controlled: boolean): void {
  if (controlled) throw new ImisError('RX_ONLINE_ONLY', 'a controlled drug without the bureau’s receipt');
  if (!isAcceptedWithoutReceipt(material.epochs, epoch, now))
    throw new ImisError('EPOCH_NOT_IN_FORCE', `signed for epoch ${epoch.day}.${epoch.seq}, without a receipt`);
}

async function verifyWhole(
  ports: DeskPorts,
  material: TrustedMaterial,
  group: DeskGroup,
  sealed: SealedPrescription,
  patient: Certificate,
  message: ParsedMessage,
  signal: AbortSignal,
): Promise<VerifiedPrescription> {
  const { attributes, signedAttributes, signature } = message;
  await verifySignedMessage(
    message,
    { trust: groupTrust(material), group: group.verifier },
    {
      kind: 'group',
      purposes: [PURPOSES.prescription],
      recipient: new Uint8Array(32),
      contentType: IMIS_OID.manifestContent,
      sid: fromHex(sealed.rxId),
    },
    signal,
  );
  if (attributes.kind !== 'group') throw new Error('a group message was verified as something else');
  const ctx = decodeContext(attributes.ctx);
  const rxHash = messageId(attributes.ctx, h256(signedAttributes), signature);
  const manifest = readJson(Manifest, message.content, 'RX_ALTERED');
  const now = ports.clock.now();
  const { ack, designation } = sealed;
  if (ack === undefined) checkUndated(material, ctx.epoch, now, manifest.controlled);
  else checkReceipt(material, ack, hex(rxHash), ctx.epoch, manifest.controlled);
  if (!classesFor({ purpose: 'prescription', controlled: manifest.controlled }).includes(ctx.classNumber))
    throw new ImisError('CLASS_NOT_ALLOWED', `class ${ctx.classNumber} may not prescribe this`);
  if (manifest.pid !== hex(patient.pid ?? new Uint8Array(0)) || hex(ctx.pid) !== manifest.pid)
    throw new ImisError('CERT_SWAPPED', 'prescribed to somebody else');
  const holder = prescribedTo(
    material,
    message,
    manifest,
    patient,
    ack === undefined ? now : Date.parse(ack.receivedAt),
  );
  const body = message.unsigned.find(({ type }) => type === IMIS_OID.prescriptionBody);
  if (manifest.rxId !== sealed.rxId || body === undefined)
    throw new ImisError('RX_ALTERED', 'manifest and prescription do not belong together');
  const opened = decodePrescriptionBody(body.value);
  const written = readPrescription(opened.rx);
  if (
    hex(prescriptionCommitment(opened)) !== manifest.bodyHash ||
    written === undefined ||
    written.lines.length !== manifest.lineCount ||
    written.parts !== manifest.parts
  ) {
    throw new ImisError('RX_ALTERED', 'the therapy is not the one the doctor signed');
  }
  if (designation !== undefined)
    await checkDesignation(ports, material, { rxId: sealed.rxId, designation }, holder, signal);
  if (manifest.expires < dayOf(now)) throw new ImisError('RX_EXPIRED', `expired on ${manifest.expires}`);
  return { manifest, lines: written.lines, rxHash };
}

/** Opens and verifies one prescription for the patient whose card is here. */
export async function verifyPrescription(
  ports: DeskPorts,
  material: TrustedMaterial,
  group: DeskGroup,
  sealed: SealedPrescription,
  patient: Certificate,
  signal: AbortSignal,
): Promise<VerifiedPrescription> {
  if (ports.institutionKey === undefined)
    throw new ImisError('KEY_NOT_FOUND', 'this desk has no key of its institution');
  const message = parseSignedMessage(
    await open(fromBase64(sealed.ciphertext), ports.institutionKey, signal, { maxBytes: MAX_BYTES }),
  );
  try {
    const verified = await verifyWhole(ports, material, group, sealed, patient, message, signal);
    await keepEvidence(ports, group, message, 'ok', signal);
    return verified;
  } catch (cause) {
    await keepEvidence(ports, group, message, refusalOf(cause).code, signal);
    throw cause;
  }
}
