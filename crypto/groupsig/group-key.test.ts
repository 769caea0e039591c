import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex } from '../common/bytes.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { decodeGroupKey, encodeGroupKey } from './group-key.ts';
import { setUpIssuer } from './issuer.ts';
import { decodeOpenerSet, encodeOpenerSet } from './opener-set.ts';
import { decodeScalar } from './scalar.ts';
import { dealOpeningKey } from './testing/dealer.ts';
import { at, createSampleGroup, flipped } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));
// On the curve, outside the subgroup: x = 4.
const OUTSIDE = concat(Uint8Array.of(0x80), new Uint8Array(46), Uint8Array.of(4));

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 0);
});

describe('group key', () => {
  it('is read back with the same pkh, and pkh depends on w and on K1', () => {
    const { groupKey, issuer, dealt } = group;
    const again = decodeGroupKey(backend, groupKey.encoded);
    expect(hex(again.pkh)).toBe(hex(groupKey.pkh));
    const otherK1 = backend.encodeG1(backend.mul(backend.generators.G, 5n));
    const other = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1: otherK1, proof: issuer.proof }));
    expect(hex(other.pkh)).not.toBe(hex(groupKey.pkh));
    const issuer2 = setUpIssuer(backend, seededRng('another issuer'));
    const other2 = decodeGroupKey(backend, encodeGroupKey({ w: issuer2.w, K1: dealt.K1, proof: issuer2.proof }));
    expect(hex(other2.pkh)).not.toBe(hex(groupKey.pkh));
  });

  it('refuses what is malformed, degenerate or unproved', () => {
    const { groupKey, issuer, dealt } = group;
    const { w, proof } = issuer;
    const { K1 } = dealt;
    const K2 = backend.encodeG1(backend.generators.K2);
    const identityG2 = concat(IDENTITY, new Uint8Array(48));
    const stranger = setUpIssuer(backend, seededRng('stranger'));
    const bad = [
      groupKey.encoded.slice(1),
      concat(groupKey.encoded, Uint8Array.of(0)),
      flipped(groupKey.encoded, 0),
      encodeGroupKey({ w: identityG2, K1, proof }),
      encodeGroupKey({ w, K1: IDENTITY, proof }),
      encodeGroupKey({ w, K1: OUTSIDE, proof }),
      encodeGroupKey({ w, K1: K2, proof }),
      encodeGroupKey({ w: stranger.w, K1, proof }),
      encodeGroupKey({ w, K1, proof: stranger.proof }),
      encodeGroupKey({ w, K1, proof: new Uint8Array(64).fill(0xff) }),
      encodeGroupKey({ w, K1, proof: flipped(proof, 63) }),
    ];
    for (const bytes of bad) expect(() => decodeGroupKey(backend, bytes)).toThrow(code('GROUP_KEY_INVALID'));
    expect(() => encodeGroupKey({ w: K1, K1, proof })).toThrow(RangeError);
  });
});

describe('dealer and opener set', () => {
  it('computes every K_i from the commitments: kappa_i*G', () => {
    const { dealt, openerSet } = group;
    expect(dealt.shares.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    for (const { index, kappa } of dealt.shares) {
      const secret = decodeScalar(kappa);
      if (secret === undefined) throw new Error('share out of range');
      expect(backend.equal(backend.mul(backend.generators.G, secret), openerSet.shareKey(index))).toBe(true);
    }
    expect(() => openerSet.shareKey(0)).toThrow(RangeError);
    expect(() => openerSet.shareKey(6)).toThrow(RangeError);
  });

  it('deals only when more than half are needed', () => {
    for (const [n, t] of [
      [5, 2],
      [4, 2],
      [3, 4],
      [0, 0],
      [256, 200],
      [2.5, 2],
    ] as const) {
      expect(() => dealOpeningKey(backend, { n, t })).toThrow(RangeError);
    }
    expect(dealOpeningKey(backend, { n: 1, t: 1 }).shares.length).toBe(1);
  });

  it('refuses a set of another group, another F_0, a low threshold or a malformed point', () => {
    const { groupKey, dealt, openerSet } = group;
    const fields = { pkh: groupKey.pkh, version: 1, n: 5, t: 3, commitments: dealt.commitments };
    const [F0, F1, F2] = [at(dealt.commitments, 0), at(dealt.commitments, 1), at(dealt.commitments, 2)];
    const bad = [
      openerSet.encoded.slice(0, 40),
      openerSet.encoded.slice(0, -1),
      flipped(openerSet.encoded, 0),
      encodeOpenerSet({ ...fields, pkh: flipped(groupKey.pkh, 3) }),
      encodeOpenerSet({ ...fields, commitments: [F1, F0, F2] }),
      encodeOpenerSet({ ...fields, commitments: [F0, F1, IDENTITY] }),
      encodeOpenerSet({ ...fields, commitments: [F0, OUTSIDE, F2] }),
      encodeOpenerSet({ ...fields, n: 6 }),
      encodeOpenerSet({ ...fields, n: 2 }),
      encodeOpenerSet({ ...fields, t: 2 }),
      encodeOpenerSet({ ...fields, commitments: [F0, F1] }),
    ];
    for (const bytes of bad)
      expect(() => decodeOpenerSet(backend, groupKey, bytes)).toThrow(code('OPENER_SET_INVALID'));
    const next = decodeOpenerSet(backend, groupKey, encodeOpenerSet({ ...fields, version: 2 }));
    expect(hex(next.hash)).not.toBe(hex(openerSet.hash));
  });
});
