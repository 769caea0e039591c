/**
 * An officer's answer in a ceremony: check what came in, then confirm or complain; and what others' complaints say.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { readUtf8, wipe } from '../../../crypto/common/bytes.ts';
import { EnvelopeError } from '../../../crypto/envelope/envelope-error.ts';
import { open } from '../../../crypto/envelope/open.ts';
import { createSoftwareKeyAgreement } from '../../../crypto/envelope/recipient-key.ts';
import { decodeComplaint, encodeComplaint, isComplaintProven } from '../../../crypto/groupsig/ceremony/complaint.ts';
import { isOfType, type Signed } from '../../../crypto/groupsig/ceremony/message.ts';
import { type Reception, receiveShares } from '../../../crypto/groupsig/ceremony/receive-shares.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { type Desk, dealsOf, type Files, oldShare, over, readJoins } from './officer-ceremony-desk.ts';
import { type Participant, readStatement, SignedFile } from './officer-ceremony-files.ts';
import { loadState } from './officer-ceremony-state.ts';

const signal = new AbortController().signal;

/** A share for this officer, or undefined where what lies there cannot be opened or was not signed by its dealer. */
async function openShare(
  { folder, me }: Desk,
  agreement: KeyObject,
  from: Participant,
): Promise<{ file: SignedFile; signed: Signed } | undefined> {
  const sealed = await folder.readShare(from, me);
  if (sealed === undefined) throw new BureauFolderError('CEREMONY_WAITING', `share: ${from.name}`);
  let content: Uint8Array;
  try {
    content = await open(sealed, createSoftwareKeyAgreement(agreement), signal);
  } catch (cause) {
    if (cause instanceof EnvelopeError) return undefined;
    throw cause;
  }
  const file = SignedFile.safeParse(parseJson(readUtf8(content)));
  if (!file.success) return undefined;
  const message = readStatement(folder.ceremony, file.data, 'share', from);
  return message === undefined ? undefined : { file: file.data, signed: { from: from.dealer ?? 0, message } };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type Reaction = { readonly reception: Reception; readonly evidence: SignedFile[] };

/** Checks all that came in for this officer; a share that cannot be opened makes a complaint nobody else can check. */
export async function receiveAll(desk: Desk, joins: Files, deals: Files): Promise<Reaction> {
  const { me, folder, officer, statePath } = desk;
  const { ceremony, dealers } = folder.ceremony;
  const index = me.holder ?? 0;
  const { agreement } = await loadState(statePath, ceremony.plan.hash, officer.secret);
  const opened = await Promise.all(dealers.map((from) => openShare(desk, agreement, from)));
  const unreadable = dealers[opened.indexOf(undefined)]?.dealer;
  if (unreadable !== undefined) {
    const reason = 'CEREMONY_SHARE_INVALID';
    const complaint = encodeComplaint(ceremony, index, { accused: unreadable, reason });
    const error = new GroupSigError(reason, 'share cannot be opened', { index: unreadable });
    return { reception: { outcome: 'complaint', error, complaint, evidence: [] }, evidence: [] };
  }
  const shares = opened.flatMap((one) => one ?? []);
  const received = {
    commitments: readJoins(joins).commitments,
    deals: dealsOf(deals),
    shares: shares.map(({ signed }) => signed),
  };
  const old = ceremony.plan.kind === 'refresh' ? await oldShare(desk) : undefined;
  const reception = receiveShares(ceremony, index, received, old);
  if (old !== undefined) wipe(old.kappa);
  if (reception.outcome === 'confirmed') return { reception, evidence: [] };
  // A broadcast lies in the folder with its signature; a share is shown only where it is the share that does not fit.
  const shown = shares.filter(({ signed }) => reception.evidence.includes(signed)).map(({ file }) => file);
  return { reception, evidence: shown };
}

/** Writes the confirmation; or the complaint with its evidence, and throws CEREMONY_OVER. */
export async function answerDeals(desk: Desk, joins: Files, deals: Files): Promise<void> {
  const { folder, me, officer } = desk;
  const { reception, evidence } = await receiveAll(desk, joins, deals);
  if (reception.outcome === 'confirmed') {
    wipe(reception.state.kappa);
    await folder.write('answer', me, officer, reception.confirmation);
    return;
  }
  await folder.write('answer', me, officer, reception.complaint, evidence.length === 0 ? undefined : evidence);
  const accused = folder.ceremony.dealers.find(({ dealer }) => dealer === reception.error.index);
  throw over(`complaint about ${accused?.name ?? '?'}: ${reception.error.code}`, { cause: reception.error });
}

/** Throws CEREMONY_OVER when somebody complained, with what the evidence says. */
export async function refuseComplaints(desk: Desk, joins: Files, deals: Files): Promise<void> {
  const { folder } = desk;
  const { ceremony, holders, dealers } = folder.ceremony;
  for (const holder of holders) {
    const read = await folder.read('answer', holder);
    if (read === undefined || !isOfType(read.message, 'complaint')) continue;
    const signed = { from: holder.holder ?? 0, message: read.message };
    const { accused, reason } = decodeComplaint(ceremony, signed);
    const dealer = dealers.find((one) => one.dealer === accused);
    const shares = (read.file.evidence ?? []).flatMap((statement) => {
      const message = dealer === undefined ? undefined : readStatement(folder.ceremony, statement, 'share', dealer);
      return message === undefined ? [] : [{ from: accused, message }];
    });
    const evidence = [...readJoins(joins).commitments, ...dealsOf(deals), ...shares];
    const proven = isComplaintProven(ceremony, signed, evidence) ? 'proven' : 'not proven';
    throw over(`${holder.name} complains about ${dealer?.name ?? '?'}: ${reason}, ${proven}`);
  }
}
