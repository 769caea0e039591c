/**
 * The first two steps of an officer in a ceremony: join it, and deal once everybody has joined.
 * @module
 */
import { concat, utf8, wipe } from '../../../crypto/common/bytes.ts';
import { seal } from '../../../crypto/envelope/seal.ts';
import { beginDealing, revealDeal } from '../../../crypto/groupsig/ceremony/begin-dealing.ts';
import { generateP256 } from '../../../crypto/pki/key-store.ts';
import { BureauFolderError } from '../bureau-folder-error.ts';
import { type Desk, type Files, oldShare, over, readJoins, shareIn } from './officer-ceremony-desk.ts';
import { signStatement } from './officer-ceremony-files.ts';
import { loadState, saveState } from './officer-ceremony-state.ts';

/**
 * Publishes a key agreement key for this ceremony and, of one who deals, the hash of the broadcast. Throws OPENER_SHARE_OTHER, and
 * OPENER_SHARE_PRESENT where another share is in the way.
 */
export async function joinCeremony(desk: Desk): Promise<void> {
  const { folder, me, officer, statePath } = desk;
  const { ceremony } = folder.ceremony;
  const old = await oldShare(desk);
  // Who will hold a share must have room for it: a folder has one.
  if (old === undefined && me.holder !== undefined && (await shareIn(desk.files.opener, desk)) !== undefined) {
    throw new BureauFolderError('OPENER_SHARE_PRESENT', desk.files.opener);
  }
  const { privateKey: agreement, spki } = await generateP256();
  const begun = me.dealer === undefined ? undefined : beginDealing(ceremony, me.dealer, { old });
  if (old !== undefined) wipe(old.kappa);
  await saveState(statePath, ceremony.plan.hash, officer.secret, { dealer: begun?.state, agreement });
  if (begun !== undefined) wipe(begun.state.coefficients);
  await folder.write('join', me, officer, concat(spki, begun?.commitment ?? new Uint8Array(0)));
}

/** Publishes the broadcast and a sealed share for each holder, and forgets the polynomial. */
export async function dealShares(desk: Desk, joins: Files): Promise<void> {
  const { folder, me, officer, statePath } = desk;
  const { ceremony, holders } = folder.ceremony;
  const { plan } = ceremony;
  const { dealer, agreement } = await loadState(statePath, plan.hash, officer.secret);
  if (dealer === undefined || me.dealer === undefined) throw over('the polynomial is gone: a broadcast was lost');
  const { keys, commitments } = readJoins(joins);
  const revealed = revealDeal(ceremony, { index: me.dealer, ...dealer }, commitments);
  for (const { to, message } of revealed.shares) {
    const recipient = holders.find(({ holder }) => holder === to);
    const spki = recipient === undefined ? undefined : keys.get(recipient);
    if (recipient === undefined || spki === undefined) throw new Error('deal: every holder has joined');
    const content = utf8(JSON.stringify(await signStatement(folder.ceremony, officer, 'share', me.place, message)));
    await folder.writeShare(me, recipient, seal(content, [{ spki }]));
    wipe(content, message);
  }
  await folder.write('deal', me, officer, revealed.deal);
  await saveState(statePath, plan.hash, officer.secret, { dealer: undefined, agreement });
}
