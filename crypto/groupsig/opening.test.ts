import { beforeAll, describe, expect, it } from 'vitest';
import { concat, equalBytes, hex, utf8 } from '../common/bytes.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { combineShares } from './combine.ts';
import { issueCredential } from './issuer.ts';
import { type JoinRecord, type JudgeSources, judge } from './judge.ts';
import { openPartially } from './open.ts';
import { decodeOpenerSet, encodeOpenerSet } from './opener-set.ts';
import type { OpeningCase } from './opening-share.ts';
import { decodeScalar, encodeScalar } from './scalar.ts';
import { signWithCard } from './sign-host.ts';
import { proveOpenly } from './testing/open-prover.ts';
import { at, createSampleGroup, flipped, hashOf, neverAborted, sampleContext, TODAY } from './testing/sample-group.ts';

const code = (value: string, index?: number) =>
  expect.objectContaining({ name: 'GroupSigError', code: value, ...(index === undefined ? {} : { index }) });

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
const ctx = sampleContext();
const messageHash = hashOf('opened');
const orderHash = hashOf('court order');
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 4, 'opened group');
});

async function caseOf(doctor: number): Promise<OpeningCase> {
  const { groupKey, openerSet, members } = group;
  const { credential, card } = at(members, doctor);
  const signature = await signWithCard({ backend, groupKey, credential, ctx, messageHash, card, signal: neverAborted });
  return { groupKey, openerSet, ctx, messageHash, signature, orderHash };
}
const shareOf = (opening: OpeningCase, index: number): Uint8Array =>
  openPartially(backend, opening, at(group.dealt.shares, index - 1), group.rng);
const sharesOf = (opening: OpeningCase, indices: readonly number[]): Uint8Array[] =>
  indices.map((index) => shareOf(opening, index));

describe('opening', () => {
  it('finds the right doctor for every signature with any three of five', async () => {
    const triples = [
      [1, 2, 3],
      [5, 3, 1],
      [2, 4, 5],
      [4, 1, 3],
    ];
    for (let round = 0; round < 20; round++) {
      const doctor = round % 4;
      const opening = await caseOf(doctor);
      const Q = combineShares(backend, opening, sharesOf(opening, at(triples, round % triples.length)));
      expect(hex(Q)).toBe(hex(at(group.members, doctor).joined.Q));
    }
  });

  it('refuses two shares, four shares, a repeated index and one out of range', async () => {
    const opening = await caseOf(0);
    const [s1, s2, s3, s4] = [shareOf(opening, 1), shareOf(opening, 2), shareOf(opening, 3), shareOf(opening, 4)];
    const combine = (shares: Uint8Array[]) => () => combineShares(backend, opening, shares);
    expect(combine([s1, s2])).toThrow(code('SHARE_COUNT'));
    expect(combine([s1, s2, s3, s4])).toThrow(code('SHARE_COUNT'));
    expect(combine([s1, s2, s2])).toThrow(code('SHARE_INDEX_REPEATED', 2));
    expect(combine([s1, shareOf(opening, 1), s3])).toThrow(code('SHARE_INDEX_REPEATED', 1));
    expect(combine([s1, s2, concat(Uint8Array.of(0, 6), s3.slice(2))])).toThrow(code('SHARE_INDEX_RANGE', 6));
    expect(combine([s1, s2, concat(Uint8Array.of(0, 0), s3.slice(2))])).toThrow(code('SHARE_INDEX_RANGE', 0));
  });

  it('finds the bad share', async () => {
    const opening = await caseOf(1);
    const [s1, s2, s3] = [shareOf(opening, 1), shareOf(opening, 2), shareOf(opening, 3)];
    const bad = [
      flipped(s3, 113),
      flipped(s3, 81),
      // Another opener's share under this index, and another's point with this one's proof.
      concat(s3.slice(0, 2), shareOf(opening, 4).slice(2)),
      concat(s3.slice(0, 2), s1.slice(2, 50), s3.slice(50)),
      concat(s3.slice(0, 2), Uint8Array.of(0xc0), new Uint8Array(47), s3.slice(50)),
      s3.slice(0, 113),
      concat(s3, Uint8Array.of(0)),
    ];
    for (const share of bad) {
      expect(() => combineShares(backend, opening, [s1, s2, share])).toThrow(code('SHARE_INVALID', 3));
    }
    expect(() => combineShares(backend, opening, [s1, s2, new Uint8Array(0)])).toThrow(code('SHARE_INVALID'));
  });

  it('binds a share to order, message, signature and opener set', async () => {
    const opening = await caseOf(1);
    const shares = sharesOf(opening, [1, 2, 3]);
    const { groupKey, dealt } = group;
    const fields = { pkh: groupKey.pkh, version: 2, n: 5, t: 3, commitments: dealt.commitments };
    const openerSet = decodeOpenerSet(backend, groupKey, encodeOpenerSet(fields));
    const again = await caseOf(1);
    for (const other of [{ ...opening, orderHash: hashOf('another order') }, { ...opening, openerSet }, again]) {
      expect(() => combineShares(backend, other, shares)).toThrow(code('SHARE_INVALID', 1));
    }
  });

  it('opens nothing that does not verify, and nothing with a foreign share', async () => {
    const opening = await caseOf(2);
    const shares = sharesOf(opening, [1, 2, 3]);
    const broken = { ...opening, signature: flipped(opening.signature, 399) };
    expect(() => shareOf(broken, 1)).toThrow(code('SIGNATURE_INVALID'));
    expect(() => shareOf({ ...opening, messageHash: hashOf('other') }, 1)).toThrow(code('SIGNATURE_INVALID'));
    expect(() => combineShares(backend, broken, shares)).toThrow(code('SIGNATURE_INVALID'));
    const { kappa } = at(group.dealt.shares, 0);
    expect(() => openPartially(backend, opening, { index: 2, kappa })).toThrow(code('SHARE_KEY_MISMATCH', 2));
    expect(() => openPartially(backend, opening, { index: 6, kappa })).toThrow(code('SHARE_INDEX_RANGE', 6));
    expect(() => openPartially(backend, opening, { index: 1.5, kappa })).toThrow(code('SHARE_INDEX_RANGE'));
  });
});

describe('judge', () => {
  const recordOf = (doctor: number): JoinRecord => {
    const { J, c, z } = at(group.members, doctor).joined;
    return { J, c, z, sigD: utf8('sigD'), certD: utf8('certD') };
  };
  const registry = (records: readonly JoinRecord[], authentic = true): JudgeSources => ({
    lookUp: async (Q) => records.find(({ J }) => equalBytes(J.slice(-48), Q)),
    isRecordAuthentic: async () => authentic,
  });
  const ruling = async (opening: OpeningCase, sources: JudgeSources) =>
    judge(backend, opening, sharesOf(opening, [5, 2, 4]), sources, neverAborted);

  it('names the doctor who joined', async () => {
    const verdict = await ruling(await caseOf(3), registry([0, 1, 2, 3].map(recordOf)));
    expect(verdict).toMatchObject({ blame: 'doctor', doctorId: at(group.members, 3).doctorId });
  });

  it('blames the issuer when nobody joined with this Q, and for a phantom member', async () => {
    const opening = await caseOf(3);
    expect(await ruling(opening, registry([0, 1, 2].map(recordOf)))).toMatchObject({
      blame: 'issuer',
      reason: 'NO_RECORD',
    });
    const { groupKey, issuer, rng } = group;
    const sk = 4242n;
    const Q = backend.encodeG1(backend.mul(backend.generators.h, sk));
    const issued = issueCredential(backend, { secret: issuer.secret, groupKey, Q, ...TODAY });
    const A = backend.decodeG1(issued.slice(0, 48));
    const e = decodeScalar(issued.slice(48));
    if (A === undefined || e === undefined) throw new Error('credential does not decode');
    const signature = proveOpenly(backend, groupKey, ctx, messageHash, { sk, A, e }, rng);
    const phantom = { ...opening, signature };
    expect(await ruling(phantom, registry([0, 1, 2, 3].map(recordOf)))).toMatchObject({
      blame: 'issuer',
      reason: 'NO_RECORD',
    });
  });

  it('blames the issuer for a record that does not prove the join', async () => {
    const opening = await caseOf(0);
    const record = recordOf(0);
    const { Q } = at(group.members, 0).joined;
    const lookUpAlways = (found: JoinRecord): JudgeSources => ({ ...registry([]), lookUp: async () => found });
    const otherGroup = flipped(record.J, 20);
    const bad = [
      lookUpAlways(recordOf(1)),
      lookUpAlways({ ...record, c: flipped(record.c, 31) }),
      lookUpAlways({ ...record, z: encodeScalar(1n) }),
      lookUpAlways({ ...record, J: otherGroup }),
      lookUpAlways({ ...record, J: concat(utf8('garbage'), Q) }),
      registry([record], false),
    ];
    for (const sources of bad) {
      expect(await ruling(opening, sources)).toMatchObject({ blame: 'issuer', reason: 'RECORD_INVALID' });
    }
  });
});
