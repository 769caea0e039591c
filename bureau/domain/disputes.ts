/**
 * Disputes at the bureau: the order to open a signature, the officers' shares, their combination. The bureau alone cannot open anything;
 * t of n officers can, and every step is in the append-only log (groupsig note, "Opening (t of n) and judge").
 * @module
 */

import type { z } from 'zod';
import { instantOf } from '../../contract/calendar.ts';
import {
  CaseFile,
  type CaseState,
  type OpeningLogLine,
  type OpeningOrder,
  type ProofFile,
  type RegisterAnswer,
} from '../../contract/dispute.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { open } from '../../crypto/envelope/open.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { signMessage } from '../../crypto/envelope/signed-message.ts';
import { combineShares } from '../../crypto/groupsig/combine.ts';
import { decodeContext } from '../../crypto/groupsig/context.ts';
import { joinRecordHash } from '../../crypto/groupsig/join.ts';
import { decodeOpenerSet, type OpenerSet } from '../../crypto/groupsig/opener-set.ts';
import { decodeOpeningShare, isOpeningShareValid, type OpeningCase } from '../../crypto/groupsig/opening-share.ts';
import { decodeSignature, messageId } from '../../crypto/groupsig/signature.ts';
import type { OpeningLogRow } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';
import { epochName } from './epochs.ts';

import { bureauHead } from './outgoing.ts';

const MAX_SHARE_BYTES = 16 * 1024;

/** Who asks, for the log. */
export interface DisputeActor {
  /** Serial number of a staff certificate, or `administrator`. */
  readonly by: string;
  readonly signal: AbortSignal;
}

/** What is to be opened: a message the bureau accepted, or a signed document somebody presents (DER of SignedData). */
export type Disputed = { readonly messageId: string } | { readonly signed: Uint8Array };

/** The signed document in dispute. NOT_FOUND for an id the bureau never accepted. */
async function documentOf(bureau: Bureau, disputed: Disputed, signal: AbortSignal): Promise<Uint8Array> {
  if ('signed' in disputed) return disputed.signed;
  const row = await bureau.store.message(disputed.messageId, signal);
  if (row === undefined) throw new ImisError('NOT_FOUND', 'no message with this id was accepted');
  return row.signed;
}

const logRow = (
  bureau: Bureau,
  line: Pick<OpeningLogRow, 'case_id' | 'message_id' | 'step' | 'opener' | 'hash' | 'by'>,
): OpeningLogRow => ({
  version: 1,
  type: 'opening',
  institution: bureau.keys.institution,
  key_id: hex(bureau.keys.group.key.pkh),
  ...line,
  at: bureau.clock.now(),
});

/** A statement in a case, signed by the bureau; DER of SignedData. Its recipient is the opener set. */
function signStatement(
  bureau: Bureau,
  statement: OpeningOrder | RegisterAnswer,
  set: OpenerSet,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return signMessage(
    {
      contentType: IMIS_OID.jsonContent,
      content: utf8(JSON.stringify(statement)),
      certificates: [],
      attributes: {
        kind: 'p256',
        signingTime: bureau.clock.now(),
        context: {
          version: 1,
          type: statement.type,
          messageId: secureRng(16),
          senderTerminal: new Uint8Array(16),
          recipient: set.hash,
          pid: new Uint8Array(0),
          pcertHash: new Uint8Array(0),
        },
      },
    },
    bureau.keys.signing.signer,
    signal,
  );
}

/** The revision that follows the orders of a case, with the hash of the newest; CASE_EXISTS unless its openers have handed their shares on. */
async function nextRevision(
  bureau: Bureau,
  caseId: string,
  set: OpenerSet,
  signal: AbortSignal,
): Promise<{ readonly revision: number; readonly supersedes: string | null }> {
  const before = await bureau.store.openingCase(caseId, signal);
  if (before === undefined) return { revision: 1, supersedes: null };
  const file = CaseFile.parse(JSON.parse(before.file));
  if (file.openerSet === toBase64(set.encoded)) throw new ImisError('CASE_EXISTS', `case ${caseId} has an order`);
  return { revision: before.revision + 1, supersedes: hex(h256(fromBase64(file.order))) };
}

/**
 * Opens a case, or orders it anew after the openers have changed. The signature is verified first: SIGNATURE_INVALID, or CONTEXT_MISMATCH for a document that is not group-signed.
 * CASE_EXISTS for a case number that is taken, CASE_CONFLICT when the signature was opened under another order.
 */
export async function openDispute(
  bureau: Bureau,
  asked: { readonly caseId: string; readonly reason: string; readonly disputed: Disputed },
  actor: DisputeActor,
): Promise<CaseFile> {
  const { group, encryption } = bureau.keys;
  const { signal } = actor;
  const message = parseSignedMessage(await documentOf(bureau, asked.disputed, signal));
  const { attributes, signature } = message;
  if (attributes.kind !== 'group') throw new ImisError('CONTEXT_MISMATCH', 'not a group-signed document');
  const messageHash = h256(message.signedAttributes);
  if (!(await group.verifier.verify(attributes.ctx, messageHash, signature, signal)))
    throw new ImisError('SIGNATURE_INVALID', 'the signature to open does not hold');
  const ctx = decodeContext(attributes.ctx);
  const epoch = await bureau.store.epoch(epochName(ctx.epoch), signal);
  if (epoch === undefined) throw new ImisError('EPOCH_NOT_IN_FORCE', 'the bureau never began this epoch');
  const set = decodeOpenerSet(group.backend, group.key, group.openerSet);
  const id = hex(messageId(attributes.ctx, messageHash, signature));
  const now = bureau.clock.now();
  const { revision, supersedes } = await nextRevision(bureau, asked.caseId, set, signal);
  const order: OpeningOrder = {
    type: 'opening-order',
    ...bureauHead(bureau),
    caseId: asked.caseId,
    messageId: id,
    openerSet: hex(set.hash),
    epochHead: hex(h256(new Uint8Array(epoch.head))),
    supersedes,
    reason: asked.reason,
    orderedBy: actor.by,
    at: instantOf(now),
  };
  const signed = await signStatement(bureau, order, set, signal);
  const file: CaseFile = {
    type: 'opening-case',
    version: 1,
    order: toBase64(signed),
    ctx: toBase64(attributes.ctx),
    messageHash: hex(messageHash),
    signature: toBase64(signature),
    epochHead: toBase64(epoch.head),
    groupKey: toBase64(group.key.encoded),
    groupCertificate: toBase64(group.certificate.der),
    openerSet: toBase64(set.encoded),
    combinerCertificate: toBase64(encryption.certificate.der),
  };
  const head = { version: 1, type: 'opening-case', institution: bureau.keys.institution, key_id: hex(group.key.pkh) };
  const row = { ...head, case_id: asked.caseId, revision, message_id: id, file: JSON.stringify(file), ordered_at: now };
  const line = { case_id: asked.caseId, message_id: id, opener: null, by: actor.by };
  const outcome = await bureau.store.saveCase(
    row,
    logRow(bureau, { ...line, step: 'ordered', hash: hex(h256(signed)) }),
    signal,
  );
  switch (outcome) {
    case 'stored':
      return file;
    case 'case':
      throw new ImisError('CASE_EXISTS', `case ${asked.caseId} has an order`);
    case 'message':
      throw new ImisError('CASE_CONFLICT', 'this signature is opened in another case');
  }
}

/** A case as it is stored, with what the algebra needs of it. */
interface LoadedCase {
  readonly row: Row<'opening_case'>;
  readonly file: CaseFile;
  readonly opening: OpeningCase;
}

async function loadCase(bureau: Bureau, caseId: string, signal: AbortSignal): Promise<LoadedCase> {
  const row = await bureau.store.openingCase(caseId, signal);
  if (row === undefined) throw new ImisError('NOT_FOUND', `no case ${caseId}`);
  const file = CaseFile.parse(JSON.parse(row.file));
  const { backend, key } = bureau.keys.group;
  return {
    row,
    file,
    opening: {
      groupKey: key,
      // The set the order names, also when another has followed it since.
      openerSet: decodeOpenerSet(backend, key, fromBase64(file.openerSet)),
      ctx: fromBase64(file.ctx),
      messageHash: fromHex(file.messageHash),
      signature: fromBase64(file.signature),
      orderHash: h256(fromBase64(file.order)),
    },
  };
}

async function stateOf(bureau: Bureau, { row, file, opening }: LoadedCase, signal: AbortSignal): Promise<CaseState> {
  const shares = await bureau.store.shares(row.case_id, row.revision, signal);
  return {
    caseId: row.case_id,
    shares: shares.map(({ opener }) => opener),
    needed: opening.openerSet.t,
    case: file,
  };
}

/** How far a case is; NOT_FOUND. */
export const disputeState = async (bureau: Bureau, caseId: string, signal: AbortSignal): Promise<CaseState> =>
  stateOf(bureau, await loadCase(bureau, caseId, signal), signal);

/** Takes an officer's sealed share in. SHARE_INVALID (malformed, or its proof fails for this case), SHARE_INDEX_RANGE, SHARE_INDEX_REPEATED. */
export async function takeShare(
  bureau: Bureau,
  given: { readonly caseId: string; readonly sealed: Uint8Array },
  actor: DisputeActor,
): Promise<CaseState> {
  const { backend } = bureau.keys.group;
  const { signal } = actor;
  const loaded = await loadCase(bureau, given.caseId, signal);
  const { opening } = loaded;
  const bytes = await open(given.sealed, bureau.keys.encryption.key, signal, { maxBytes: MAX_SHARE_BYTES });
  const share = decodeOpeningShare(backend, bytes);
  const E1 = decodeSignature(backend, opening.signature)?.E1;
  if (share === undefined || E1 === undefined) throw new ImisError('SHARE_INVALID', 'the share is malformed');
  if (share.index < 1 || share.index > opening.openerSet.n)
    throw new ImisError('SHARE_INDEX_RANGE', `no opener ${share.index}`);
  if (!isOpeningShareValid(backend, opening, E1, share))
    throw new ImisError('SHARE_INVALID', `the proof of opener ${share.index} fails for this case`);
  const head = { version: 1, type: 'opening-share', institution: bureau.keys.institution };
  const { case_id, revision, message_id, key_id } = loaded.row;
  const saved = await bureau.store.saveShare(
    { ...head, key_id, case_id, revision, opener: share.index, share: bytes, received_at: bureau.clock.now() },
    logRow(bureau, { case_id, message_id, step: 'share', opener: share.index, hash: hex(h256(bytes)), by: actor.by }),
    signal,
  );
  if (!saved) throw new ImisError('SHARE_INDEX_REPEATED', `opener ${share.index} has given a share`);
  return stateOf(bureau, loaded, signal);
}

/** A record of the register as the judge reads it. */
const recordFile = (member: Row<'group_member'>): NonNullable<ProofFile['record']> => ({
  J: toBase64(member.join_string),
  c: hex(member.proof_c),
  z: hex(member.proof_z),
  signature: toBase64(member.signature),
  certificate: toBase64(member.certificate),
});

/** What the register says of a Q, signed: the bureau cannot deny a record afterwards, nor anybody else take it out of a proof. */
function answerOf(
  bureau: Bureau,
  found: {
    readonly caseId: string;
    readonly opening: OpeningCase;
    readonly Q: Uint8Array;
    readonly member: Row<'group_member'> | undefined;
  },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { caseId, opening, Q, member } = found;
  const record =
    member === undefined
      ? undefined
      : joinRecordHash({
          J: member.join_string,
          c: member.proof_c,
          z: member.proof_z,
          sigD: member.signature,
          certD: member.certificate,
        });
  const answer: RegisterAnswer = {
    type: 'register-answer',
    ...bureauHead(bureau),
    caseId,
    order: hex(opening.orderHash),
    member: hex(h256(Q)),
    record: record === undefined ? null : hex(record),
    joinedAt: member === undefined ? null : instantOf(member.joined_at),
    at: instantOf(bureau.clock.now()),
  };
  return signStatement(bureau, answer, opening.openerSet, signal);
}

/** Combines t shares and looks the doctor up. CASE_NOT_READY while there are fewer. Asked again it gives the same and is logged again. */
export async function combineDispute(bureau: Bureau, caseId: string, actor: DisputeActor): Promise<ProofFile> {
  const { signal } = actor;
  const { row, file, opening } = await loadCase(bureau, caseId, signal);
  const stored = await bureau.store.shares(caseId, row.revision, signal);
  const { t } = opening.openerSet;
  if (stored.length < t) throw new ImisError('CASE_NOT_READY', `${stored.length} of ${t} shares are there`);
  const shares = stored.slice(0, t).map(({ share }) => new Uint8Array(share));
  const Q = combineShares(bureau.keys.group.backend, opening, shares);
  const member = await bureau.store.member(hex(Q), signal);
  const proof: ProofFile = {
    type: 'opening-proof',
    version: 1,
    case: file,
    shares: shares.map(toBase64),
    record: member === undefined ? null : recordFile(member),
    register: toBase64(await answerOf(bureau, { caseId, opening, Q, member }, signal)),
  };
  const line = { case_id: caseId, message_id: row.message_id, step: 'combined', opener: null, by: actor.by };
  const hash = hex(h256(utf8(JSON.stringify(proof))));
  await bureau.store.appendOpeningLog(logRow(bureau, { ...line, hash }), signal);
  return proof;
}

/** Every step of every opening, oldest first. */
export async function openingLog(bureau: Bureau, signal: AbortSignal): Promise<z.input<typeof OpeningLogLine>[]> {
  const rows = await bureau.store.openingLog(undefined, signal);
  return rows.map((row) => ({
    caseId: row.case_id,
    messageId: row.message_id,
    // Written by this file alone.
    step: row.step as z.input<typeof OpeningLogLine>['step'],
    opener: row.opener,
    hash: row.hash,
    by: row.by,
    at: instantOf(row.at),
  }));
}
