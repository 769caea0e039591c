/**
 * The group's keys on one machine: issuer, opening key among five officers of whom three open together, group key and opener set
 * (groupsig note, "Group key, opener set, context"). The opening key comes from the ceremony without a dealer, each officer a participant
 * that sees only its own secrets. On one machine, in one process, that separates nobody: whoever controls the machine meanwhile can
 * learn every share. Officers on machines of their own hold the same ceremony with `imis officer`.
 * @module
 */
import { hex, wipe } from '../../crypto/common/bytes.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { beginDealing, revealDeal } from '../../crypto/groupsig/ceremony/begin-dealing.ts';
import { type Ceremony, openCeremony } from '../../crypto/groupsig/ceremony/ceremony.ts';
import { finishCeremony, nextOpenerSet } from '../../crypto/groupsig/ceremony/finish-ceremony.ts';
import type { Signed } from '../../crypto/groupsig/ceremony/message.ts';
import { planCeremony, upTo } from '../../crypto/groupsig/ceremony/plan.ts';
import { type Received, receiveShares } from '../../crypto/groupsig/ceremony/receive-shares.ts';
import { decodeGroupKey, encodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { setUpIssuer } from '../../crypto/groupsig/issuer.ts';
import type { LoadedOpenerShare } from './officers/opener-file.ts';

/** Officers, and how many of them open a signature. */
const OPENERS = { n: 5, t: 3 } as const;

/** What a ceremony makes. `issuerSecret` and `openers` are secret; the caller writes them apart and wipes them. */
export interface GroupCeremony {
  readonly groupKey: Uint8Array;
  readonly openerSet: Uint8Array;
  readonly issuerSecret: Uint8Array;
  readonly openers: readonly LoadedOpenerShare[];
}

/** One officer in the ceremony. Its polynomial and its share stay inside until it has finished. */
function createParticipant(ceremony: Ceremony, index: number) {
  const { state: dealer, commitment } = beginDealing(ceremony, index);
  const sign = (message: Uint8Array): Signed => ({ from: index, message });
  return {
    index,
    commitment: sign(commitment),
    reveal(commitments: readonly Signed[]) {
      const { deal, shares } = revealDeal(ceremony, dealer, commitments);
      return {
        deal: sign(deal),
        shareFor: (to: number) => shares.filter((share) => share.to === to).map(({ message }) => sign(message)),
      };
    },
    receive(received: Received) {
      const reception = receiveShares(ceremony, index, received);
      if (reception.outcome === 'complaint') throw reception.error;
      const { state, confirmation } = reception;
      return {
        confirmation: sign(confirmation),
        finish: (answers: readonly Signed[]) => finishCeremony(ceremony, state, answers),
      };
    },
  };
}

/** Makes a group; both public parts have been read back by their strict decoders. */
export async function makeGroup(): Promise<GroupCeremony> {
  const backend = await createMclBackend();
  const issuer = setUpIssuer(backend);
  // Everything is in this process: there is no list of participants' keys to bind.
  const nothing = new Uint8Array(32);
  const plan = planCeremony({ kind: 'generate', ...OPENERS, base: nothing, roster: nothing, dealers: upTo(OPENERS.n) });
  const ceremony = openCeremony(backend, plan);

  const officers = plan.dealers.map((index) => createParticipant(ceremony, index));
  const commitments = officers.map(({ commitment }) => commitment);
  const revealed = officers.map((officer) => officer.reveal(commitments));
  const deals = revealed.map(({ deal }) => deal);
  const received = officers.map((officer) =>
    officer.receive({ commitments, deals, shares: revealed.flatMap(({ shareFor }) => shareFor(officer.index)) }),
  );
  const answers = received.map(({ confirmation }) => confirmation);
  const finished = received.map(({ finish }) => finish(answers));
  const [outcome] = finished;
  if (outcome === undefined) throw new Error('makeGroup: there are officers');

  const key = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1: outcome.K1, proof: issuer.proof }));
  const set = nextOpenerSet(ceremony, key, outcome);
  const openers = finished.map(({ share }) => ({ ...share, group: hex(key.pkh), openerSet: set.version }));
  return { groupKey: key.encoded, openerSet: set.encoded, issuerSecret: issuer.secret, openers };
}

/** Erases the secret parts of a group that were written where they belong. */
export const wipeGroup = (group: GroupCeremony): void =>
  wipe(group.issuerSecret, ...group.openers.map(({ kappa }) => kappa));
