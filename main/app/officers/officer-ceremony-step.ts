/**
 * An officer's next step in a key ceremony. Which one is due follows from the files that are there, so the same call is made again and again
 * until it answers `done`:
 *
 * 1. `join`: publish a key for this ceremony and, when dealing, the hash of the broadcast.
 * 2. `deal`, once all have joined: publish the broadcast and the sealed shares.
 * 3. `answer`, once all have dealt: confirm or complain.
 * 4. `sign`, once all have confirmed: keep the new share beside the old one, and sign the outcome.
 * 5. `done`, once all have signed: the new share takes the old one's place; the outcome lies in the folder.
 * @module
 */
import { hex, wipe } from '../../../crypto/common/bytes.ts';
import { GroupSigError } from '../../../crypto/groupsig/groupsig-error.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { answerDeals, refuseComplaints } from './officer-ceremony-answer.ts';
import { dealShares, joinCeremony } from './officer-ceremony-deal.ts';
import { type Desk, over, readAll } from './officer-ceremony-desk.ts';
import { createCeremonyFolder, loadCeremony } from './officer-ceremony-files.ts';
import { conclude, signOutcome } from './officer-ceremony-finish.ts';
import { eraseState } from './officer-ceremony-state.ts';
import { fingerprintOf, officerFiles, openOfficer } from './officer-folder.ts';

/** What the call did. `ceremony` is its hash in hex. */
export interface StepTaken {
  readonly ceremony: string;
  readonly step: 'join' | 'deal' | 'answer' | 'sign' | 'done';
}

async function dueStep(desk: Desk): Promise<StepTaken['step']> {
  const { folder, me } = desk;
  const { participants, dealers, holders } = folder.ceremony;
  if (!(await folder.has('join', me))) {
    await joinCeremony(desk);
    return 'join';
  }
  const joins = await readAll(folder, 'join', participants);
  if (me.dealer !== undefined && !(await folder.has('deal', me))) {
    await dealShares(desk, joins);
    return 'deal';
  }
  const deals = await readAll(folder, 'deal', dealers);
  await refuseComplaints(desk, joins, deals);
  if (me.holder !== undefined && !(await folder.has('answer', me))) {
    await answerDeals(desk, joins, deals);
    return 'answer';
  }
  const answers = await readAll(folder, 'answer', holders);
  if (!(await folder.has('result', me))) {
    await signOutcome(desk, { joins, deals, answers });
    return 'sign';
  }
  await conclude(desk, { joins, deals, answers });
  return 'done';
}

/**
 * Takes the step that is due. Throws CEREMONY_WAITING (with names) where others come first, CEREMONY_OVER where the ceremony has ended,
 * CEREMONY_STRANGER, CEREMONY_FILE_INVALID, OPENER_SHARE_OTHER, OPENER_SHARE_PRESENT, and what opening the folders throws.
 */
export async function takeStep(dir: string, officerDir: string, passphrase: Uint8Array): Promise<StepTaken> {
  const ceremony = await loadCeremony(dir);
  const officer = await openOfficer(officerDir, passphrase);
  const { hash } = ceremony.ceremony.plan;
  const files = officerFiles(officerDir);
  const statePath = files.ceremony(hash);
  try {
    const me = ceremony.participants.find((one) => fingerprintOf(one) === fingerprintOf(officer));
    if (me === undefined) throw new BureauFolderError('CEREMONY_STRANGER', officer.name);
    const folder = createCeremonyFolder(dir, ceremony);
    const step = await dueStep({ folder, me, officer, files, passphrase, statePath });
    return { ceremony: hex(hash), step };
  } catch (cause) {
    const ended = cause instanceof GroupSigError ? over(`${cause.code} ${cause.index ?? ''}`.trim(), { cause }) : cause;
    if (ended instanceof BureauFolderError && ended.code === 'CEREMONY_OVER') await eraseState(statePath);
    throw ended;
  } finally {
    wipe(officer.secret);
  }
}

/** Erases what the officer keeps for a ceremony that will not be finished. The officer cannot take part in it any more. Throws as `loadCeremony`. */
export async function abandonCeremony(dir: string, officerDir: string): Promise<string> {
  const { hash } = (await loadCeremony(dir)).ceremony.plan;
  await eraseState(officerFiles(officerDir).ceremony(hash));
  return hex(hash);
}
