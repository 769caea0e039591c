/**
 * A key ceremony played in memory among honest participants, with a hand in between that may change what travels.
 * @module
 */
import type { Rng } from '../../common/random.ts';
import type { GroupBackend } from '../backend.ts';
import { beginDealing, revealDeal } from '../ceremony/begin-dealing.ts';
import { type Ceremony, openCeremony } from '../ceremony/ceremony.ts';
import { type CeremonyOutcome, finishCeremony, nextOpenerSet } from '../ceremony/finish-ceremony.ts';
import type { MessageType, Signed } from '../ceremony/message.ts';
import { type CeremonyKind, planCeremony, upTo } from '../ceremony/plan.ts';
import { type Received, type Reception, receiveShares } from '../ceremony/receive-shares.ts';
import { decodeGroupKey, encodeGroupKey, type GroupKey } from '../group-key.ts';
import { setUpIssuer } from '../issuer.ts';
import type { OpenerSet } from '../opener-set.ts';
import type { OpenerShare } from '../opener-share.ts';

/** A message on its way; `to` is 0 where everybody sees the same. */
export interface Delivery {
  readonly type: MessageType;
  readonly from: number;
  readonly to: number;
  readonly message: Uint8Array;
}

/** What arrives instead: by default what was sent. */
export type Hand = (delivery: Delivery) => Uint8Array | readonly Uint8Array[];

const asList = (arrived: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] =>
  arrived instanceof Uint8Array ? [arrived] : arrived;

/** A ceremony whose base and roster are zeros where nothing else is known. */
export function sampleCeremony(
  backend: GroupBackend,
  wanted: {
    readonly kind: CeremonyKind;
    readonly n: number;
    readonly t: number;
    readonly dealers?: readonly number[];
    readonly previous?: OpenerSet;
    readonly rng: Rng;
  },
): Ceremony {
  const { kind, n, t, previous, rng, dealers = upTo(n) } = wanted;
  const base = previous?.hash ?? new Uint8Array(32);
  return openCeremony(backend, planCeremony({ kind, n, t, base, roster: new Uint8Array(32), dealers }, rng), previous);
}

/** Rounds 1 to 3 of everybody: what each participant answers, and all that travelled. */
export function playRounds(
  ceremony: Ceremony,
  { old = [], rng, hand = ({ message }) => message }: { old?: readonly OpenerShare[]; rng: Rng; hand?: Hand },
): { readonly receptions: readonly Reception[]; readonly travelled: readonly Uint8Array[] } {
  const { dealers, n } = ceremony.plan;
  const shareOf = (index: number): OpenerShare | undefined => old.find((share) => share.index === index);
  const travelled: Uint8Array[] = [];
  const send = (delivery: Delivery): Signed[] => {
    travelled.push(delivery.message);
    return asList(hand(delivery)).map((message) => ({ from: delivery.from, message }));
  };
  const begun = dealers.map((index) => beginDealing(ceremony, index, { old: shareOf(index), rng }));
  const commitments = begun.flatMap(({ state, commitment }) =>
    send({ type: 'commitment', from: state.index, to: 0, message: commitment }),
  );
  // Dealers look at commitments that nobody touched: what an attacker changes is for the recipients to find.
  const untouched = begun.map(({ state, commitment }) => ({ from: state.index, message: commitment }));
  const revealed = begun.map(({ state }) => ({ from: state.index, ...revealDeal(ceremony, state, untouched) }));
  const inbox = upTo(n).map(
    (to): Received => ({
      commitments,
      deals: revealed.flatMap(({ from, deal }) => send({ type: 'deal', from, to, message: deal })),
      shares: revealed.flatMap(({ from, shares }) =>
        shares.filter((share) => share.to === to).flatMap(({ message }) => send({ type: 'share', from, to, message })),
      ),
    }),
  );
  const receptions = inbox.map((received, i) =>
    receiveShares(ceremony, i + 1, received, ceremony.plan.kind === 'refresh' ? shareOf(i + 1) : undefined),
  );
  return { receptions, travelled };
}

/** The answers of round 3 as everybody sees them. */
export const answersOf = (receptions: readonly Reception[]): Signed[] =>
  receptions.map((reception, i) => ({
    from: i + 1,
    message: reception.outcome === 'confirmed' ? reception.confirmation : reception.complaint,
  }));

/** A whole ceremony among the honest; throws what any participant throws. */
export function playCeremony(
  ceremony: Ceremony,
  options: { old?: readonly OpenerShare[]; rng: Rng; hand?: Hand },
): {
  readonly outcome: CeremonyOutcome;
  readonly shares: readonly OpenerShare[];
  readonly travelled: readonly Uint8Array[];
} {
  const { receptions, travelled } = playRounds(ceremony, options);
  const answers = answersOf(receptions);
  const finished = receptions.map((reception) => {
    if (reception.outcome === 'complaint') throw reception.error;
    return finishCeremony(ceremony, reception.state, answers);
  });
  const [outcome] = finished;
  if (outcome === undefined) throw new Error('nobody took part');
  return { outcome, shares: finished.map(({ share }) => share), travelled };
}

/** A group whose opening key nobody ever knew. */
export function generateGroup(
  backend: GroupBackend,
  { n, t, rng, hand }: { readonly n: number; readonly t: number; readonly rng: Rng; readonly hand?: Hand },
): {
  readonly groupKey: GroupKey;
  readonly openerSet: OpenerSet;
  readonly issuer: ReturnType<typeof setUpIssuer>;
  readonly shares: readonly OpenerShare[];
  readonly travelled: readonly Uint8Array[];
} {
  const issuer = setUpIssuer(backend, rng);
  const ceremony = sampleCeremony(backend, { kind: 'generate', n, t, rng });
  const { outcome, shares, travelled } = playCeremony(ceremony, { rng, ...(hand === undefined ? {} : { hand }) });
  const groupKey = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1: outcome.K1, proof: issuer.proof }));
  return { groupKey, openerSet: nextOpenerSet(ceremony, groupKey, outcome), issuer, shares, travelled };
}
