import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex, uint } from '../../common/bytes.ts';
import { randomScalar } from '../../common/random.ts';
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { encodeScalar, modOrder, ORDER } from '../scalar.ts';
import {
  answersOf,
  type Delivery,
  generateGroup,
  type Hand,
  playCeremony,
  playRounds,
  sampleCeremony,
} from '../testing/ceremony-run.ts';
import { at, flipped } from '../testing/sample-group.ts';
import { seededRng } from '../testing/seeded-rng.ts';
import { abandonDealing, beginDealing, revealDeal } from './begin-dealing.ts';
import type { Ceremony } from './ceremony.ts';
import { decodeComplaint, encodeComplaint, isComplaintProven } from './complaint.ts';
import { checkDealings, encodeCommitment, encodeDeal } from './deal-message.ts';
import { finishCeremony, settleCeremony } from './finish-ceremony.ts';
import type { MessageType, Signed } from './message.ts';
import { evaluate } from './polynomial.ts';
import { abandonShare, type Reception, receiveShares } from './receive-shares.ts';
import { encodeShare } from './share-message.ts';

const code = (value: string, index?: number) =>
  expect.objectContaining({ name: 'GroupSigError', code: value, ...(index === undefined ? {} : { index }) });
const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));
const OUTSIDE = concat(Uint8Array.of(0x80), new Uint8Array(46), Uint8Array.of(4));
const HEADER = 36;

let backend: GroupBackend;
beforeAll(async () => {
  backend = await createMclBackend();
});
const rng = seededRng('cheaters');
const generation = (n = 5, t = 3): Ceremony => sampleCeremony(backend, { kind: 'generate', n, t, rng });
const coefficients = (count: number): bigint[] => Array.from({ length: count }, () => randomScalar(ORDER, rng));

/** Changes what dealer `from` sends in messages of one type. */
const changing =
  (type: MessageType, from: number, change: (delivery: Delivery) => Uint8Array | readonly Uint8Array[]): Hand =>
  (delivery) =>
    delivery.type === type && delivery.from === from ? change(delivery) : delivery.message;

/** Dealer `from` broadcasts this deal to everybody, hashed properly, with shares of the polynomial it claims. */
const dealing =
  (ceremony: Ceremony, from: number, deal: Uint8Array, polynomial: readonly bigint[]): Hand =>
  (delivery) => {
    if (delivery.from !== from) return delivery.message;
    if (delivery.type === 'commitment') return encodeCommitment(ceremony, from, deal);
    if (delivery.type === 'deal') return deal;
    return encodeShare(ceremony, from, delivery.to, evaluate(polynomial, delivery.to));
  };

/** The complaints of a round 3: accuser, code, accused, and whether the evidence proves it. */
const complaints = (ceremony: Ceremony, receptions: readonly Reception[]) =>
  receptions.flatMap((reception, i) => {
    if (reception.outcome === 'confirmed') return [];
    const signed = { from: i + 1, message: reception.complaint };
    const proven = isComplaintProven(ceremony, signed, reception.evidence);
    return [[i + 1, reception.error.code, decodeComplaint(ceremony, signed).accused, proven]];
  });

const everybody = (reason: string, accused: number, n = 5) =>
  Array.from({ length: n }, (_, i) => [i + 1, reason, accused, true]);

/** All that a participant may do with such answers is to stop. */
function expectStopped(ceremony: Ceremony, receptions: readonly Reception[], accused: number): void {
  const answers = answersOf(receptions);
  for (const reception of receptions) {
    if (reception.outcome === 'complaint') continue;
    const { state } = reception;
    expect(() => finishCeremony(ceremony, state, answers)).toThrow(code('CEREMONY_COMPLAINT', accused));
    expect(state.kappa).toEqual(new Uint8Array(32));
  }
}

describe('a cheating dealer is found and named by', () => {
  it('the one participant who got a wrong share; a new ceremony without it succeeds', () => {
    const ceremony = generation();
    const hand: Hand = ({ type, from, to, message }) =>
      type === 'share' && from === 2 && to === 4 ? flipped(message, HEADER + 20) : message;
    const { receptions } = playRounds(ceremony, { rng, hand });
    expect(complaints(ceremony, receptions)).toEqual([[4, 'CEREMONY_SHARE_INVALID', 2, true]]);
    expectStopped(ceremony, receptions, 2);
    const again = generation(4, 3);
    expect(hex(again.plan.id)).not.toBe(hex(ceremony.plan.id));
    expect(playCeremony(again, { rng }).shares.length).toBe(4);
  });

  it('everybody, for a polynomial of another degree', () => {
    for (const degree of [1, 3]) {
      const ceremony = generation();
      const polynomial = coefficients(degree + 1);
      const hand = dealing(ceremony, 3, encodeDeal(ceremony, 3, polynomial, rng), polynomial);
      expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual(
        everybody('CEREMONY_DEAL_INVALID', 3),
      );
    }
    // Shares of a higher degree than the one committed to.
    const ceremony = generation();
    const polynomial = coefficients(3);
    const steeper = [...polynomial, 1n];
    const hand = dealing(ceremony, 3, encodeDeal(ceremony, 3, polynomial, rng), steeper);
    expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual(
      everybody('CEREMONY_SHARE_INVALID', 3),
    );
  });

  it('everybody, for a broadcast other than the one hashed', () => {
    const ceremony = generation();
    const polynomial = coefficients(3);
    const whole = dealing(ceremony, 5, encodeDeal(ceremony, 5, polynomial, rng), polynomial);
    const hand: Hand = (delivery) => (delivery.type === 'commitment' ? delivery.message : whole(delivery));
    const { receptions } = playRounds(ceremony, { rng, hand });
    expect(complaints(ceremony, receptions)).toEqual(everybody('CEREMONY_COMMITMENT_MISMATCH', 5));
    const short = changing('commitment', 1, ({ message }) => message.slice(0, -1));
    expect(complaints(ceremony, playRounds(ceremony, { rng, hand: short }).receptions)).toEqual(
      everybody('CEREMONY_COMMITMENT_MISMATCH', 1),
    );
  });

  it('the confirmations, for different broadcasts to different participants', () => {
    const ceremony = generation();
    const begun = [1, 2].map(() => beginDealing(ceremony, 3, { rng }));
    const [one, other] = [at(begun, 0), at(begun, 1)];
    const polynomials = begun.map(({ state }) =>
      [0, 1, 2].map((j) => modOrder(BigInt(`0x${hex(state.coefficients.slice(32 * j, 32 * j + 32))}`))),
    );
    // Participants 1 and 2 are shown one dealing, hash included, and the others another; each is sound by itself.
    const split: Hand = (delivery) => {
      const side = delivery.to <= 2 ? 0 : 1;
      return dealing(ceremony, 3, at(begun, side).state.deal, at(polynomials, side))(delivery);
    };
    const shown = (side: typeof one): readonly Reception[] =>
      playRounds(ceremony, {
        rng: seededRng('the same honest dealers'),
        hand: (delivery) => (delivery.type === 'commitment' && delivery.from === 3 ? side.commitment : split(delivery)),
      }).receptions;
    const receptions = [...shown(one).slice(0, 2), ...shown(other).slice(2)];
    expect(receptions.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'confirmed'));
    const answers = answersOf(receptions);
    for (const reception of receptions) {
      if (reception.outcome === 'complaint') throw new Error('unreachable');
      expect(() => finishCeremony(ceremony, reception.state, answers)).toThrow(code('CEREMONY_BROADCAST_SPLIT', 3));
      expect(reception.state.kappa).toEqual(new Uint8Array(32));
    }
  });

  it('everybody, for a constant term whose logarithm it does not know', () => {
    const ceremony = generation();
    // Dealer 5 would like K1 = x*G for its own x: F_0 = x*G minus what the others dealt.
    const rogue = backend.encodeG1(backend.sub(backend.generators.G, backend.generators.K2));
    const hands = [
      (deal: Uint8Array) => concat(deal.slice(0, HEADER), rogue, deal.slice(HEADER + 48)),
      (deal: Uint8Array) => concat(deal.slice(0, -128), new Uint8Array(128)),
      (deal: Uint8Array) => concat(deal.slice(0, -32), encodeScalar(1n)),
      (deal: Uint8Array) => concat(deal.slice(0, -32), new Uint8Array(32).fill(0xff)),
    ];
    for (const change of hands) {
      const polynomial = coefficients(3);
      const hand = dealing(ceremony, 5, change(encodeDeal(ceremony, 5, polynomial, rng)), polynomial);
      expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual(
        everybody('CEREMONY_DEAL_INVALID', 5),
      );
    }
  });

  it('everybody, for a copy of the commitments of another', () => {
    const ceremony = generation();
    const polynomial = coefficients(3);
    const honest = encodeDeal(ceremony, 1, polynomial, rng);
    const copy = concat(honest.slice(0, 34), uint(5, 2), honest.slice(HEADER));
    const both: Hand = (delivery) =>
      delivery.from === 5
        ? dealing(ceremony, 5, copy, polynomial)(delivery)
        : dealing(ceremony, 1, honest, polynomial)(delivery);
    expect(complaints(ceremony, playRounds(ceremony, { rng, hand: both }).receptions)).toEqual(
      everybody('CEREMONY_DEAL_INVALID', 5),
    );
  });

  it('everybody, for O, a point outside the subgroup or a malformed one in any place', () => {
    const ceremony = generation();
    for (const point of [IDENTITY, OUTSIDE, new Uint8Array(48), new Uint8Array(48).fill(0xff)]) {
      for (const j of [0, 1, 2]) {
        const polynomial = coefficients(3);
        const deal = encodeDeal(ceremony, 2, polynomial, rng);
        const place = HEADER + 48 * j;
        const bad = concat(deal.slice(0, place), point, deal.slice(place + 48));
        const { receptions } = playRounds(ceremony, { rng, hand: dealing(ceremony, 2, bad, polynomial) });
        expect(complaints(ceremony, receptions)).toEqual(everybody('CEREMONY_DEAL_INVALID', 2));
      }
    }
    const zero = [0n, ...coefficients(2)];
    const hand = dealing(ceremony, 2, encodeDeal(ceremony, 2, zero, rng), zero);
    expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual(
      everybody('CEREMONY_DEAL_INVALID', 2),
    );
  });

  it('everybody, for a broadcast with something behind it, and the recipient of a malformed share', () => {
    const ceremony = generation();
    const polynomial = coefficients(3);
    const longer = concat(encodeDeal(ceremony, 3, polynomial, rng), Uint8Array.of(0));
    const { receptions } = playRounds(ceremony, { rng, hand: dealing(ceremony, 3, longer, polynomial) });
    expect(complaints(ceremony, receptions)).toEqual(everybody('CEREMONY_DEAL_INVALID', 3));
    const shares = [
      (message: Uint8Array) => message.slice(0, -1),
      (message: Uint8Array) => concat(message, Uint8Array.of(0)),
      (message: Uint8Array) => concat(message.slice(0, -32), new Uint8Array(32).fill(0xff)),
      (message: Uint8Array) => message.slice(0, HEADER),
    ];
    for (const change of shares) {
      const hand: Hand = ({ type, from, to, message }) =>
        type === 'share' && from === 3 && to === 2 ? change(message) : message;
      expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual([
        [2, 'CEREMONY_SHARE_INVALID', 3, true],
      ]);
    }
  });

  it('everybody, for two broadcasts', () => {
    const ceremony = generation();
    const other = encodeDeal(ceremony, 4, coefficients(3), rng);
    const hand = changing('deal', 4, ({ message }) => [message, other]);
    expect(complaints(ceremony, playRounds(ceremony, { rng, hand }).receptions)).toEqual(
      everybody('CEREMONY_REPEATED', 4),
    );
  });

  it('everybody, for a refresh that would change the key, and a reshare of something else than its share', () => {
    const group = generateGroup(backend, { n: 5, t: 3, rng });
    const wanted = { previous: group.openerSet, n: 5, t: 3, rng };
    const refresh = sampleCeremony(backend, { kind: 'refresh', ...wanted });
    const polynomial = [7n, ...coefficients(2)];
    const hand = dealing(refresh, 1, encodeDeal(refresh, 1, polynomial, rng), polynomial);
    expect(complaints(refresh, playRounds(refresh, { old: group.shares, rng, hand }).receptions)).toEqual(
      everybody('CEREMONY_SHARE_INVALID', 1),
    );
    const reshare = sampleCeremony(backend, { kind: 'reshare', ...wanted, dealers: [1, 2, 4] });
    const foreign = coefficients(3);
    const swap = dealing(reshare, 4, encodeDeal(reshare, 4, foreign, rng), foreign);
    expect(complaints(reshare, playRounds(reshare, { old: group.shares, rng, hand: swap }).receptions)).toEqual(
      everybody('CEREMONY_DEAL_INVALID', 4),
    );
  });
});

describe('what proves nothing against a dealer is refused, and accuses nobody', () => {
  it('replays of another ceremony, of another round or under another index', () => {
    const [ceremony, other] = [generation(), generation()];
    const honest = beginDealing(other, 2, { rng });
    const replays: [Hand, string, number][] = [
      [changing('commitment', 2, () => honest.commitment), 'CEREMONY_FOREIGN', 2],
      [changing('deal', 2, () => honest.state.deal), 'CEREMONY_FOREIGN', 2],
      [changing('share', 2, ({ to }) => encodeShare(other, 2, to, 5n)), 'CEREMONY_FOREIGN', 2],
      [changing('deal', 2, ({ message }) => flipped(message, 1, 3)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('deal', 2, ({ message }) => flipped(message, 0)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('deal', 2, ({ message }) => flipped(message, 35)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('deal', 2, ({ message }) => message.slice(0, 35)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('share', 2, () => encodeShare(ceremony, 2, 3, 5n)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('share', 2, ({ message }) => flipped(message, 35)), 'CEREMONY_MESSAGE_INVALID', 2],
      [changing('deal', 2, () => []), 'CEREMONY_INCOMPLETE', 2],
      [changing('share', 2, () => []), 'CEREMONY_INCOMPLETE', 2],
      // The same broadcast twice is a matter of who carried it.
      [changing('deal', 2, ({ message }) => [message, message]), 'CEREMONY_REPEATED', 2],
    ];
    for (const [hand, reason, index] of replays) {
      expect(() => playRounds(ceremony, { rng, hand })).toThrow(code(reason, index));
    }
  });

  it('messages of somebody who has no part', () => {
    const ceremony = generation();
    const dealer = at(
      [1, 2, 3, 4, 5].map((index) => beginDealing(ceremony, index, { rng })),
      0,
    );
    const stranger = { from: 6, message: dealer.commitment };
    expect(() => revealDeal(ceremony, dealer.state, [stranger])).toThrow(code('CEREMONY_MESSAGE_INVALID', 6));
    const nothing = { commitments: [], deals: [], shares: [] };
    for (const index of [0, 6, 1.5]) expect(() => receiveShares(ceremony, index, nothing)).toThrow(RangeError);
  });

  it('a complaint that its evidence does not bear out', () => {
    const ceremony = generation();
    const sound: Signed[] = [];
    playRounds(ceremony, {
      rng,
      hand: ({ type, from, to, message }) => {
        if (from === 2 && (to === 0 || to === 1)) sound.push({ from, message });
        expect(type).not.toBe('complaint');
        return message;
      },
    });
    expect(sound.length).toBe(3);
    const reasons = [
      'CEREMONY_REPEATED',
      'CEREMONY_COMMITMENT_MISMATCH',
      'CEREMONY_DEAL_INVALID',
      'CEREMONY_SHARE_INVALID',
    ] as const;
    for (const reason of reasons) {
      const complaint = { from: 1, message: encodeComplaint(ceremony, 1, { accused: 2, reason }) };
      expect(decodeComplaint(ceremony, complaint)).toEqual({ accused: 2, reason });
      expect(isComplaintProven(ceremony, complaint, sound)).toBe(false);
      expect(isComplaintProven(ceremony, complaint, [])).toBe(false);
      // What another signed says nothing about the accused.
      const others = sound.map(({ message }) => ({ from: 3, message: flipped(message, 60) }));
      expect(isComplaintProven(ceremony, complaint, others)).toBe(false);
    }
    const message = encodeComplaint(ceremony, 1, { accused: 2, reason: 'CEREMONY_DEAL_INVALID' });
    const foreign = { from: 3, message: encodeDeal(ceremony, 3, coefficients(4), rng) };
    expect(isComplaintProven(ceremony, { from: 1, message }, [foreign])).toBe(false);
    const longer = concat(message, Uint8Array.of(0));
    expect(() => decodeComplaint(ceremony, { from: 1, message: longer })).toThrow(code('CEREMONY_MESSAGE_INVALID', 1));
    for (const bad of [
      flipped(message, 37, 8),
      flipped(message, 38, 8),
      message.slice(0, -1),
      flipped(message, 38, 3),
    ]) {
      expect(() => decodeComplaint(ceremony, { from: 1, message: bad })).toThrow(code('CEREMONY_MESSAGE_INVALID', 1));
    }
  });
});

describe('the last round', () => {
  it('waits for everybody, and takes each answer once, of this ceremony and whole', () => {
    const ceremony = generation(3, 2);
    const { receptions } = playRounds(ceremony, { rng });
    const answers = answersOf(receptions);
    const [first] = receptions;
    if (first?.outcome !== 'confirmed') throw new Error('an honest run confirms');
    const { dealings } = first.state;
    const settle = (given: readonly Signed[]) => () => settleCeremony(ceremony, dealings, given);
    expect(settle(answers.slice(1))).toThrow(code('CEREMONY_INCOMPLETE', 1));
    expect(settle([...answers, at(answers, 1)])).toThrow(code('CEREMONY_REPEATED', 2));
    expect(settle([...answers, { from: 4, message: at(answers, 0).message }])).toThrow(
      code('CEREMONY_MESSAGE_INVALID', 4),
    );
    const second = at(answers, 1);
    const changed = (message: Uint8Array) => settle([at(answers, 0), { from: 2, message }, at(answers, 2)]);
    expect(changed(second.message.slice(0, -1))).toThrow(code('CEREMONY_MESSAGE_INVALID', 2));
    expect(changed(flipped(second.message, 5))).toThrow(code('CEREMONY_FOREIGN', 2));
    expect(changed(flipped(second.message, HEADER + 33))).toThrow(code('CEREMONY_BROADCAST_SPLIT', 2));
    // A missing answer is waited for, with the share kept; a bad one ends it.
    expect(() => finishCeremony(ceremony, first.state, answers.slice(1))).toThrow(code('CEREMONY_INCOMPLETE', 1));
    const { share, transcript } = finishCeremony(ceremony, first.state, answers);
    expect(share.kappa).not.toEqual(new Uint8Array(32));
    expect(transcript).toEqual(dealings.transcript);
    expect(first.state.kappa).toEqual(new Uint8Array(32));
  });

  it('leaves nothing of a ceremony that is abandoned', () => {
    const ceremony = generation(3, 2);
    const { state, commitment } = beginDealing(ceremony, 1, { rng });
    const others = [2, 3].map((index) => ({ from: index, message: beginDealing(ceremony, index, { rng }).commitment }));
    const mine = { from: 1, message: commitment };
    expect(() => revealDeal(ceremony, state, others)).toThrow(code('CEREMONY_INCOMPLETE', 1));
    const stale = { from: 1, message: beginDealing(ceremony, 1, { rng }).commitment };
    expect(() => revealDeal(ceremony, state, [stale, ...others])).toThrow(code('CEREMONY_COMMITMENT_MISMATCH', 1));
    revealDeal(ceremony, state, [mine, ...others]);
    expect(state.coefficients).toEqual(new Uint8Array(64));
    const left = beginDealing(ceremony, 1, { rng }).state;
    abandonDealing(left);
    expect([left.coefficients, left.deal].every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    const [reception] = playRounds(ceremony, { rng }).receptions;
    if (reception?.outcome !== 'confirmed') throw new Error('an honest run confirms');
    abandonShare(reception.state);
    expect(reception.state.kappa).toEqual(new Uint8Array(32));
  });

  it('is open to whoever holds the broadcasts, without a share', () => {
    const ceremony = generation(3, 2);
    const [commitments, deals]: [Signed[], Signed[]] = [[], []];
    const { receptions } = playRounds(ceremony, {
      rng,
      hand: ({ type, from, to, message }) => {
        if (type === 'commitment') commitments.push({ from, message });
        if (type === 'deal' && to === 1) deals.push({ from, message });
        return message;
      },
    });
    const seen = settleCeremony(ceremony, checkDealings(ceremony, commitments, deals), answersOf(receptions));
    const [first] = receptions;
    if (first?.outcome !== 'confirmed') throw new Error('an honest run confirms');
    const { K1, commitments: F } = finishCeremony(ceremony, first.state, answersOf(receptions));
    expect([hex(seen.K1), seen.commitments.map(hex)]).toEqual([hex(K1), F.map(hex)]);
  });
});
