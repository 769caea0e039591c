/**
 * Messages as desks make them, with every part open to change: what the refusal tests turn.
 * @module
 */
import { dayAfter, dayOf, instantOf } from '../../contract/calendar.ts';
import type {
  Cancellation,
  CardApplication,
  CheckIn,
  Designation,
  Manifest,
  OpeningProof,
  Pickup,
  SignOn,
  Undispensing,
} from '../../contract/messages.ts';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type AttributeSigner, createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import type { ImisContext } from '../../crypto/envelope/imis-context.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { encodePrescriptionBody, prescriptionCommitment } from '../../crypto/envelope/prescription-body.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { signMessage } from '../../crypto/envelope/signed-message.ts';
import { withUnsignedAttribute } from '../../crypto/envelope/unsigned-attributes.ts';
import type { Recipient } from '../../crypto/envelope/write-recipient.ts';
import { encodeContext, type SignatureContext } from '../../crypto/groupsig/context.ts';
import { signWithCard } from '../../crypto/groupsig/sign-host.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { encodePickup, type PickupObject } from '../../crypto/proxysig/pickup-object.ts';
import { writePrescription, writeVisitRecord } from '../../record/visit-documents.ts';
import { type Certified, type SoftCitizen, type SoftDoctor, type SoftPatient, signRaw } from './soft-people.ts';
import { type Post, signal, type World } from './world.ts';

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** Seals to the bureau unless told otherwise; base64. */
export const sealed = (world: World, der: Uint8Array, to?: readonly Recipient[]): string =>
  base64(seal(der, to ?? [{ certificate: world.encryption.certificate }]));

const keyIdOf = (key: { readonly spki: Uint8Array }): string => hex(keyIdentifier(key.spki));

export const headOf = (post: Post, key: { readonly spki: Uint8Array }) => ({
  version: 1 as const,
  institution: post.desk.institution,
  keyId: keyIdOf(key),
});

/** A signed message (DER) of somebody with a P-256 key; `context` replaces fields of the signed context. */
export async function personal(
  world: World,
  post: Post,
  signer: Certified,
  payload: { readonly type: string },
  context: Partial<ImisContext> = {},
): Promise<Uint8Array> {
  const { pid } = parseCertificate(signer.certificate);
  return signMessage(
    {
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(payload)),
      certificates: [],
      attributes: {
        kind: 'p256',
        signingTime: world.clock.now(),
        context: {
          version: 1,
          type: payload.type,
          messageId: secureRng(16),
          senderTerminal: fromHex(post.desk.terminalId),
          recipient: keyIdentifier(world.encryption.spki),
          pid: pid ?? new Uint8Array(0),
          pcertHash: pid === undefined ? new Uint8Array(0) : h256(signer.certificate),
          ...context,
        },
      },
    },
    createSoftwareSigner(signer.privateKey, signer.certificate),
    signal,
  );
}

/** A group-signed message (DER); `ctx` replaces fields of the signed context. */
export async function grouped(
  world: World,
  doctor: SoftDoctor,
  message: { contentType: string; content: Uint8Array; certificates?: readonly Uint8Array[] },
  ctx: Pick<SignatureContext, 'purpose' | 'pid' | 'sid'> & Partial<SignatureContext>,
): Promise<Uint8Array> {
  const { group } = world;
  const aud = ctx.purpose === 'prescription' ? new Uint8Array(32) : keyIdentifier(world.encryption.spki);
  const encoded = encodeContext({ ...doctor.attributes, aud, ...ctx });
  const signer: AttributeSigner = {
    certificate: group.certificate,
    algorithm: 'nhi-gsig-v1',
    sign: (signedAttributes) =>
      signWithCard({
        backend: group.backend,
        groupKey: group.key,
        credential: doctor.credential,
        ctx: encoded,
        messageHash: h256(signedAttributes),
        card: doctor.card,
        signal,
      }),
  };
  return signMessage({ certificates: [], ...message, attributes: { kind: 'group', ctx: encoded } }, signer, signal);
}

/** The id the bureau gives a group-signed message. */
function idOf(der: Uint8Array): string {
  const { attributes, signedAttributes, signature } = parseSignedMessage(der);
  if (attributes.kind !== 'group') throw new Error('not group-signed');
  return hex(messageId(attributes.ctx, h256(signedAttributes), signature));
}

export const applicationOf = (post: Post, citizen: SoftCitizen): CardApplication => ({
  type: 'card-application',
  ...headOf(post, citizen.civil),
  requestId: hex(secureRng(16)),
  person: citizen.person,
  signingKey: base64(citizen.signing.spki),
  decryptionKey: base64(citizen.decryption.spki),
  authenticationKey: base64(citizen.authentication.spki),
  agentKeyHashes: [],
});

export const signOnOf = (world: World, post: Post, staff: Certified, challenge: string): SignOn => ({
  type: 'sign-on',
  ...headOf(post, staff),
  challenge,
  terminal: post.desk.terminalId,
  at: instantOf(world.clock.now()),
});

export const checkInOf = (
  world: World,
  post: Post,
  patient: SoftPatient,
  challenge: string,
  replyKey: Uint8Array,
): CheckIn => ({
  type: 'check-in',
  ...headOf(post, patient.signing),
  challenge,
  terminal: post.desk.terminalId,
  at: instantOf(world.clock.now()),
  replyKey: base64(replyKey),
});

export const openingProofOf = (
  world: World,
  post: Post,
  patient: SoftPatient,
  visit: { readonly challenge: string; readonly visitId: string },
  replyKey: Uint8Array,
): OpeningProof => ({
  type: 'opening',
  ...headOf(post, patient.signing),
  challenge: visit.challenge,
  visitId: visit.visitId,
  terminal: post.desk.terminalId,
  at: instantOf(world.clock.now()),
  replyKey: base64(replyKey),
});

/** The outer half of an opening round a patient's proof (DER), or round none. */
export const presence = (
  world: World,
  post: Post,
  doctor: SoftDoctor,
  visit: { readonly pid: string; readonly visitId: string },
  patientProof: Uint8Array | undefined,
  ctx: Partial<SignatureContext> = {},
): Promise<Uint8Array> =>
  grouped(
    world,
    doctor,
    {
      contentType: IMIS_OID.jsonContent,
      content: utf8(
        JSON.stringify({
          type: 'presence',
          version: 1,
          institution: post.desk.institution,
          keyId: hex(world.group.key.pkh),
          ...(patientProof === undefined ? {} : { patientProof: base64(patientProof) }),
        }),
      ),
    },
    { purpose: 'presence', pid: fromHex(visit.pid), sid: fromHex(visit.visitId), ...ctx },
  );

const DRAFT = {
  diagnoses: ['I10'],
  note: '血壓 150/95',
  lines: [
    { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 },
    { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 },
  ],
} as const;

/** Somebody's visit at a clinic desk, opened. */
export interface OpenVisit {
  readonly post: Post;
  readonly patient: SoftPatient;
  readonly pid: string;
  readonly visitId: string;
  readonly presence: string;
}

const factsOf = (world: World, visit: OpenVisit) => ({
  pid: visit.pid,
  visitId: visit.visitId,
  institution: visit.post.desk.institution,
  day: dayOf(world.clock.now()),
});

const draft = () => ({ ...DRAFT, diagnoses: [...DRAFT.diagnoses], lines: [...DRAFT.lines] });

/** Eq 9: a signed record, DER. */
export const record = (
  world: World,
  doctor: SoftDoctor,
  visit: OpenVisit,
  ctx: Partial<SignatureContext> = {},
): Promise<Uint8Array> =>
  grouped(
    world,
    doctor,
    { contentType: IMIS_OID.recordContent, content: writeVisitRecord(factsOf(world, visit), draft()) },
    { purpose: 'record', pid: fromHex(visit.pid), sid: fromHex(visit.visitId), ...ctx },
  );

/** Eq 10 with everything a test looks at. */
export interface SoftPrescription {
  readonly rxId: string;
  /** DER, as the bureau gets it. */
  readonly manifest: Uint8Array;
  readonly designation: Uint8Array;
  readonly body: { readonly manifest: string; readonly designation: string; readonly ciphertext: string };
  /** H256(ctx ‖ H_M ‖ core), hex. */
  readonly id: string;
}

/** What may be changed in a prescription. */
export interface PrescriptionChanges {
  readonly manifest?: Partial<Manifest>;
  readonly designation?: Partial<Designation>;
  readonly designatedBy?: SoftPatient;
  readonly certificates?: readonly Uint8Array[];
  readonly ctx?: Partial<SignatureContext>;
  readonly pharmacy?: string;
}

/** The patient's word for a pharmacy, DER. */
export const designate = (
  world: World,
  post: Post,
  by: SoftPatient,
  choice: Pick<Designation, 'rxId' | 'pharmacy'> & Partial<Designation>,
): Promise<Uint8Array> => {
  const payload: Designation = {
    type: 'designation',
    ...headOf(post, by.signing),
    nonce: hex(secureRng(32)),
    at: instantOf(world.clock.now()),
    ...choice,
  };
  return personal(world, post, by.signing, payload);
};

/** A doctor's word that a prescription is not to be collected any more, DER. */
export const cancellation = (
  world: World,
  post: Post,
  doctor: SoftDoctor,
  rx: { readonly rxId: string; readonly pid: string },
  changes: { readonly ctx?: Partial<SignatureContext>; readonly payload?: Partial<Cancellation> } = {},
): Promise<Uint8Array> => {
  const payload: Cancellation = {
    type: 'cancellation',
    version: 1,
    institution: post.desk.institution,
    keyId: hex(world.group.key.pkh),
    rxId: rx.rxId,
    reason: '過敏',
    ...changes.payload,
  };
  return grouped(
    world,
    doctor,
    { contentType: IMIS_OID.jsonContent, content: utf8(JSON.stringify(payload)) },
    { purpose: 'cancellation', pid: fromHex(rx.pid), sid: fromHex(rx.rxId), ...changes.ctx },
  );
};

/** A pharmacist's word that a dispensing is taken back, DER. */
export const undispensing = (
  world: World,
  post: Post,
  pharmacist: Certified,
  rxId: string,
  changes: Partial<Undispensing> = {},
): Promise<Uint8Array> => {
  const payload: Undispensing = {
    type: 'undispensing',
    ...headOf(post, pharmacist),
    rxId,
    part: 1,
    reason: '交錯人',
    at: instantOf(world.clock.now()),
    ...changes,
  };
  return personal(world, post, pharmacist, payload);
};

/** A prescription for the pharmacy of the world, valid for a week, of one part with two lines. */
export async function prescription(
  world: World,
  doctor: SoftDoctor,
  visit: OpenVisit,
  changes: PrescriptionChanges = {},
): Promise<SoftPrescription> {
  const { post, patient } = visit;
  const pharmacy = changes.pharmacy ?? world.posts.pharmacy.desk.institution;
  const rxId = hex(secureRng(16));
  const now = world.clock.now();
  const body = { salt: secureRng(32), ...writePrescription(factsOf(world, visit), draft()) };
  const manifest: Manifest = {
    type: 'prescription-manifest',
    version: 1,
    institution: post.desk.institution,
    keyId: hex(world.group.key.pkh),
    rxId,
    pid: visit.pid,
    pcertHash: hex(h256(patient.signing.certificate)),
    visitId: visit.visitId,
    issued: dayOf(now),
    expires: dayAfter(now, 7),
    parts: 1,
    daysPerPart: 28,
    lineCount: 2,
    controlled: false,
    bodyHash: hex(prescriptionCommitment(body)),
    ...changes.manifest,
  };
  const signed = await grouped(
    world,
    doctor,
    {
      contentType: IMIS_OID.manifestContent,
      content: utf8(JSON.stringify(manifest)),
      certificates: changes.certificates ?? [patient.signing.certificate],
    },
    { purpose: 'prescription', pid: fromHex(visit.pid), sid: fromHex(rxId), ...changes.ctx },
  );
  const by = changes.designatedBy ?? patient;
  const designation = await designate(world, post, by, { rxId, pharmacy, ...changes.designation });
  const full = withUnsignedAttribute(signed, IMIS_OID.prescriptionBody, encodePrescriptionBody(body));
  const { desk } =
    pharmacy === world.posts.otherPharmacy.desk.institution ? world.posts.otherPharmacy : world.posts.pharmacy;
  const ciphertext = seal(full, [
    { certificate: desk.decryption?.certificate ?? new Uint8Array(0) },
    { certificate: patient.decryption.certificate },
  ]);
  return {
    rxId,
    manifest: signed,
    designation,
    id: idOf(signed),
    body: {
      manifest: sealed(world, signed),
      designation: sealed(world, designation),
      ciphertext: base64(ciphertext),
    },
  };
}

/** What may be changed in a pickup. */
export interface PickupChanges {
  readonly object?: Partial<PickupObject>;
  /** A pickup object of before, for lines that were owed. */
  readonly encoded?: Uint8Array;
  readonly payload?: Partial<Pickup>;
  /** Who signs the pickup object. */
  readonly card?: Certified;
  /** Signs it in the place of a card. */
  readonly sign?: (object: Uint8Array) => Uint8Array;
  readonly context?: Partial<ImisContext>;
}

/** PU as the card builds it. */
export const pickupObjectOf = (
  post: Post,
  patient: SoftPatient,
  rx: Pick<SoftPrescription, 'rxId' | 'id'>,
  changes: Partial<PickupObject> = {},
): Uint8Array =>
  encodePickup({
    mode: 'patient',
    rxId: fromHex(rx.rxId),
    rxh: fromHex(rx.id),
    part: 1,
    total: 1,
    pharmacy: bcdOf(post.desk.institution),
    terminal: fromHex(post.desk.terminalId),
    nonce: secureRng(32),
    timeTokenHash: new Uint8Array(32),
    pid: fromHex(patient.pid),
    warrant: new Uint8Array(32),
    ...changes,
  });

/** Eq 17: a signed pickup, DER. */
export function pickup(
  world: World,
  post: Post,
  pharmacist: Certified,
  patient: SoftPatient,
  rx: Pick<SoftPrescription, 'rxId' | 'id'>,
  changes: PickupChanges = {},
): Promise<Uint8Array> {
  const object = changes.encoded ?? pickupObjectOf(post, patient, rx, changes.object);
  const payload: Pickup = {
    type: 'pickup',
    ...headOf(post, pharmacist),
    rxId: rx.rxId,
    part: 1,
    pickupObject: base64(object),
    pickupSignature: base64(changes.sign?.(object) ?? signRaw(changes.card ?? patient.signing, object)),
    lines: [
      { line: 1, outcome: 'given' },
      { line: 2, outcome: 'given' },
    ],
    at: instantOf(world.clock.now()),
    ...changes.payload,
  };
  return personal(world, post, pharmacist, payload, changes.context);
}
