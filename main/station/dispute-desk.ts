/**
 * Disputes away from the bureau: an opening officer checks a case and makes a share, and a judge repeats the whole opening from a proof
 * (groupsig note, "Opening (t of n) and judge"). Neither needs a line to the bureau: the anchors are its authority and the profession's.
 * @module
 */

import type { z } from 'zod';
import { CaseFile, type Judgement, OpeningOrder, type ProofFile, RegisterAnswer } from '../../contract/dispute.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes, fromHex, hex, readUtf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { verifySignedMessage } from '../../crypto/envelope/verify-signed-message.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { decodeContext } from '../../crypto/groupsig/context.ts';
import { decodeEpochHead } from '../../crypto/groupsig/epoch-head.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { joinRecordHash } from '../../crypto/groupsig/join.ts';
import { type JoinRecord, judge } from '../../crypto/groupsig/judge.ts';
import { openPartially } from '../../crypto/groupsig/open.ts';
import { decodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import type { OpenerShare } from '../../crypto/groupsig/opener-share.ts';
import type { OpeningCase } from '../../crypto/groupsig/opening-share.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { groupKey as groupKeyOfSpki } from '../../crypto/pki/public-key.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';

/** A case that holds: its order, and what the algebra needs. */
export interface CheckedCase {
  readonly file: CaseFile;
  readonly order: OpeningOrder;
  readonly opening: OpeningCase;
  /** Shares are sealed to it. */
  readonly combiner: Certificate;
}

/** What a case is checked with. */
export interface CaseAnchors {
  readonly backend: GroupBackend;
  /** The bureau's authority. */
  readonly bureauCa: Certificate;
}

const refuse = (why: string, cause?: unknown): ImisError => new ImisError('ORDER_INVALID', why, { cause });

/** A statement of the bureau's signing key in a case, addressed to its openers; what does not hold is thrown as a layer's error. */
async function readStatement<T extends { readonly at: string }>(
  der: Uint8Array,
  schema: z.ZodType<T>,
  type: string,
  openerSetHash: Uint8Array,
  anchors: CaseAnchors,
  signal: AbortSignal,
): Promise<T> {
  const message = parseSignedMessage(der);
  const parsed = schema.safeParse(jsonOf(message.content));
  if (!parsed.success) throw refuse(`the ${type} does not fit its schema`, parsed.error);
  const at = Date.parse(parsed.data.at);
  const trust = {
    async check({ certificate }: { readonly certificate: Uint8Array }): Promise<void> {
      bureauCertificate(certificate, 'bureau-signing', anchors, at);
    },
  };
  const expected = { kind: 'p256', types: [type], recipient: openerSetHash } as const;
  await verifySignedMessage(message, { trust }, { ...expected, contentType: IMIS_OID.jsonContent }, signal);
  return parsed.data;
}

function jsonOf(content: Uint8Array): unknown {
  try {
    return JSON.parse(readUtf8(content) ?? '');
  } catch (cause) {
    throw refuse('a statement is not JSON', cause);
  }
}

/** The bureau's certificate of one kind; judged at the instant of the order, for cases outlive certificates. */
function bureauCertificate(
  der: Uint8Array,
  kind: 'bureau-signing' | 'bureau-encryption' | 'group',
  { bureauCa }: CaseAnchors,
  now: number,
): Certificate {
  const certificate = parseCertificate(der);
  validatePath(certificate, { anchors: [bureauCa], revoked: undefined, now, kinds: [kind] });
  return certificate;
}

async function check(file: CaseFile, anchors: CaseAnchors, signal: AbortSignal): Promise<CheckedCase> {
  const { backend } = anchors;
  const groupKey = decodeGroupKey(backend, fromBase64(file.groupKey));
  const openerSet = decodeOpenerSet(backend, groupKey, fromBase64(file.openerSet));
  const der = fromBase64(file.order);
  const order = await readStatement(der, OpeningOrder, 'opening-order', openerSet.hash, anchors, signal);
  const at = Date.parse(order.at);
  const group = bureauCertificate(fromBase64(file.groupCertificate), 'group', anchors, at);
  const certified = groupKeyOfSpki(group.spki);
  if (certified === undefined || !equalBytes(certified, groupKey.encoded))
    throw refuse('group key and group certificate differ');
  const [ctx, messageHash, signature] = [fromBase64(file.ctx), fromHex(file.messageHash), fromBase64(file.signature)];
  if (!verifySignature(backend, groupKey, ctx, messageHash, signature))
    throw new ImisError('SIGNATURE_INVALID', 'the signature to open does not hold');
  if (order.messageId !== hex(messageId(ctx, messageHash, signature)) || order.openerSet !== hex(openerSet.hash))
    throw refuse('the order is for another signature or other openers');
  const head = decodeEpochHead(fromBase64(file.epochHead));
  const { epoch } = decodeContext(ctx);
  if (hex(head.hash) !== order.epochHead) throw refuse('the epoch head is not the one the order names');
  if (!equalBytes(head.pkh, groupKey.pkh) || head.epoch.day !== epoch.day || head.epoch.seq !== epoch.seq)
    throw refuse('the epoch head is of another epoch or group');
  return {
    file,
    order,
    opening: { groupKey, openerSet, ctx, messageHash, signature, orderHash: h256(fromBase64(file.order)) },
    combiner: bureauCertificate(fromBase64(file.combinerCertificate), 'bureau-encryption', anchors, at),
  };
}

/**
 * Checks a case from end to end. Rejects with ORDER_INVALID (not the bureau's, altered, for another signature or other openers) or
 * SIGNATURE_INVALID.
 */
export async function checkCase(raw: unknown, anchors: CaseAnchors, signal: AbortSignal): Promise<CheckedCase> {
  const parsed = CaseFile.safeParse(raw);
  if (!parsed.success) throw refuse('not a case file', parsed.error);
  try {
    return await check(parsed.data, anchors, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ImisError) throw cause;
    // Whatever layer found it: a case that does not hold is no order.
    if (cause instanceof Error && 'code' in cause) throw refuse('the case does not hold', cause);
    throw cause;
  }
}

/** The share of one opener (114 bytes), sealed to the combiner; DER. Throws as openPartially. */
export function shareFor(checked: CheckedCase, opener: OpenerShare, backend: GroupBackend): Uint8Array {
  const share = openPartially(backend, checked.opening, opener);
  return seal(share, [{ certificate: checked.combiner.der }]);
}

/** Is the record what the doctor signed when joining, under a certificate of the profession that was valid then? */
function isAuthentic(record: JoinRecord, doctorId: Uint8Array, professionalCa: Certificate, joinedAt: number): boolean {
  try {
    const certificate = parseCertificate(record.certD);
    validatePath(certificate, { anchors: [professionalCa], revoked: undefined, now: joinedAt, kinds: ['doctor'] });
    const named = certificate.name.serialNumber ?? '';
    return named === readUtf8(doctorId) && verifyRawP256(certificate.spki, record.J, record.sigD);
  } catch (cause) {
    // A certificate that does not parse or does not chain proves nothing against a doctor.
    if (cause instanceof Error && 'code' in cause) return false;
    throw cause;
  }
}

/** The bureau's signed word on the Q that was found. PROOF_INVALID unless it is of this order, this Q and this record. */
async function checkRegister(
  proof: ProofFile,
  checked: CheckedCase,
  found: { readonly Q: Uint8Array; readonly record: JoinRecord | undefined },
  anchors: CaseAnchors,
  signal: AbortSignal,
): Promise<RegisterAnswer> {
  const { openerSet, orderHash } = checked.opening;
  const der = fromBase64(proof.register);
  const answer = await readStatement(der, RegisterAnswer, 'register-answer', openerSet.hash, anchors, signal).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      throw new ImisError('PROOF_INVALID', 'the bureau did not sign for its register', { cause });
    },
  );
  const record = found.record === undefined ? null : hex(joinRecordHash(found.record));
  const held =
    answer.caseId === checked.order.caseId &&
    answer.order === hex(orderHash) &&
    answer.member === hex(h256(found.Q)) &&
    answer.record === record;
  if (!held) throw new ImisError('PROOF_INVALID', 'the register’s answer is about something else');
  return answer;
}

/**
 * Repeats the opening and says who is to blame. Rejects as {@link checkCase} and combineShares do, and with PROOF_INVALID when the
 * bureau's signed answer of its register is missing or does not fit: a record that was taken out blames nobody.
 */
export async function judgeProof(
  proof: ProofFile,
  anchors: CaseAnchors & { readonly professionalCa: Certificate },
  signal: AbortSignal,
): Promise<Judgement> {
  const checked = await checkCase(proof.case, anchors, signal);
  const { record } = proof;
  const { caseId } = checked.order;
  let joined = Number.NaN;
  const found: JoinRecord | undefined =
    record === null
      ? undefined
      : {
          J: fromBase64(record.J),
          c: fromHex(record.c),
          z: fromHex(record.z),
          sigD: fromBase64(record.signature),
          certD: fromBase64(record.certificate),
        };
  const verdict = await judge(
    anchors.backend,
    checked.opening,
    proof.shares.map(fromBase64),
    {
      lookUp: async (Q) => {
        const { joinedAt } = await checkRegister(proof, checked, { Q, record: found }, anchors, signal);
        joined = Date.parse(joinedAt ?? '');
        return found;
      },
      isRecordAuthentic: async (one, doctorId) => isAuthentic(one, doctorId, anchors.professionalCa, joined),
    },
    signal,
  );
  switch (verdict.blame) {
    case 'issuer':
      return { blame: 'issuer', reason: verdict.reason, caseId };
    case 'doctor': {
      const { name } = parseCertificate(verdict.record.certD);
      return { blame: 'doctor', doctorId: readUtf8(verdict.doctorId) ?? '', name: name.commonName ?? '', caseId };
    }
  }
}
