/**
 * Eq 10: the bureau verifies the manifest and the patient's designation, stores and relays the ciphertext, and cannot read the therapy.
 * @module
 */

import type { z } from 'zod';
import { Ack, type bureauApi } from '../../contract/bureau-api.ts';
import { dayOf, instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { Designation, Manifest } from '../../contract/messages.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { earlierAnswer, refuseReuse, requestHash, takeIn } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import {
  checkCertificate,
  checkClass,
  evidenceOf,
  type GroupMessage,
  groupMessageId,
  openSealed,
  readGroupPayload,
  verifyGroup,
  verifyPersonal,
  witnessed,
} from './incoming.ts';
import { presentVisit } from './opening.ts';
import { newLife, opensOn, stateOf, UNDISPENSE_MS } from './prescription-life.ts';
import { type StoredPrescription, standingOf, storedPrescription } from './prescription-steps.ts';

const MAX_CIPHERTEXT_BYTES = 64 * 1024;

/** The manifest of a verified message, consistent with its context and with PCert_P beside it. */
async function readManifest(bureau: Bureau, request: RequestContext, group: GroupMessage): Promise<Manifest> {
  const { ctx, parsed } = group;
  if (parsed.contentType !== IMIS_OID.manifestContent) throw new ImisError('CONTENT_TYPE_MISMATCH', 'not a manifest');
  const manifest = readGroupPayload(bureau, request, Manifest, parsed);
  if (manifest.rxId !== hex(ctx.sid) || manifest.pid !== hex(ctx.pid))
    throw new ImisError('CONTEXT_MISMATCH', 'manifest and signed context differ');
  const der = parsed.certificates.find((one) => hex(h256(one)) === manifest.pcertHash);
  if (der === undefined) throw new ImisError('CERT_SWAPPED', 'PCert_P is not the one the doctor signed for');
  const certificate = parseCertificate(der);
  await checkCertificate(bureau, certificate, ['patient-signing'], request.signal);
  if (hex(certificate.pid ?? new Uint8Array(0)) !== manifest.pid)
    throw new ImisError('CERT_SWAPPED', 'PCert_P has another subject');
  return manifest;
}

/** The sealed prescription; ENVELOPE_TOO_LARGE. */
export function readCiphertext(base64: string): Uint8Array {
  const ciphertext = fromBase64(base64);
  if (ciphertext.length > MAX_CIPHERTEXT_BYTES)
    throw new ImisError('ENVELOPE_TOO_LARGE', `${ciphertext.length} bytes of ciphertext`);
  return ciphertext;
}

/** Code of a pharmacy that the bureau knows; NOT_FOUND. */
export function designatedPharmacy({ institutions }: Pick<Bureau, 'institutions'>, named: string): string {
  if (!institutions.some(({ code, kind }) => code === named && kind === 'pharmacy'))
    throw new ImisError('NOT_FOUND', 'no such pharmacy');
  return named;
}

/** Accepts a prescription of the visit that the request's opening stands for. */
export async function acceptPrescription(
  bureau: Bureau,
  request: RequestContext,
  body: { readonly manifest: string; readonly designation: string; readonly ciphertext: string },
): Promise<Ack> {
  const ciphertext = readCiphertext(body.ciphertext);
  const parsed = await openSealed(bureau, body.manifest, request.signal);
  return witnessed(bureau, request, { equation: '10', parsed }, async () => {
    const hash = requestHash(body.manifest, body.designation, body.ciphertext);
    const earlier = await earlierAnswer(bureau, request, {
      id: groupMessageId(parsed),
      hash,
      type: 'prescription',
      answer: Ack,
    });
    if (earlier !== undefined) return earlier;
    const group = await verifyGroup(bureau, request, parsed, 'prescription');
    await refuseReuse(bureau, group.id, request.signal);
    const manifest = await readManifest(bureau, request, group);
    checkClass(group.ctx.classNumber, { purpose: 'prescription', controlled: manifest.controlled });
    if (manifest.controlled && group.result === 'late')
      throw new ImisError('EPOCH_NOT_IN_FORCE', 'a controlled drug, signed in an epoch that is over');
    const visit = await presentVisit(bureau, request);
    if (manifest.visitId !== visit.id || manifest.pid !== visit.pid)
      throw new ImisError('CONTEXT_MISMATCH', 'a prescription of another visit');
    const today = dayOf(bureau.clock.now());
    if (manifest.expires < today || manifest.issued > today)
      throw new ImisError('RX_EXPIRED', `valid ${manifest.issued} to ${manifest.expires}`);
    const inner = await openSealed(bureau, body.designation, request.signal);
    const designation = await verifyPersonal(bureau, request, inner, {
      type: 'designation',
      schema: Designation,
      kinds: ['patient-signing'],
    });
    if (designation.payload.rxId !== manifest.rxId || hex(h256(designation.signer.der)) !== manifest.pcertHash) {
      throw new ImisError('CONTEXT_MISMATCH', 'the designation is for another prescription');
    }
    const pharmacy = designatedPharmacy(bureau, designation.payload.pharmacy);
    return takeIn(bureau, request, {
      id: group.id,
      requestHash: hash,
      type: 'prescription',
      keyId: manifest.keyId,
      equation: '10',
      parsed,
      result: group.result,
      alsoVerified: [evidenceOf(bureau, { equation: '10', parsed: inner, terminal: request.terminal, result: 'ok' })],
      effects: (head, ack, now) => ({
        prescription: {
          ...head,
          type: 'prescription',
          rx_id: manifest.rxId,
          message_id: group.id,
          pid: manifest.pid,
          visit_id: manifest.visitId,
          pharmacy,
          parts: manifest.parts,
          used: 0,
          days_per_part: manifest.daysPerPart,
          phase: 'open',
          life: JSON.stringify(newLife(pharmacy)),
          revision: 0,
          line_count: manifest.lineCount,
          expires: manifest.expires,
          manifest: parsed.der,
          designation: inner.der,
          ciphertext,
          answer: JSON.stringify(ack),
          received_at: now,
        },
      }),
    });
  });
}

/** Where a prescription stands. Only the institution that wrote it, the pharmacy it is for, and the bureau may ask. */
export async function prescriptionStatus(
  bureau: Bureau,
  request: RequestContext,
  rxId: string,
): Promise<z.output<typeof bureauApi.prescriptionStatus.answer>> {
  const { row, terms, life } = await storedPrescription(bureau, rxId, request.signal);
  const { terminal } = request;
  const last = life.dispensed.at(-1);
  const concerned = [row.institution, row.pharmacy, last?.pharmacy].includes(terminal.institution);
  if (terminal.role !== 'bureau' && !concerned)
    throw new ImisError('RX_OTHER_PHARMACY', 'neither issued nor designated here');
  const settled = last?.lines ?? [];
  return {
    rxId,
    state: stateOf(terms, life, dayOf(bureau.clock.now())),
    parts: row.parts,
    used: row.used,
    expires: row.expires,
    ...nextWindow({ row, terms, life }),
    pharmacy: row.pharmacy,
    owed: last === undefined ? [] : allLines(row.line_count).filter((line) => !settled.includes(line)),
    ...(last?.pharmacy === terminal.institution ? await newestPart(bureau, rxId, last, request.signal) : {}),
  };
}

/** First day of the next part, where one is left that has to wait. */
function nextWindow({ row, terms, life }: StoredPrescription): { readonly opensOn?: string } {
  const from = life.dispensed.length < row.parts ? opensOn(terms, life, life.dispensed.length + 1) : undefined;
  return from === undefined ? {} : { opensOn: from };
}

/** What the pharmacy that handed the newest part out needs to go on with it. */
async function newestPart(
  { store }: Pick<Bureau, 'store'>,
  rxId: string,
  { pickup, at }: { readonly pickup: string; readonly at: number },
  signal: AbortSignal,
): Promise<Pick<z.output<typeof bureauApi.prescriptionStatus.answer>, 'newest'>> {
  const row = (await store.dispensings(rxId, signal)).find((one) => one.pickup === pickup);
  if (row === undefined || row.pickup_signature.length === 0) return {};
  const takeBackUntil = instantOf(at + UNDISPENSE_MS);
  const [pickupObject, pickupSignature] = [toBase64(row.pickup_object), toBase64(row.pickup_signature)];
  return { newest: { pickupObject, pickupSignature, takeBackUntil } };
}

const allLines = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

/** What waits for the pharmacy of this terminal. */
export async function inboxOf(
  bureau: Bureau,
  request: RequestContext,
): Promise<z.output<typeof bureauApi.inbox.answer>> {
  const today = dayOf(bureau.clock.now());
  const rows = await bureau.store.inbox(request.terminal.institution, today, request.signal);
  return {
    items: rows.map(standingOf).map((stored) => ({
      rxId: stored.row.rx_id,
      receivedAt: instantOf(stored.row.received_at),
      expires: stored.row.expires,
      state: stateOf(stored.terms, stored.life, today),
      ...nextWindow(stored),
    })),
  };
}

/** One sealed prescription. RX_OTHER_PHARMACY unless it is designated to this terminal's institution. */
export async function inboxItem(
  bureau: Bureau,
  request: RequestContext,
  rxId: string,
): Promise<z.output<typeof bureauApi.inboxItem.answer>> {
  const { row } = await storedPrescription(bureau, rxId, request.signal);
  if (row.pharmacy !== request.terminal.institution)
    throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
  return {
    rxId,
    ciphertext: toBase64(row.ciphertext),
    designation: toBase64(row.designation),
    ack: Ack.parse(JSON.parse(row.answer)),
  };
}
