/**
 * Signing at the clinic: record (eq 9), manifest and sealed prescription (eq 10), the patient's designation, and the set that goes on
 * the patient's card (eq 11). Everything is signed before anything is sent, so a card that leaves early leaves nothing half-done.
 * @module
 */

import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard, VisitOnCard } from '../../contract/card-service.ts';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import type { Designation, Manifest } from '../../contract/messages.ts';
import { earliestDays, expiresOn } from '../../contract/refill.ts';
import type { Allergy, Finding } from '../../contract/safety.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { encodePrescriptionBody, prescriptionCommitment } from '../../crypto/envelope/prescription-body.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { withUnsignedAttribute } from '../../crypto/envelope/unsigned-attributes.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { allergiesForCard, statedAllergies } from '../../record/merge-allergies.ts';
import { type VisitFacts, writePrescription, writeVisitRecord } from '../../record/visit-documents.ts';
import type { OpenedVisit } from './clinic-opening.ts';
import { type DeskGroup, type PresentDoctor, signAsGroup } from './doctor-signer.ts';
import { pharmacyCertificate, type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner, newId, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';
import type { RunStage } from './stages.ts';

/** A signed visit: what goes to the bureau and what goes on the card. */
export interface SignedVisit {
  /** Message id of the record, hex. */
  readonly recordId: string;
  /**
   * Id of the message sent last, hex: the prescription's where there is one, else the record's. The outbox sends none without the one before,
   * so whoever hears that it was accepted knows that all were, and that the set belongs on the card.
   */
  readonly reference: string;
  readonly recordMessage: string;
  readonly prescription?: {
    readonly rxId: string;
    readonly messageId: string;
    /** Last day, YYYY-MM-DD. */
    readonly expires: string;
    /** The earliest day of each part. */
    readonly opens: readonly string[];
    readonly body: { readonly manifest: string; readonly designation: string; readonly ciphertext: string };
    readonly onCard: { readonly record: Omit<PrescriptionOnCard, 'used' | 'status'>; readonly body: Uint8Array };
  };
  readonly visitOnCard: VisitOnCard;
  /** What the card is to hold of allergies besides, the most needed first. */
  readonly allergiesOnCard: readonly Allergy[];
  /** Beginning of the hash of all that was signed, hex. */
  readonly fingerprint: string;
}

/** Everything the signing works with. */
export interface SigningContext {
  readonly ports: DeskPorts;
  readonly material: TrustedMaterial;
  readonly group: DeskGroup;
  readonly doctor: PresentDoctor;
  readonly visit: OpenedVisit;
  readonly patientSlot: string;
  readonly run: RunStage;
}

const idOf = (der: Uint8Array): string => {
  const { attributes, signedAttributes, signature } = parseSignedMessage(der);
  if (attributes.kind !== 'group') throw new Error('a group-signed message was expected');
  return hex(messageId(attributes.ctx, h256(signedAttributes), signature));
};

async function signPrescription(
  context: SigningContext,
  facts: VisitFacts,
  draft: VisitDraft & { pharmacy: string },
  signal: AbortSignal,
): Promise<NonNullable<SignedVisit['prescription']>> {
  const { ports, material, group, doctor, visit, patientSlot, run } = context;
  const { cards, clock, terminal } = ports;
  const now = clock.now();
  const rxId = newId();
  const body = { salt: secureRng(32), ...writePrescription(facts, draft) };
  const { parts = 1, controlled = false } = draft;
  const daysPerPart = Math.max(...draft.lines.map(({ days }) => days));
  const terms = { parts, daysPerPart };
  const manifest: Manifest = {
    type: 'prescription-manifest',
    version: 1,
    institution: terminal.institution,
    keyId: hex(group.key.pkh),
    rxId,
    pid: visit.pid,
    pcertHash: hex(h256(visit.certificate)),
    visitId: visit.visitId,
    issued: dayOf(now),
    expires: expiresOn(now, terms),
    ...terms,
    lineCount: draft.lines.length,
    controlled,
    bodyHash: hex(prescriptionCommitment(body)),
  };
  const signed = await run('sign-prescription', '10', () =>
    signAsGroup(
      ports,
      group,
      material,
      doctor,
      {
        purpose: 'prescription',
        controlled: manifest.controlled,
        contentType: IMIS_OID.manifestContent,
        content: utf8(JSON.stringify(manifest)),
        aud: new Uint8Array(32),
        pid: fromHex(visit.pid),
        sid: fromHex(rxId),
        certificates: [visit.certificate],
      },
      signal,
    ),
  );
  return run('seal-prescription', '10', async () => {
    const patientCertificate = parseCertificate(visit.certificate);
    const designation: Designation = {
      type: 'designation',
      version: 1,
      institution: terminal.institution,
      keyId: hex(keyIdentifier(patientCertificate.spki)),
      rxId,
      pharmacy: draft.pharmacy,
      nonce: hex(secureRng(32)),
      at: instantOf(now),
    };
    const signer = cardSigner(visit.certificate, (attributes, at) =>
      cards.patientSign({ slot: patientSlot, attributes }, at),
    );
    const patient = { pid: visit.pid, certificate: visit.certificate };
    const designated = await signForBureau(
      ports,
      material,
      signer,
      { type: designation.type, patient },
      designation,
      signal,
    );
    const { decryption } = await cards.patientCertificates({ slot: patientSlot }, signal);
    const own = trustPatient(material, decryption, now, 'patient-decryption');
    if (hex(own.pid ?? new Uint8Array(0)) !== visit.pid)
      throw new ImisError('CARD_OTHER_PERSON', 'the card has the keys of two people');
    const forPharmacy = withUnsignedAttribute(signed, IMIS_OID.prescriptionBody, encodePrescriptionBody(body));
    const ciphertext = seal(forPharmacy, [
      { certificate: pharmacyCertificate(material, draft.pharmacy) },
      { certificate: own.der },
    ]);
    const toBureau = (der: Uint8Array): string => toBase64(seal(der, [{ certificate: material.encryption.der }]));
    const prescriptionId = idOf(signed);
    return {
      rxId,
      messageId: prescriptionId,
      expires: manifest.expires,
      opens: earliestDays(now, terms),
      body: { manifest: toBureau(signed), designation: toBureau(designated), ciphertext: toBase64(ciphertext) },
      onCard: {
        record: {
          rxId,
          hash16: prescriptionId.slice(0, 32),
          issued: Math.floor(now / 1000),
          // The card's record ends with the last second of that day in Taiwan.
          expires: Math.floor(Date.parse(`${manifest.expires}T15:59:59.000Z`) / 1000),
          parts: manifest.parts,
          controlled: manifest.controlled,
          pharmacy: draft.pharmacy,
        },
        body: ciphertext,
      },
    };
  });
}

/** Signs a draft and what was found about it, which its overrides answer. The doctor's PIN has been given and covers exactly these signatures. */
export async function signVisit(
  context: SigningContext,
  { draft, findings }: { readonly draft: VisitDraft; readonly findings: readonly Finding[] },
  signal: AbortSignal,
): Promise<SignedVisit> {
  const { ports, material, group, doctor, visit, run } = context;
  const { terminal, clock } = ports;
  const facts: VisitFacts = {
    pid: visit.pid,
    visitId: visit.visitId,
    institution: terminal.institution,
    day: dayOf(clock.now()),
  };
  const drafted = draft.allergies ?? [];
  const allergies = statedAllergies(visit.allergies, drafted, facts.day);
  const record = await run('sign-record', '9', () =>
    signAsGroup(
      ports,
      group,
      material,
      doctor,
      {
        purpose: 'record',
        contentType: IMIS_OID.recordContent,
        content: writeVisitRecord(facts, draft, { allergies, findings }),
        aud: keyIdentifier(material.encryption.spki),
        pid: fromHex(visit.pid),
        sid: fromHex(visit.visitId),
        certificates: [],
      },
      signal,
    ),
  );
  const { pharmacy } = draft;
  const prescription =
    draft.lines.length === 0 || pharmacy === undefined
      ? undefined
      : await signPrescription(context, facts, { ...draft, pharmacy }, signal);
  const recordId = idOf(record);
  return {
    recordId,
    reference: prescription?.messageId ?? recordId,
    recordMessage: toBase64(seal(record, [{ certificate: material.encryption.der }])),
    ...(prescription === undefined ? {} : { prescription }),
    visitOnCard: { visitId: visit.visitId, day: facts.day, institution: facts.institution, diagnoses: draft.diagnoses },
    allergiesOnCard: allergiesForCard(visit.allergies, drafted, facts.day),
    fingerprint: hex(h256(record, utf8(prescription?.body.ciphertext ?? ''))).slice(0, 16),
  };
}
