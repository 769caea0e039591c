import { beforeAll, describe, expect, it } from 'vitest';
import { hex, utf8 } from '../../common/bytes.ts';
import { bigintOf } from '../../common/hash.ts';
import type { Rng } from '../../common/random.ts';
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { joinOnCard } from '../card-member.ts';
import { combineShares } from '../combine.ts';
import { lagrangeAtZero } from '../lagrange.ts';
import { openPartially } from '../open.ts';
import type { OpenerSet } from '../opener-set.ts';
import type { OpenerShare } from '../opener-share.ts';
import type { OpeningCase } from '../opening-share.ts';
import { decodeScalar, encodeScalar, modOrder } from '../scalar.ts';
import { signWithCard } from '../sign-host.ts';
import { generateGroup, playCeremony, sampleCeremony } from '../testing/ceremony-run.ts';
import {
  at,
  createMemoryCard,
  credentialFor,
  hashOf,
  neverAborted,
  sampleContext,
  TODAY,
} from '../testing/sample-group.ts';
import { seededRng } from '../testing/seeded-rng.ts';
import { beginDealing } from './begin-dealing.ts';
import { nextOpenerSet } from './finish-ceremony.ts';
import { upTo } from './plan.ts';

const code = (value: string, index?: number) =>
  expect.objectContaining({ name: 'GroupSigError', code: value, ...(index === undefined ? {} : { index }) });

const ctx = sampleContext();
const messageHash = hashOf('opened');
const orderHash = hashOf('court order');
let backend: GroupBackend;
beforeAll(async () => {
  backend = await createMclBackend();
});

type Generated = ReturnType<typeof generateGroup>;

/** A doctor of the group, with a signature that can be opened under any of its opener sets. */
async function signedBy(group: Generated, rng: Rng) {
  const { groupKey, issuer } = group;
  const { sk, Q } = joinOnCard(backend, { pkh: groupKey.pkh, doctorId: utf8('D1'), nonce: rng(32) }, rng);
  const { loaded: credential } = credentialFor(backend, groupKey, issuer.secret, Q, TODAY);
  const card = createMemoryCard(backend, groupKey.pkh, sk, rng);
  const signature = await signWithCard({ backend, groupKey, credential, ctx, messageHash, card, signal: neverAborted });
  const caseOf = (openerSet: OpenerSet): OpeningCase => ({
    groupKey,
    openerSet,
    ctx,
    messageHash,
    signature,
    orderHash,
  });
  return { Q: hex(Q), caseOf };
}

const open = (opening: OpeningCase, shares: readonly OpenerShare[], indices: readonly number[]): string =>
  hex(
    combineShares(
      backend,
      opening,
      indices.map((i) => openPartially(backend, opening, at(shares, i - 1))),
    ),
  );

/** The opening key, put together as nobody ever should. */
function keyOf(shares: readonly OpenerShare[], indices: readonly number[]): bigint {
  const lambdas = lagrangeAtZero(indices);
  return indices.reduce((sum, index, i) => modOrder(sum + at(lambdas, i) * bigintOf(at(shares, index - 1).kappa)), 0n);
}

const holds = (travelled: readonly Uint8Array[], secret: Uint8Array): boolean =>
  travelled.some((message) => hex(message).includes(hex(secret)));

describe('generation without a dealer', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [5, 3],
    [5, 5],
    [7, 4],
  ])('%i openers, %i of whom open', async (n, t) => {
    const rng = seededRng(`generate ${n} ${t}`);
    const group = generateGroup(backend, { n, t, rng });
    const { openerSet, shares } = group;
    expect([openerSet.version, openerSet.n, openerSet.t]).toEqual([1, n, t]);
    expect(shares.map(({ index }) => index)).toEqual(upTo(n));
    const { Q, caseOf } = await signedBy(group, rng);
    const opening = caseOf(openerSet);
    expect(open(opening, shares, upTo(t))).toBe(Q);
    expect(open(opening, shares, upTo(n).slice(-t).reverse())).toBe(Q);
    expect(() => open(opening, shares, upTo(t - 1))).toThrow(code('SHARE_COUNT'));
  });

  it('sends neither the key nor a final share, and t - 1 shares say nothing about the key', () => {
    const { groupKey, shares, travelled } = generateGroup(backend, { n: 5, t: 3, rng: seededRng('secret') });
    const kappa = keyOf(shares, [1, 2, 3]);
    expect(backend.equal(backend.mulSecret(backend.generators.G, kappa), groupKey.K1)).toBe(true);
    expect(keyOf(shares, [5, 2, 4])).toBe(kappa);
    expect(keyOf(shares, [1, 2])).not.toBe(kappa);
    expect(travelled.length).toBe(5 + 25 + 25);
    for (const secret of [encodeScalar(kappa), ...shares.map((share) => share.kappa)]) {
      expect(holds(travelled, secret)).toBe(false);
    }
  });

  it('gives another key every time', () => {
    const keys = ['a', 'b'].map((seed) => generateGroup(backend, { n: 3, t: 2, rng: seededRng(seed) }).groupKey.pkh);
    expect(hex(at(keys, 0))).not.toBe(hex(at(keys, 1)));
  });

  it('takes a dealt 0 like every value and refuses a final share of 0', () => {
    const rng = seededRng('zeros');
    /** Each dealer draws f(x) = a_0 + a_1*x, two nonces and nothing else; the coefficients here are ours. */
    const drawing = (coefficients: readonly bigint[]): Rng => {
      let drawn = 0;
      return (length) => {
        if (length !== 48) return rng(length);
        const dealer = Math.floor(drawn / 4);
        const chosen = drawn++ % 4 < 2 ? coefficients[2 * dealer + ((drawn - 1) % 4)] : undefined;
        if (chosen === undefined) return rng(48);
        const wide = new Uint8Array(48);
        wide.set(encodeScalar(modOrder(chosen)), 16);
        return wide;
      };
    };
    const ceremony = sampleCeremony(backend, { kind: 'generate', n: 3, t: 2, rng });
    // f_1(2) = 0, and the sum is 7x - 4.
    const { outcome, shares } = playCeremony(ceremony, { rng: drawing([-6n, 3n, 1n, 2n, 1n, 2n]) });
    expect(outcome.commitments.length).toBe(2);
    expect(shares.map(({ kappa }) => bigintOf(kappa))).toEqual([3n, 10n, 17n]);
    // The sum is 3x - 6, which is 0 at 2.
    const again = sampleCeremony(backend, { kind: 'generate', n: 3, t: 2, rng });
    expect(() => playCeremony(again, { rng: drawing([-8n, 1n, 1n, 1n, 1n, 1n]) })).toThrow(code('CEREMONY_DEGENERATE'));
    // The sum of the constant terms is 0, and so would be the key.
    const third = sampleCeremony(backend, { kind: 'generate', n: 3, t: 2, rng });
    expect(() => playCeremony(third, { rng: drawing([-2n, 1n, 1n, 1n, 1n, 1n]) })).toThrow(code('CEREMONY_DEGENERATE'));
  });
});

describe('refresh', () => {
  it('changes every share, keeps the key, and mixes with the old ones nowhere', async () => {
    const rng = seededRng('refresh');
    const group = generateGroup(backend, { n: 5, t: 3, rng });
    const ceremony = sampleCeremony(backend, { kind: 'refresh', n: 5, t: 3, previous: group.openerSet, rng });
    const { outcome, shares, travelled } = playCeremony(ceremony, { old: group.shares, rng });
    const next = nextOpenerSet(ceremony, group.groupKey, outcome);
    expect([next.version, next.n, next.t]).toEqual([2, 5, 3]);
    expect(hex(at(outcome.commitments, 0))).toBe(hex(backend.encodeG1(group.groupKey.K1)));
    expect(hex(outcome.K1)).toBe(hex(backend.encodeG1(group.groupKey.K1)));
    shares.forEach(({ kappa }, i) => {
      expect(hex(kappa)).not.toBe(hex(at(group.shares, i).kappa));
      expect(holds(travelled, kappa)).toBe(false);
    });
    expect(keyOf(shares, [1, 2, 3])).toBe(keyOf(group.shares, [1, 2, 3]));
    expect(keyOf([at(group.shares, 0), at(shares, 1), at(shares, 2)], [1, 2, 3])).not.toBe(keyOf(shares, [1, 2, 3]));

    const { Q, caseOf } = await signedBy(group, rng);
    const [before, after] = [caseOf(group.openerSet), caseOf(next)];
    expect(open(after, shares, [2, 4, 5])).toBe(Q);
    // Whoever kept the old shares and the old set still opens with t of them: that is why they are erased.
    expect(open(before, group.shares, [1, 2, 3])).toBe(Q);
    expect(() => openPartially(backend, after, at(group.shares, 0))).toThrow(code('SHARE_KEY_MISMATCH', 1));
    expect(() => openPartially(backend, before, at(shares, 0))).toThrow(code('SHARE_KEY_MISMATCH', 1));
    const mixed = [
      openPartially(backend, before, at(group.shares, 0)),
      ...[1, 2].map((i) => openPartially(backend, after, at(shares, i))),
    ];
    expect(() => combineShares(backend, after, mixed)).toThrow(code('SHARE_INVALID', 1));
    expect(() => combineShares(backend, before, mixed)).toThrow(code('SHARE_INVALID', 2));
  });

  it('is refused to a participant with another share than that of the set', () => {
    const rng = seededRng('refresh with a stranger');
    const group = generateGroup(backend, { n: 3, t: 2, rng });
    const ceremony = sampleCeremony(backend, { kind: 'refresh', n: 3, t: 2, previous: group.openerSet, rng });
    const swapped = group.shares.map(({ kappa, index }) => ({ kappa, index: 4 - index }));
    expect(() => playCeremony(ceremony, { old: swapped, rng })).toThrow(code('SHARE_KEY_MISMATCH', 1));
    expect(() => playCeremony(ceremony, { rng })).toThrow(code('SHARE_KEY_MISMATCH', 1));
  });
});

describe('change of officers or threshold', () => {
  it.each([
    [4, 7, [1, 2, 3]],
    [2, 3, [2, 4, 5]],
    [1, 1, [1, 3, 5]],
    [3, 5, [1, 4, 5]],
  ])('from 3 of 5 to %i of %i, dealt by %j', async (t, n, dealers) => {
    const rng = seededRng(`reshare ${t} ${n}`);
    const group = generateGroup(backend, { n: 5, t: 3, rng });
    const ceremony = sampleCeremony(backend, { kind: 'reshare', n, t, dealers, previous: group.openerSet, rng });
    const { outcome, shares, travelled } = playCeremony(ceremony, { old: group.shares, rng });
    const next = nextOpenerSet(ceremony, group.groupKey, outcome);
    expect([next.version, next.n, next.t]).toEqual([2, n, t]);
    expect(hex(outcome.K1)).toBe(hex(backend.encodeG1(group.groupKey.K1)));
    expect(keyOf(shares, upTo(t))).toBe(keyOf(group.shares, [1, 2, 3]));
    if (n > 1) for (const { kappa } of [...shares, ...group.shares]) expect(holds(travelled, kappa)).toBe(false);

    const { Q, caseOf } = await signedBy(group, rng);
    expect(open(caseOf(next), shares, upTo(n).slice(-t))).toBe(Q);
    expect(() => open(caseOf(next), shares, upTo(t - 1))).toThrow(code('SHARE_COUNT'));
    expect(() => openPartially(backend, caseOf(next), at(group.shares, 0))).toThrow(code('SHARE_KEY_MISMATCH', 1));
    expect(() => openPartially(backend, caseOf(group.openerSet), at(shares, 0))).toThrow(code('SHARE_KEY_MISMATCH', 1));

    const later = sampleCeremony(backend, { kind: 'reshare', n: 3, t: 2, dealers: upTo(t), previous: next, rng });
    const third = nextOpenerSet(later, group.groupKey, playCeremony(later, { old: shares, rng }).outcome);
    expect(third.version).toBe(3);
  });

  it('is dealt only by holders of a share of the set', () => {
    const rng = seededRng('reshare by a stranger');
    const group = generateGroup(backend, { n: 5, t: 3, rng });
    const wanted = { kind: 'reshare', n: 3, t: 2, dealers: [1, 2, 3], previous: group.openerSet, rng } as const;
    const ceremony = sampleCeremony(backend, wanted);
    expect(() => beginDealing(ceremony, 1)).toThrow(code('SHARE_KEY_MISMATCH', 1));
    expect(() => beginDealing(ceremony, 1, { old: at(group.shares, 1) })).toThrow(code('SHARE_KEY_MISMATCH', 1));
    const { kappa } = at(group.shares, 1);
    expect(() => beginDealing(ceremony, 1, { old: { index: 1, kappa } })).toThrow(code('SHARE_KEY_MISMATCH', 1));
    const renamed = { index: 2, kappa: at(group.shares, 0).kappa };
    expect(() => beginDealing(ceremony, 1, { old: renamed })).toThrow(code('SHARE_KEY_MISMATCH', 1));
    const garbage = new Uint8Array(32).fill(0xff);
    expect(decodeScalar(garbage)).toBeUndefined();
    expect(() => beginDealing(ceremony, 1, { old: { index: 1, kappa: garbage } })).toThrow(
      code('SHARE_KEY_MISMATCH', 1),
    );
    expect(() => beginDealing(ceremony, 4, { old: at(group.shares, 3) })).toThrow(RangeError);
    for (const dealers of [[1, 2], [1, 2, 3, 4], [1, 2, 6], [1, 2, 2], [3, 2, 1], [0, 1, 2], []]) {
      expect(() => sampleCeremony(backend, { ...wanted, dealers })).toThrow(code('CEREMONY_PLAN_INVALID'));
    }
  });
});
