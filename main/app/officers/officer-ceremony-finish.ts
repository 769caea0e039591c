/**
 * The end of a ceremony for an officer, in two steps as any commitment of several: everybody keeps the new share beside the old one and signs the outcome;
 * only with all signatures does the new share take the old one's place. So an officer who shows different answers to different people cannot leave
 * some with new shares and some with old ones, too few of either to open.
 * @module
 */
import { rename, rm } from 'node:fs/promises';
import { equalBytes, hex, wipe } from '../../../crypto/common/bytes.ts';
import { checkDealings } from '../../../crypto/groupsig/ceremony/deal-message.ts';
import { finishCeremony, nextOpenerSet, settleCeremony } from '../../../crypto/groupsig/ceremony/finish-ceremony.ts';
import type { GroupKey } from '../../../crypto/groupsig/group-key.ts';
import type { OpenerSet } from '../../../crypto/groupsig/opener-set.ts';
import { decodeScalar } from '../../../crypto/groupsig/scalar.ts';
import { jsonText } from '../bureau-files.ts';
import { replaceFile } from '../new-folder.ts';
import { receiveAll } from './officer-ceremony-answer.ts';
import {
  answersIn,
  type Desk,
  dealsOf,
  type Files,
  over,
  readAll,
  readJoins,
  shareIn,
} from './officer-ceremony-desk.ts';
import { eraseState } from './officer-ceremony-state.ts';
import { sealOpenerShare } from './opener-file.ts';
import { openerSetFile, resultMessage } from './opener-set-file.ts';

/** What everybody has published before the end. */
export interface Published {
  readonly joins: Files;
  readonly deals: Files;
  readonly answers: Files;
}

interface Outcome {
  readonly groupKey: GroupKey;
  readonly set: OpenerSet;
  readonly transcript: Uint8Array;
  /** What everybody signs. */
  readonly message: Uint8Array;
}

function outcomeOf({ folder }: Desk, { joins, deals, answers }: Published): Outcome {
  const { ceremony, groupKeyWith } = folder.ceremony;
  const dealings = checkDealings(ceremony, readJoins(joins).commitments, dealsOf(deals));
  const outcome = settleCeremony(ceremony, dealings, answersIn(answers));
  const groupKey = groupKeyWith(outcome.K1);
  const set = nextOpenerSet(ceremony, groupKey, outcome);
  const { transcript } = outcome;
  return { groupKey, set, transcript, message: resultMessage(groupKey, set, transcript) };
}

/** Does this file hold the officer's share of that set? */
async function holdsShareOf(desk: Desk, { groupKey, set }: Outcome, file: string): Promise<boolean> {
  const { backend } = desk.folder.ceremony;
  const share = await shareIn(file, desk);
  if (share === undefined) return false;
  const { index, group, openerSet, kappa } = share;
  const scalar = decodeScalar(kappa);
  wipe(kappa);
  const named = group === hex(groupKey.pkh) && openerSet === set.version && index === desk.me.holder;
  if (!named || scalar === undefined) return false;
  return backend.equal(backend.mulSecret(backend.generators.G, scalar), set.shareKey(index));
}

/** Keeps the new share beside the old one and signs the outcome. A step that broke off in between is only signed now. */
export async function signOutcome(desk: Desk, published: Published): Promise<void> {
  const { folder, me, officer, files, statePath, passphrase } = desk;
  const outcome = outcomeOf(desk, published);
  if (me.holder !== undefined && !(await holdsShareOf(desk, outcome, files.nextOpener))) {
    const { reception } = await receiveAll(desk, published.joins, published.deals);
    if (reception.outcome === 'complaint') throw over('a file changed', { cause: reception.error });
    const { share } = finishCeremony(folder.ceremony.ceremony, reception.state, answersIn(published.answers));
    const belongs = { group: hex(outcome.groupKey.pkh), openerSet: outcome.set.version };
    const sealed = await sealOpenerShare({ ...share, ...belongs }, passphrase, officer.cost);
    wipe(share.kappa);
    replaceFile(files.nextOpener, jsonText(sealed));
  }
  await folder.write('result', me, officer, outcome.message);
  await eraseState(statePath);
}

/**
 * Once everybody has signed: writes the outcome into the ceremony's folder, and puts the new share in place of the old one; an officer who
 * leaves erases the share. Throws CEREMONY_WAITING, or CEREMONY_OVER when somebody signed another outcome.
 */
export async function conclude(desk: Desk, published: Published): Promise<void> {
  const { folder, me, files } = desk;
  const results = await readAll(folder, 'result', folder.ceremony.participants);
  const outcome = outcomeOf(desk, published);
  const other = results.find(({ message }) => !equalBytes(message, outcome.message));
  if (other !== undefined) throw over(`${other.participant.name} signed another outcome`);
  const signatures = results.map(({ file }) => file.signature);
  const { groupKey, set, transcript } = outcome;
  replaceFile(folder.outcome, jsonText(openerSetFile(folder.ceremony, groupKey, set, { transcript, signatures })));
  if (me.holder === undefined) await rm(files.opener, { force: true });
  else if (await holdsShareOf(desk, outcome, files.nextOpener)) await rename(files.nextOpener, files.opener);
}
