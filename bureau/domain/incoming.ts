/**
 * Opening and verifying what comes in: one way for messages signed with P-256, one for group-signed ones. Every verification
 * leaves a line of evidence, kept whether it held or not (product.md 1).
 * @module
 */

import type { z } from 'zod';
import { classesFor, type SignedMatter } from '../../contract/doctor-classes.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { open } from '../../crypto/envelope/open.ts';
import { type ParsedMessage, parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import {
  type SignerToTrust,
  type VerifyPorts,
  verifySignedMessage,
} from '../../crypto/envelope/verify-signed-message.ts';
import {
  decodeContext,
  type Epoch,
  PURPOSES,
  type Purpose,
  type SignatureContext,
} from '../../crypto/groupsig/context.ts';
import { judgeEpoch, NO_LATE } from '../../crypto/groupsig/epoch-window.ts';
import { messageId, SIGNATURE_BYTES } from '../../crypto/groupsig/signature.ts';
import type { CertificateKind } from '../../crypto/pki/certificate-kinds.ts';
import { type Certificate, parseCertificate, sameCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { openRevocationList, type RevocationList } from '../../crypto/pki/revocation-list.ts';
import { validatePath } from '../../crypto/pki/validate-path.ts';
import type { EvidenceRow } from '../store/store.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { epochName } from './epochs.ts';
import { isRevoked } from './is-revoked.ts';

const MAX_MESSAGE_BYTES = 512 * 1024;

/** What every payload begins with (contract/formats.ts). */
interface PayloadHead {
  readonly institution: string;
  readonly keyId: string;
}

/** A verified message signed by a certificate of ours or of an authority we trust. */
export interface PersonalMessage<T> {
  readonly payload: T;
  readonly signer: Certificate;
  readonly parsed: ParsedMessage;
}

/** A verified group-signed message. */
export interface GroupMessage {
  readonly ctx: SignatureContext;
  /** H256(ctx ‖ H_M ‖ core), hex. */
  readonly id: string;
  readonly parsed: ParsedMessage;
  /** `late`: its epoch was over when it came; accepted for settlement. */
  readonly result: 'ok' | 'late';
}

/** Opens a sealed message with the bureau's key. */
export async function openSealed(bureau: Bureau, base64: string, signal: AbortSignal): Promise<ParsedMessage> {
  const bytes = fromBase64(base64);
  const parsed = parseSignedMessage(
    await open(bytes, bureau.keys.encryption.key, signal, { maxBytes: MAX_MESSAGE_BYTES }),
  );
  // The body of a prescription travels as an unsigned attribute, for the pharmacy alone: the bureau must not come to hold it.
  if (parsed.unsigned.length > 0)
    throw new ImisError('UNSIGNED_ATTRIBUTE_REFUSED', 'the bureau takes nothing unsigned');
  return parsed;
}

/** Opens what travels sealed beside a message that names its hash: bytes that nobody signed. */
export const openSealedBytes = (bureau: Bureau, base64: string, signal: AbortSignal): Promise<Uint8Array> =>
  open(fromBase64(base64), bureau.keys.encryption.key, signal, { maxBytes: MAX_MESSAGE_BYTES });

/** JSON payload of a message against its schema; REQUEST_MALFORMED, or VERSION_UNSUPPORTED when only the version is foreign. */
export function readPayload<T>(schema: z.ZodType<T>, content: Uint8Array): T {
  let raw: unknown;
  try {
    raw = JSON.parse(decodeUtf8(content));
  } catch (cause) {
    throw new ImisError('REQUEST_MALFORMED', 'the payload is not JSON in UTF-8', { cause });
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const version = typeof raw === 'object' && raw !== null && 'version' in raw ? raw.version : undefined;
  if (typeof version === 'number' && version !== 1)
    throw new ImisError('VERSION_UNSUPPORTED', `payload version ${version}`);
  throw new ImisError('REQUEST_MALFORMED', 'the payload does not fit its schema', { cause: parsed.error });
}

/** The list of the authority of citizens for one of its certificates, where somebody brought it; throws PkiError when it does not hold. */
function civilLists(
  { keys, civilRevocationList: list }: Bureau,
  { kind }: Certificate,
): readonly RevocationList[] | undefined {
  return kind !== 'civil' || list === undefined ? undefined : [openRevocationList(list, keys.civilCa)];
}

/** Path, revocation, and that the bureau knows the certificate as its own. Throws PkiError or CERT_UNKNOWN. */
export async function checkCertificate(
  bureau: Bureau,
  certificate: Certificate,
  kinds: readonly CertificateKind[],
  signal: AbortSignal,
): Promise<void> {
  const { keys, store, clock } = bureau;
  const now = clock.now();
  const ours = certificate.kind !== 'civil' && certificate.kind !== 'doctor';
  const listed = ours ? await store.revokedCertificates(signal) : [];
  const rows = listed.filter(isRevoked);
  validatePath(certificate, {
    anchors: [keys.ca.certificate, keys.civilCa, keys.professionalCa],
    now,
    kinds,
    revoked: ours
      ? [
          {
            issuerKey: hex(keyIdentifier(keys.ca.certificate.spki)),
            number: rows.length,
            thisUpdate: now,
            nextUpdate: now,
            revoked: new Map(rows.map((row) => [row.serial, row.revoked_at ?? now])),
          },
        ]
      : // The authorities of citizens and professions publish their own lists; those of professions are not brought here.
        civilLists(bureau, certificate),
  });
  if (ours && (await store.certificate(certificate.serial, signal)) === undefined) {
    throw new ImisError('CERT_UNKNOWN', `${certificate.kind} certificate ${certificate.serial} is not in the register`);
  }
}

function portsOf(bureau: Bureau, kinds: readonly CertificateKind[]): VerifyPorts {
  const { group } = bureau.keys;
  return {
    trust: {
      async check({ kind, certificate }: SignerToTrust, signal) {
        const parsed = parseCertificate(certificate);
        if (kind === 'p256') return checkCertificate(bureau, parsed, kinds, signal);
        if (!sameCertificate(parsed, group.certificate))
          throw new ImisError('GROUP_KEY_UNKNOWN', 'signed for another group');
      },
    },
    group: group.verifier,
  };
}

/** One line of evidence. */
export function evidenceOf(
  bureau: Bureau,
  about: { equation: string; parsed: ParsedMessage; terminal: RequestContext['terminal']; result: string },
): EvidenceRow {
  const { equation, parsed, terminal, result } = about;
  const grouped = parsed.attributes.kind === 'group';
  const epoch = parsed.attributes.kind === 'group' ? hex(parsed.attributes.ctx.subarray(2, 8)) : '';
  return {
    version: 1,
    type: 'verification',
    institution: terminal.institution,
    key_id: grouped ? hex(bureau.keys.group.key.pkh) : hex(keyIdentifier(parsed.signerSpki)),
    equation,
    message_hash: hex(h256(parsed.signedAttributes)),
    signature: parsed.signature,
    epoch,
    result,
    verifier: bureau.keys.institution,
    at: bureau.clock.now(),
  };
}

/** Runs the verification of one message and everything that hangs on it; a refusal leaves evidence of its code. */
export async function witnessed<T>(
  bureau: Bureau,
  request: RequestContext,
  about: { equation: string; parsed: ParsedMessage },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const row = evidenceOf(bureau, { ...about, terminal: request.terminal, result: refusalOf(cause).code });
    await bureau.store.appendEvidence([row], new AbortController().signal);
    throw cause;
  }
}

/** CONTEXT_MISMATCH unless the head of a payload names the institution that sent it and the key that signed it. */
function checkHead(request: RequestContext, payload: PayloadHead, keyId: Uint8Array): void {
  if (payload.institution !== request.terminal.institution || payload.keyId !== hex(keyId))
    throw new ImisError('CONTEXT_MISMATCH', 'the payload names another sender or key');
}

/** Verifies a P-256 message of one type, signed by a certificate of one of `kinds`, sent from this terminal. */
export async function verifyPersonal<T extends PayloadHead>(
  bureau: Bureau,
  request: RequestContext,
  parsed: ParsedMessage,
  expect: { type: string; schema: z.ZodType<T>; kinds: readonly CertificateKind[] },
): Promise<PersonalMessage<T>> {
  const { terminal, signal } = request;
  await verifySignedMessage(
    parsed,
    portsOf(bureau, expect.kinds),
    {
      kind: 'p256',
      types: [expect.type],
      contentType: IMIS_OID.jsonContent,
      recipient: keyIdentifier(bureau.keys.encryption.certificate.spki),
      senderTerminal: fromHex(terminal.id),
    },
    signal,
  );
  const signer = parseCertificate(parsed.signerCertificate);
  if (parsed.attributes.kind !== 'p256') throw new Error('a P-256 message was verified as something else');
  const { context } = parsed.attributes;
  if (context.version !== 1) throw new ImisError('VERSION_UNSUPPORTED', `signed context of version ${context.version}`);
  if (signer.pid === undefined && context.pid.length + context.pcertHash.length > 0)
    throw new ImisError('CONTEXT_MISMATCH', 'a patient is named where none signs');
  if (
    signer.pid !== undefined &&
    (hex(context.pid) !== hex(signer.pid) || hex(context.pcertHash) !== hex(h256(signer.der)))
  ) {
    throw new ImisError('CERT_SWAPPED', 'the certificate is not the one that was signed for');
  }
  const payload = readPayload(expect.schema, parsed.content);
  checkHead(request, payload, keyIdentifier(signer.spki));
  return { payload, signer, parsed };
}

/** Id of a group-signed message: H256(ctx ‖ H_M ‖ core), hex. CONTEXT_MISMATCH for a message signed otherwise. */
export function groupMessageId(parsed: ParsedMessage): string {
  if (parsed.attributes.kind !== 'group') throw new ImisError('CONTEXT_MISMATCH', 'not a group-signed message');
  if (parsed.signature.length !== SIGNATURE_BYTES)
    throw new ImisError('SIGNATURE_INVALID', 'not 400 bytes of signature');
  return hex(messageId(parsed.attributes.ctx, h256(parsed.signedAttributes), parsed.signature));
}

/** The payload of a verified group-signed message, whose head names this group and the sending institution. */
export function readGroupPayload<T extends PayloadHead>(
  bureau: Bureau,
  request: RequestContext,
  schema: z.ZodType<T>,
  parsed: ParsedMessage,
): T {
  const payload = readPayload(schema, parsed.content);
  checkHead(request, payload, bureau.keys.group.key.pkh);
  return payload;
}

/**
 * The receipt that will date a message says now, so now decides: within its epoch or the two hours after it; what waited in an outbox also
 * later, for settlement. EPOCH_NOT_IN_FORCE otherwise, and whenever an emergency ended its epoch.
 */
async function judge(bureau: Bureau, epoch: Epoch, mayBeLate: boolean, signal: AbortSignal): Promise<'ok' | 'late'> {
  const { heads, present } = await bureau.epochs.chain(signal);
  const acceptance = { ...NO_LATE, late: mayBeLate ? bureau.policy.lateDelivery : 0 };
  switch (judgeEpoch(heads, epoch, present, acceptance)) {
    case 'in-force':
    case 'grace':
      return 'ok';
    case 'late':
      return 'late';
    case 'unknown':
    case 'early':
    case 'over':
      throw new ImisError('EPOCH_NOT_IN_FORCE', `signed for epoch ${epochName(epoch)}`);
  }
}

/** CLASS_NOT_ALLOWED unless a doctor of this class may sign such a thing. */
export function checkClass(classNumber: number, matter: SignedMatter): void {
  if (!classesFor(matter).includes(classNumber))
    throw new ImisError('CLASS_NOT_ALLOWED', `class ${classNumber} may not sign a ${matter.purpose}`);
}

/** Verifies a group-signed message of one purpose: signature, epoch, class. */
export async function verifyGroup(
  bureau: Bureau,
  request: RequestContext,
  parsed: ParsedMessage,
  purpose: Purpose,
): Promise<GroupMessage> {
  const { keys } = bureau;
  await verifySignedMessage(
    parsed,
    portsOf(bureau, []),
    { kind: 'group', purposes: [PURPOSES[purpose]], recipient: keyIdentifier(keys.encryption.certificate.spki) },
    request.signal,
  );
  if (parsed.attributes.kind !== 'group') throw new Error('a group message was verified as something else');
  const ctx = decodeContext(parsed.attributes.ctx);
  const result = await judge(bureau, ctx.epoch, purpose !== 'presence' && purpose !== 'emergency', request.signal);
  checkClass(ctx.classNumber, { purpose });
  return { ctx, id: groupMessageId(parsed), parsed, result };
}

/** TIME_SKEW unless an instant of a message is within the policy of the bureau's clock. */
export function checkTime(bureau: Bureau, at: string): void {
  if (Math.abs(Date.parse(at) - bureau.clock.now()) > bureau.policy.maxSkew) {
    throw new ImisError('TIME_SKEW', `the desk's clock says ${at}`);
  }
}

/**
 * For messages that may wait in an outbox: TIME_SKEW for an instant in the bureau's future or longer ago than the policy lets messages
 * come late.
 */
export function checkLateTime(bureau: Bureau, at: string): void {
  const age = bureau.clock.now() - Date.parse(at);
  if (age < -bureau.policy.maxSkew || age > bureau.policy.lateDelivery)
    throw new ImisError('TIME_SKEW', `a message of ${at}`);
}

/** For a consent that waits at a desk: TIME_SKEW for an instant in the bureau's future or longer ago than the policy's life of a consent. */
export function checkConsentTime({ clock, policy }: Pick<Bureau, 'clock' | 'policy'>, at: string): void {
  const age = clock.now() - Date.parse(at);
  if (age < -policy.maxSkew || age > policy.consentLife) throw new ImisError('TIME_SKEW', `a consent of ${at}`);
}

/** CONTEXT_MISMATCH unless the payload names this very terminal. */
export function checkTerminal(request: RequestContext, payload: { readonly terminal: string }): void {
  if (payload.terminal !== request.terminal.id) throw new ImisError('CONTEXT_MISMATCH', 'signed for another terminal');
}

/** Uses up a challenge. CHALLENGE_STALE: unknown, for another terminal or purpose, or too old. CHALLENGE_USED: replayed. */
export async function useChallenge(
  bureau: Bureau,
  request: RequestContext,
  use: { challenge: string; type: string; subject: string | null },
): Promise<void> {
  const result = await bureau.store.useChallenge(
    { ...use, terminal: request.terminal.id, now: bureau.clock.now() },
    request.signal,
  );
  switch (result) {
    case 'ok':
      return;
    case 'stale':
      throw new ImisError('CHALLENGE_STALE', 'no such challenge is open for this terminal');
    case 'used':
      throw new ImisError('CHALLENGE_USED', 'the challenge was answered before');
  }
}
