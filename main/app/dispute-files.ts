/**
 * Disputes in files: what `imis dispute open | share | combine | judge` do. The case and the shares travel by hand, on paper if need be;
 * only `open` and `combine` work in the bureau's folder.
 * @module
 */

import { existsSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { combineDispute, type Disputed, disputeState, openDispute, takeShare } from '../../bureau/domain/disputes.ts';
import type { Clock } from '../../contract/clock.ts';
import { type CaseFile, CaseId, type Judgement, ProofFile, ShareFile } from '../../contract/dispute.ts';
import { ImisError } from '../../contract/errors.ts';
import { Hash32 } from '../../contract/formats.ts';
import { hex, wipe } from '../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { type CheckedCase, checkCase, judgeProof, shareFor } from '../station/dispute-desk.ts';
import { withBureau } from './administer-bureau.ts';
import { given, jsonText, readBytes, readJson } from './bureau-files.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { createGroupBackend } from './group-backend.ts';
import { replaceFile } from './new-folder.ts';
import { loadOpenerShare } from './officers/opener-file.ts';

const signal = new AbortController().signal;
/** Whoever holds the bureau's folder, in the log. */
const actor = { by: 'administrator', signal } as const;

const Reason = z.string().min(1).max(500);

/** Writes a file that must not be there. Throws FOLDER_EXISTS. */
export function writeNew(path: string, value: unknown): void {
  try {
    writeFileSync(path, jsonText(value), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new BureauFolderError('FOLDER_EXISTS', path, { cause });
    throw cause;
  }
}

/** FOLDER_EXISTS when something lies where the outcome is to go: asked before anything is done that cannot be undone. */
export function mustBeFree(path: string): void {
  if (existsSync(path)) throw new BureauFolderError('FOLDER_EXISTS', path);
}

/** A certificate out of a PEM or DER file. Throws FOLDER_NOT_FOUND, or PkiError. */
export function readCertificate(path: string): Certificate {
  const bytes = readBytes(path);
  const text = Buffer.from(bytes).toString('latin1');
  const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/u.exec(text)?.[1];
  return parseCertificate(pem === undefined ? bytes : fromBase64(pem));
}

/** What is in dispute, as it was typed: a message id, or a file with the signed document. */
export function disputedOf(messageId: string | undefined, signedFile: string | undefined): Disputed {
  if (signedFile !== undefined) return { signed: readBytes(signedFile) };
  return { messageId: given('message', Hash32, messageId) };
}

/** `imis dispute open`: the order, in the bureau's folder. Throws as openDispute, VALUE_INVALID. */
export const openCase = (
  dir: string,
  asked: { readonly caseId: string; readonly reason: string; readonly disputed: Disputed },
  clock: Clock,
): Promise<CaseFile> =>
  withBureau(dir, clock, (bureau) =>
    openDispute(
      bureau,
      {
        caseId: given('case', CaseId, asked.caseId),
        reason: given('reason', Reason, asked.reason),
        disputed: asked.disputed,
      },
      actor,
    ),
  );

/** `imis dispute show`: a case that was ordered before, as it was given out. */
export const showCase = (dir: string, caseId: string, clock: Clock): Promise<CaseFile> =>
  withBureau(dir, clock, async (bureau) => (await disputeState(bureau, given('case', CaseId, caseId), signal)).case);

/** What an officer has opened: a signature is opened under one order and no other, whatever else happens. */
const Ledger = z.strictObject({
  version: z.literal(1),
  opened: z.array(z.strictObject({ messageId: Hash32, orderHash: Hash32, caseId: CaseId })),
});
type Ledger = z.infer<typeof Ledger>;

const ledgerFile = (openerFile: string): string => openerFile.replace(/(\.json)?$/u, '.opened.json');

function readLedger(path: string): Ledger {
  try {
    return readJson(path, Ledger);
  } catch (cause) {
    if (cause instanceof BureauFolderError && cause.code === 'FOLDER_NOT_FOUND') return { version: 1, opened: [] };
    throw cause;
  }
}

/**
 * CASE_CONFLICT when this officer has opened the same signature under another order, unless the new one follows it in the same case after a
 * change of the openers; otherwise writes it down.
 */
function enter(path: string, { order, opening }: CheckedCase): void {
  const ledger = readLedger(path);
  const orderHash = hex(opening.orderHash);
  const known = ledger.opened.find(({ messageId }) => messageId === order.messageId);
  const follows = known?.orderHash === order.supersedes && known.caseId === order.caseId;
  if (known !== undefined && known.orderHash !== orderHash && !follows)
    throw new ImisError('CASE_CONFLICT', `opened before in case ${known.caseId}`);
  if (known?.orderHash === orderHash) return;
  const entry = { messageId: order.messageId, orderHash, caseId: order.caseId };
  const others = ledger.opened.filter(({ messageId }) => messageId !== order.messageId);
  replaceFile(path, jsonText({ ...ledger, opened: [...others, entry] }));
}

/** `imis dispute share`: an officer's share. Written down in the officer's ledger before it leaves. Throws as checkCase, loadOpenerShare. */
export async function makeShare(input: {
  readonly caseFile: string;
  readonly openerFile: string;
  readonly passphrase: Uint8Array;
  readonly bureauCa: string;
}): Promise<{ readonly share: ShareFile; readonly index: number; readonly reason: string }> {
  const backend = await createGroupBackend()();
  const anchors = { backend, bureauCa: readCertificate(input.bureauCa) };
  const checked = await checkCase(readJson(input.caseFile, z.unknown()), anchors, signal);
  const { order, opening } = checked;
  const own = await loadOpenerShare(input.openerFile, input.passphrase);
  try {
    if (own.group !== hex(opening.groupKey.pkh) || own.openerSet !== opening.openerSet.version)
      throw new ImisError('SHARE_KEY_MISMATCH', 'the share is of another group or opener set');
    enter(ledgerFile(input.openerFile), checked);
    const sealed = toBase64(shareFor(checked, own, backend));
    const share: ShareFile = { type: 'opening-share', version: 1, caseId: order.caseId, sealed };
    return { share, index: own.index, reason: order.reason };
  } finally {
    wipe(own.kappa);
  }
}

/** `imis dispute combine`: takes the shares in, in the bureau's folder, and combines. A share that is there already is passed over. */
export const combineCase = (
  dir: string,
  caseId: string,
  shareFiles: readonly string[],
  clock: Clock,
): Promise<ProofFile> =>
  withBureau(dir, clock, async (bureau) => {
    const shares = shareFiles.map((file) => readJson(file, ShareFile));
    const foreign = shares.find((share) => share.caseId !== caseId);
    if (foreign !== undefined) throw new ImisError('SHARE_INVALID', `a share for case ${foreign.caseId}`);
    for (const { sealed } of shares) {
      const taken = takeShare(bureau, { caseId, sealed: fromBase64(sealed) }, actor);
      await taken.catch((cause: unknown) => {
        if (!(cause instanceof ImisError) || cause.code !== 'SHARE_INDEX_REPEATED') throw cause;
      });
    }
    return combineDispute(bureau, given('case', CaseId, caseId), actor);
  });

/** `imis dispute judge`: repeats the opening from a proof; needs nothing of the bureau but two public certificates. */
export async function judgeCase(input: {
  readonly proofFile: string;
  readonly bureauCa: string;
  readonly professionalCa: string;
}): Promise<Judgement> {
  const backend = await createGroupBackend()();
  const anchors = {
    backend,
    bureauCa: readCertificate(input.bureauCa),
    professionalCa: readCertificate(input.professionalCa),
  };
  return judgeProof(readJson(input.proofFile, ProofFile), anchors, signal);
}
