import { beforeAll, describe, expect, it } from 'vitest';
import { concat, hex, utf8 } from '../common/bytes.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { joinOnCard } from './card-member.ts';
import { issueOver } from './credential.ts';
import { checkJoin, issueCredential } from './issuer.ts';
import { decodeJoinStatement, encodeJoinStatement, isJoinProofValid } from './join.ts';
import { loadCredential } from './member-credential.ts';
import { decodeScalar, encodeScalar, ORDER } from './scalar.ts';
import { at, createSampleGroup, flipped, TODAY } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));
const OUTSIDE = concat(Uint8Array.of(0x80), new Uint8Array(46), Uint8Array.of(4));

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 2);
});

describe('join', () => {
  it('is accepted for the statement the issuer expects and for no other', () => {
    const expected = { pkh: group.groupKey.pkh, doctorId: utf8('醫字第000001號'), nonce: group.rng(32) };
    const joined = joinOnCard(backend, expected, group.rng);
    expect(checkJoin(backend, expected, joined)).toBe(true);
    expect(decodeJoinStatement(joined.J)).toEqual({ ...expected, Q: joined.Q });
    expect(checkJoin(backend, { ...expected, nonce: flipped(expected.nonce, 0) }, joined)).toBe(false);
    expect(checkJoin(backend, { ...expected, pkh: flipped(expected.pkh, 0) }, joined)).toBe(false);
    expect(checkJoin(backend, { ...expected, doctorId: utf8('D9') }, joined)).toBe(false);
    for (const field of ['c', 'z'] as const) {
      expect(checkJoin(backend, expected, { ...joined, [field]: flipped(joined[field], 31) })).toBe(false);
      expect(checkJoin(backend, expected, { ...joined, [field]: encodeScalar(ORDER) })).toBe(false);
    }
    for (const Q of [IDENTITY, OUTSIDE, at(group.members, 0).joined.Q, joined.Q.slice(1)]) {
      expect(checkJoin(backend, expected, { ...joined, Q })).toBe(false);
    }
    expect(() => joinOnCard(backend, { ...expected, nonce: new Uint8Array(31) })).toThrow(RangeError);
  });

  it('refuses a proof for O, which everybody can make', () => {
    const J = encodeJoinStatement({ pkh: group.groupKey.pkh, doctorId: utf8('D'), nonce: group.rng(32), Q: IDENTITY });
    expect(isJoinProofValid(backend, { J, c: encodeScalar(1n), z: encodeScalar(1n) })).toBe(false);
  });

  it('reads J strictly', () => {
    const { J } = at(group.members, 0).joined;
    for (const bad of [
      J.slice(1),
      J.slice(0, -1),
      concat(J, Uint8Array.of(0)),
      flipped(J, 0),
      flipped(J, 52),
      new Uint8Array(0),
    ]) {
      expect(() => decodeJoinStatement(bad)).toThrow(code('JOIN_INVALID'));
    }
  });
});

describe('issue', () => {
  it('gives the same (A, e) again, and another e for another Q, epoch, class or group', () => {
    const { issuer, groupKey, members } = group;
    const base = { secret: issuer.secret, groupKey, Q: at(members, 0).joined.Q, ...TODAY };
    const first = issueCredential(backend, base, seededRng('a'));
    expect(hex(issueCredential(backend, base, seededRng('b')))).toBe(hex(first));
    const others = [
      { ...base, Q: at(members, 1).joined.Q },
      { ...base, epoch: { ...base.epoch, seq: 1 } },
      { ...base, epoch: { ...base.epoch, day: base.epoch.day + 1 } },
      { ...base, classNumber: base.classNumber + 1 },
      { ...base, groupKey: { ...groupKey, pkh: flipped(groupKey.pkh, 0) } },
    ].map((input) => hex(issueCredential(backend, input).slice(48)));
    expect(new Set([hex(first.slice(48)), ...others]).size).toBe(6);
  });

  it('refuses a malformed secret, a malformed Q and gamma + e = 0', () => {
    const { issuer, groupKey, members } = group;
    const base = { secret: issuer.secret, groupKey, Q: at(members, 0).joined.Q, ...TODAY };
    for (const secret of [issuer.secret.slice(1), new Uint8Array(64), new Uint8Array(64).fill(0xff)]) {
      expect(() => issueCredential(backend, { ...base, secret })).toThrow(code('ISSUER_SECRET_INVALID'));
    }
    for (const Q of [IDENTITY, OUTSIDE, new Uint8Array(48)]) {
      expect(() => issueCredential(backend, { ...base, Q })).toThrow(code('JOIN_INVALID'));
    }
    const { g1 } = backend.generators;
    expect(() => issueOver(backend, 5n, [{ e: ORDER - 5n, B: g1 }], group.rng)).toThrow(code('ISSUE_REFUSED'));
    expect(() => issueOver(backend, 5n, [{ e: 6n, B: backend.sub(g1, g1) }], group.rng)).toThrow(code('ISSUE_REFUSED'));
  });

  it('yields credentials that load for their own doctor, epoch and class only', () => {
    const { groupKey, members } = group;
    const { stored } = at(members, 0);
    expect(loadCredential(backend, groupKey, stored, TODAY).e).toBe(decodeScalar(stored.issued.slice(48)));
    const bad = [
      [{ ...stored, Q: at(members, 1).joined.Q }, TODAY],
      [{ ...stored, Q: IDENTITY }, TODAY],
      [{ ...stored, issued: flipped(stored.issued, 79) }, TODAY],
      [{ ...stored, issued: concat(IDENTITY, stored.issued.slice(48)) }, TODAY],
      [{ ...stored, issued: stored.issued.slice(0, 79) }, TODAY],
      [stored, { ...TODAY, classNumber: 8 }],
      [stored, { ...TODAY, epoch: { day: TODAY.epoch.day + 1, seq: 0 } }],
    ] as const;
    for (const [credential, attributes] of bad) {
      expect(() => loadCredential(backend, groupKey, credential, attributes)).toThrow(code('CREDENTIAL_INVALID'));
    }
  });
});
