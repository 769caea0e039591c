/**
 * The outcome of the officers' ceremony as a file: group key, opener set, and everybody's signature under them. New holders and those who
 * dealt sign alike, so that old officers vouch for the new ones. The bureau countersigns what it adopts.
 * @module
 */

import { z } from 'zod';
import { Base64, Hash32 } from '../../../contract/formats.ts';
import { concat, equalBytes, fromHex, hex, lp } from '../../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../../crypto/envelope/base64.ts';
import { decodeGroupKey, type GroupKey } from '../../../crypto/groupsig/group-key.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { decodeOpenerSet, type OpenerSet } from '../../../crypto/groupsig/opener-set.ts';
import { verifyP256 } from '../../../crypto/pki/certificate-signer.ts';
import { parseCertificate } from '../../../crypto/pki/parse-certificate.ts';
import { readJson } from '../bureau-files.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { CeremonyFile, checkCeremony, type OfficerCeremony, statementBytes } from './officer-ceremony-files.ts';

/** opener-set.json; `signatures` in the order of the participants, `bureau` once it has been adopted. */
export const OpenerSetFile = z.strictObject({
  version: z.literal(1),
  ceremony: CeremonyFile,
  groupKey: Base64,
  openerSet: Base64,
  /** Hash of all broadcasts of the ceremony. */
  transcript: Hash32,
  signatures: z.array(Base64),
  bureau: z.strictObject({ certificate: Base64, signature: Base64 }).exactOptional(),
});
export type OpenerSetFile = z.infer<typeof OpenerSetFile>;

/** What everybody signs: lp(group key) ‖ lp(OS_v) ‖ transcript(32). */
export const resultMessage = (groupKey: GroupKey, set: OpenerSet, transcript: Uint8Array): Uint8Array =>
  concat(lp(groupKey.encoded), lp(set.encoded), transcript);

/** An opener set with those who signed it. */
export interface SignedOpenerSet {
  readonly file: OpenerSetFile;
  readonly ceremony: OfficerCeremony;
  readonly groupKey: GroupKey;
  readonly set: OpenerSet;
  /** What the signatures are over. */
  readonly message: Uint8Array;
}

/** The file for an outcome that everybody has signed. */
export const openerSetFile = (
  { file }: OfficerCeremony,
  groupKey: GroupKey,
  set: OpenerSet,
  outcome: { readonly transcript: Uint8Array; readonly signatures: readonly string[] },
): OpenerSetFile => ({
  version: 1,
  ceremony: file,
  groupKey: toBase64(groupKey.encoded),
  openerSet: toBase64(set.encoded),
  transcript: hex(outcome.transcript),
  signatures: [...outcome.signatures],
});

async function check(file: OpenerSetFile, path: string): Promise<SignedOpenerSet> {
  const ceremony = await checkCeremony(file.ceremony, path);
  const { backend, participants } = ceremony;
  const { plan, previous } = ceremony.ceremony;
  const groupKey = decodeGroupKey(backend, fromBase64(file.groupKey));
  const set = decodeOpenerSet(backend, groupKey, fromBase64(file.openerSet));
  const planned =
    equalBytes(ceremony.groupKeyWith(backend.encodeG1(groupKey.K1)).encoded, groupKey.encoded) &&
    [set.n, set.t, set.version].join() === [plan.n, plan.t, (previous?.version ?? 0) + 1].join();
  const message = resultMessage(groupKey, set, fromHex(file.transcript));
  const signed =
    file.signatures.length === participants.length &&
    participants.every(({ place, signing }, i) =>
      verifyP256(signing, statementBytes(plan.hash, 'result', place, message), fromBase64(file.signatures[i] ?? '')),
    );
  if (!planned || !signed) throw new BureauFolderError('OPENER_SET_REFUSED', path);
  const { bureau } = file;
  if (bureau !== undefined) {
    const { kind, spki } = parseCertificate(fromBase64(bureau.certificate));
    const bytes = statementBytes(plan.hash, 'bureau', 0, message);
    if (kind !== 'bureau-signing' || !verifyP256(spki, bytes, fromBase64(bureau.signature))) {
      throw new BureauFolderError('OPENER_SET_REFUSED', path);
    }
  }
  return { file, ceremony, groupKey, set, message };
}

/**
 * Reads and checks an opener set with all signatures in it. Whether the bureau's certificate is one to trust is the caller's matter. Throws
 * FOLDER_NOT_FOUND, FOLDER_DAMAGED, or OPENER_SET_REFUSED when it is not what its ceremony was to make or not everybody signed.
 */
export async function readOpenerSet(path: string): Promise<SignedOpenerSet> {
  const file = readJson(path, OpenerSetFile);
  try {
    return await check(file, path);
  } catch (cause) {
    if (cause instanceof GroupSigError) throw new BureauFolderError('OPENER_SET_REFUSED', path, { cause });
    throw cause;
  }
}
