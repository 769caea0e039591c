/**
 * Opening a visit at the clinic (eq 7 and 8): the patient's card and the doctor's card are proved present together; recent records
 * come back sealed to a one-time key and are verified here before they are shown.
 * @module
 */

import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { RecordSummary } from '../../contract/clinic-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { type Opening, type OpeningProof, OpeningReply } from '../../contract/messages.ts';
import type { KnownAllergy } from '../../contract/safety.ts';
import { equalBytes, fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { verifySignedMessage } from '../../crypto/envelope/verify-signed-message.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { mergeAllergies } from '../../record/merge-allergies.ts';
import { readVisitRecord, type VisitRecord } from '../../record/visit-documents.ts';
import type { DeskGroup } from './doctor-signer.ts';
import { readyDoctor, signAsGroup } from './doctor-signer.ts';
import { institutionName, type TrustedMaterial, trustPatient } from './material.ts';
import { challengedSigner, challengeFor, createReplyKey, openReply, signForBureau } from './messages.ts';
import type { DeskPorts } from './ports.ts';
import { settleOpenSet } from './settle-set.ts';
import type { RunStage } from './stages.ts';

/** A visit that is open at this clinic. */
export interface OpenedVisit {
  readonly visitId: string;
  readonly pid: string;
  /** PCert_P, DER: the card that was there at the opening. */
  readonly certificate: Uint8Array;
  readonly presence: string;
  readonly person: { name: string; birthYear: number; sex: 'male' | 'female' };
  readonly records: RecordSummary[];
  /** Of the card and of the records that verified. */
  readonly allergies: readonly KnownAllergy[];
  /** Records of EF ALLERGY, and how many of them nobody here can read. */
  readonly allergyRecords: number;
  readonly unreadableAllergies: number;
  /** Whether the doctor's card may prescribe controlled drugs. */
  readonly mayControl: boolean;
}

/** A trust port that accepts exactly the group of this desk. */
export const groupTrust = (material: TrustedMaterial) => ({
  async check({ certificate }: { readonly certificate: Uint8Array }): Promise<void> {
    if (!equalBytes(certificate, material.group.der))
      throw new ImisError('GROUP_KEY_UNKNOWN', 'signed for another group');
  },
});

/** Checks one earlier record with the group's key; what does not hold is shown as not verified, never left out. */
async function summarise(
  material: TrustedMaterial,
  group: DeskGroup,
  pid: string,
  row: OpeningReply['records'][number],
  signal: AbortSignal,
): Promise<{ readonly summary: RecordSummary; readonly stated: VisitRecord['allergies'] }> {
  const message = parseSignedMessage(fromBase64(row.signed));
  const record = readVisitRecord(message.content);
  const verified = await verifySignedMessage(
    message,
    { trust: groupTrust(material), group: group.verifier },
    {
      kind: 'group',
      purposes: [PURPOSES.record],
      recipient: keyIdentifier(material.encryption.spki),
      pid: fromHex(pid),
    },
    signal,
  ).then(
    () => true,
    (cause: unknown) => {
      signal.throwIfAborted();
      // Whatever did not hold, the desk shows the record as not verified.
      return !(cause instanceof Error);
    },
  );
  const holds = verified && record?.pid === pid;
  const summary: RecordSummary = {
    id: row.id,
    day: record?.day ?? dayOf(Date.parse(row.receivedAt)),
    institution: institutionName(material, record?.institution ?? ''),
    diagnoses: [...(record?.diagnoses ?? [])],
    lines: [...(record?.lines ?? [])],
    ...(record?.parts === undefined ? {} : { parts: record.parts }),
    verified: holds,
  };
  return { summary, stated: holds ? record.allergies : [] };
}

/** Opens the visit with both cards. The doctor's PIN has been given, or comfort signing covers it. */
export async function openVisitWithBothCards(
  ports: DeskPorts,
  material: TrustedMaterial,
  group: DeskGroup,
  slots: { readonly patient: string; readonly doctor: Omit<Parameters<typeof readyDoctor>[3], 'purposes'> },
  run: RunStage,
  signal: AbortSignal,
): Promise<OpenedVisit> {
  const { cards, bureau, terminal, clock } = ports;
  const slot = slots.patient;
  const doctor = await readyDoctor(ports, group, material, { ...slots.doctor, purposes: ['presence'] }, signal);
  const { certificate, onCard } = await run('read-card', '', async () => {
    const { signing } = await cards.patientCertificates({ slot }, signal);
    const trusted = trustPatient(material, signing, clock.now(), 'patient-signing');
    await settleOpenSet(ports, slot, { aboutToWrite: false }, signal);
    await cards.patientMeetsDoctor({ slot, doctorSlot: slots.doctor.slot }, signal);
    return { certificate: trusted, onCard: await cards.patientAllergies({ slot }, signal) };
  });
  const pid = certificate.pid ?? new Uint8Array(0);
  const { challenge, visitId, token } = await run('ask-challenge', '', () =>
    challengeFor(ports, slot, { purpose: 'opening', pid: hex(pid) }, signal),
  );
  if (visitId === undefined) throw new ImisError('BUREAU_ANSWER_INVALID', 'an opening challenge without a visit');
  const head = { version: 1, institution: terminal.institution } as const;
  const replyKey = createReplyKey();
  const proof = await run('card-signs', '7', () => {
    const payload: OpeningProof = {
      type: 'opening',
      ...head,
      keyId: hex(keyIdentifier(certificate.spki)),
      challenge,
      terminal: terminal.id,
      visitId,
      at: instantOf(clock.now()),
      replyKey: toBase64(replyKey.spki),
    };
    const signer = challengedSigner(cards, slot, certificate.der, token);
    const patient = { pid: hex(pid), certificate: certificate.der };
    return signForBureau(ports, material, signer, { type: payload.type, patient }, payload, signal);
  });
  const message = await run('doctor-signs', '7', () => {
    const payload: Opening = { type: 'presence', ...head, keyId: hex(group.key.pkh), patientProof: toBase64(proof) };
    const what = {
      purpose: 'presence',
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(payload)),
      aud: keyIdentifier(material.encryption.spki),
      pid,
      sid: fromHex(visitId),
      certificates: [],
    } as const;
    return signAsGroup(ports, group, material, doctor, what, signal);
  });
  const answer = await run('send-opening', '7', () =>
    bureau.opening({ body: { message: toBase64(seal(message, [{ certificate: material.encryption.der }])) } }, signal),
  );
  return run('open-records', '8', async () => {
    const reply = await openReply(
      ports,
      material,
      { ...answer, key: replyKey, type: 'opening-reply', schema: OpeningReply },
      signal,
    );
    if (reply.pid !== hex(pid) || reply.visitId !== visitId)
      throw new ImisError('CONTEXT_MISMATCH', 'the answer is about another visit');
    const records = await Promise.all(reply.records.map((row) => summarise(material, group, reply.pid, row, signal)));
    return {
      visitId,
      pid: reply.pid,
      certificate: certificate.der,
      presence: reply.presenceToken,
      person: { name: reply.maskedName, birthYear: reply.birthYear, sex: reply.sex },
      records: records.map(({ summary }) => summary),
      // The bureau sends the newest record first.
      allergies: mergeAllergies(onCard.allergies, records.map(({ stated }) => stated).toReversed()),
      allergyRecords: onCard.allergies.length + onCard.unreadable,
      unreadableAllergies: onCard.unreadable,
      mayControl: await doctor.maySign({ purpose: 'prescription', controlled: true }, signal),
    };
  });
}

/** Hash by which a desk knows a card again. */
export const cardFingerprint = (certificate: Uint8Array): string => hex(h256(certificate));
