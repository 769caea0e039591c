import { beforeAll, describe, expect, it } from 'vitest';
import { compareBytes, concat, hex } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { BUNDLE_STEP, ENTRY_BYTES, findEntry, isBundle, packBundle, sealEntry } from './bundle.ts';
import { encodeAttributes } from './context.ts';
import { decodeCredentialFile, encodeCredentialFile } from './credential-file.ts';
import {
  decodeEpochHead,
  type EpochHead,
  type EpochHeadFields,
  encodeEpochHead,
  epochHeadStatement,
  linkEpochHeads,
} from './epoch-head.ts';
import { headInForce, isAcceptedWithoutReceipt, judgeEpoch, NO_LATE, spanOf } from './epoch-window.ts';
import { bundleKeyOf, issueBundle, issueCredential } from './issuer.ts';
import { loadCredential } from './member-credential.ts';
import { signWithCard } from './sign-host.ts';
import { at, createSampleGroup, flipped, hashOf, neverAborted, sampleContext, TODAY } from './testing/sample-group.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { verifySignature } from './verify.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const HOUR = 3_600_000;
const TOMORROW = { epoch: { day: TODAY.epoch.day + 1, seq: 0 }, classNumber: TODAY.classNumber };

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;
beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 5, 'epochs');
});

const issuing = () => ({ secret: group.issuer.secret, groupKey: group.groupKey });
const placeOf = (attributes: typeof TODAY) => ({
  pkh: group.groupKey.pkh,
  attributes: encodeAttributes(attributes),
});

describe('the bundle', () => {
  it('holds for each doctor the credential that issuing alone gives, and none for the revoked', async () => {
    const { groupKey, members } = group;
    const staying = members.slice(0, 4).map(({ joined }) => joined.Q);
    const bundle = issueBundle(backend, { ...issuing(), ...TOMORROW, members: staying });
    expect(isBundle(bundle)).toBe(true);
    for (const Q of staying) {
      const found = findEntry(bundle, bundleKeyOf(issuing(), Q), placeOf(TOMORROW));
      expect(found && hex(found)).toBe(hex(issueCredential(backend, { ...issuing(), ...TOMORROW, Q })));
    }
    const revoked = at(members, 4).joined.Q;
    expect(findEntry(bundle, bundleKeyOf(issuing(), revoked), placeOf(TOMORROW))).toBeUndefined();

    const { Q } = at(members, 1).joined;
    const issued = findEntry(bundle, bundleKeyOf(issuing(), Q), placeOf(TOMORROW));
    if (issued === undefined) throw new Error('no entry');
    const credential = loadCredential(backend, groupKey, { Q, issued }, TOMORROW);
    const ctx = sampleContext(TOMORROW);
    const { card } = at(members, 1);
    const messageHash = hashOf('next day');
    const signature = await signWithCard({
      backend,
      groupKey,
      credential,
      ctx,
      messageHash,
      card,
      signal: neverAborted,
    });
    expect(verifySignature(backend, groupKey, ctx, messageHash, signature)).toBe(true);
    // The old credential is good for its own epoch and no other.
    const old = { backend, groupKey, credential: at(members, 4).credential, card: at(members, 4).card, messageHash };
    await expect(signWithCard({ ...old, ctx, signal: neverAborted })).rejects.toThrow(code('EPOCH_MISMATCH'));
  });

  it('is sorted, padded to 4,096 entries and says nothing by its size', () => {
    const entry = sealEntry(hashOf('rk'), placeOf(TODAY), new Uint8Array(80));
    for (const count of [0, 1, 5, BUNDLE_STEP]) {
      const bundle = packBundle(Array.from({ length: count }, () => entry));
      expect(bundle.length).toBe(BUNDLE_STEP * ENTRY_BYTES);
      expect(isBundle(bundle)).toBe(true);
    }
    expect(packBundle(Array.from({ length: BUNDLE_STEP + 1 }, () => entry)).length).toBe(2 * BUNDLE_STEP * ENTRY_BYTES);
    expect(() => packBundle([entry.slice(1)])).toThrow(RangeError);
    expect(() => sealEntry(hashOf('rk').slice(1), placeOf(TODAY), new Uint8Array(80))).toThrow(RangeError);
    expect(isBundle(new Uint8Array(0))).toBe(false);
    expect(isBundle(new Uint8Array(ENTRY_BYTES))).toBe(false);
    const bundle = packBundle([entry]);
    expect(isBundle(concat(bundle.subarray(ENTRY_BYTES), bundle.subarray(0, ENTRY_BYTES)))).toBe(false);
  });

  it('gives the same doctor unlinkable entries in different epochs and classes, and other doctors nothing', () => {
    const { members } = group;
    const { Q } = at(members, 0).joined;
    const rk = bundleKeyOf(issuing(), Q);
    const otherClass = { ...TODAY, classNumber: TODAY.classNumber + 1 };
    const entries = [TODAY, TOMORROW, otherClass].map((attributes) =>
      sealEntry(rk, placeOf(attributes), issueCredential(backend, { ...issuing(), ...attributes, Q })),
    );
    expect(new Set(entries.map((entry) => hex(entry.slice(0, 16)))).size).toBe(3);
    const bundle = packBundle(entries.slice(0, 1));
    expect(findEntry(bundle, rk, placeOf(TODAY))).toBeDefined();
    expect(findEntry(bundle, rk, placeOf(TOMORROW))).toBeUndefined();
    expect(findEntry(bundle, bundleKeyOf(issuing(), at(members, 1).joined.Q), placeOf(TODAY))).toBeUndefined();
    // Without the key an entry is not a credential of anybody.
    const { groupKey } = group;
    for (const masked of [entries[0]?.slice(16) ?? new Uint8Array(80)]) {
      expect(() => loadCredential(backend, groupKey, { Q, issued: masked }, TODAY)).toThrow(code('CREDENTIAL_INVALID'));
    }
  });

  it('finds every entry of a full bundle', () => {
    const rng = seededRng('full');
    const keys = Array.from({ length: 300 }, () => rng(32));
    const bundle = packBundle(keys.map((rk, i) => sealEntry(rk, placeOf(TODAY), new Uint8Array(80).fill(i))));
    keys.forEach((rk, i) => {
      expect(findEntry(bundle, rk, placeOf(TODAY))?.[0]).toBe(i % 256);
    });
  });

  it('refuses a secret or a member that is malformed', () => {
    const members = [at(group.members, 0).joined.Q];
    const input = { ...issuing(), ...TOMORROW, members };
    expect(() => issueBundle(backend, { ...input, secret: input.secret.slice(1) })).toThrow(
      code('ISSUER_SECRET_INVALID'),
    );
    expect(() => issueBundle(backend, { ...input, members: [new Uint8Array(48)] })).toThrow(code('JOIN_INVALID'));
    expect(() => bundleKeyOf({ ...issuing(), secret: new Uint8Array(64) }, new Uint8Array(48))).toThrow(
      code('ISSUER_SECRET_INVALID'),
    );
  });
});

describe('the credential file', () => {
  it('comes back as it was written, padding and all, and in no other form', () => {
    const { stored } = at(group.members, 0);
    const file = { ...stored, ...TODAY, bundleKey: hashOf('rk') };
    const bytes = encodeCredentialFile(file);
    expect(bytes.length).toBe(169);
    expect(decodeCredentialFile(concat(bytes, new Uint8Array(87)))).toEqual(file);
    for (const bad of [bytes.slice(1), flipped(bytes, 0), concat(bytes, Uint8Array.of(1)), new Uint8Array(0)])
      expect(() => decodeCredentialFile(bad)).toThrow(code('CREDENTIAL_INVALID'));
  });
});

const DAY = 24 * HOUR;
const START = TODAY.epoch.day * DAY;
const row = (classNumber: number, servedBy = classNumber) =>
  servedBy === classNumber
    ? { classNumber, servedBy, entries: BUNDLE_STEP, bundleHash: hashOf(`bundle ${classNumber}`) }
    : { classNumber, servedBy, entries: 0, bundleHash: new Uint8Array(32) };

/** A head after `before`; by default a whole day. */
function head(day: number, change: Partial<EpochHeadFields> = {}, before?: EpochHead): EpochHead {
  const notBefore = START + day * DAY;
  return decodeEpochHead(
    encodeEpochHead({
      pkh: hashOf('a group'),
      epoch: { day: TODAY.epoch.day + day, seq: 0 },
      emergency: false,
      issuedAt: notBefore - HOUR,
      notBefore,
      notAfter: notBefore + DAY,
      previous: before?.hash ?? new Uint8Array(32),
      revokedWarrants: h256(),
      revokedCards: h256(),
      classes: [row(1), row(3, 1), row(4)],
      ...change,
    }),
  );
}

describe('the epoch head', () => {
  it('comes back as it was written; every byte counts', () => {
    const one = head(0, { emergency: true });
    expect(decodeEpochHead(one.encoded)).toEqual(one);
    expect(hex(epochHeadStatement(one.encoded).slice(1, 18))).toBe(hex(new TextEncoder().encode('NHI-EPOCH-HEAD-V1')));
    for (let i = 0; i < one.encoded.length; i++) {
      let read: EpochHead | undefined;
      try {
        read = decodeEpochHead(flipped(one.encoded, i));
      } catch (cause) {
        expect(cause).toEqual(code('EPOCH_HEAD_INVALID'));
      }
      if (read !== undefined) expect(hex(read.hash)).not.toBe(hex(one.hash));
    }
  });

  it('refuses wrong lengths, instants and tables of classes', () => {
    const { encoded } = head(0);
    for (const bad of [encoded.slice(1), encoded.slice(0, -1), concat(encoded, Uint8Array.of(0)), new Uint8Array(0)])
      expect(() => decodeEpochHead(bad)).toThrow(code('EPOCH_HEAD_INVALID'));
    const wrong: Partial<EpochHeadFields>[] = [
      { notAfter: START },
      { issuedAt: START + 1 },
      { classes: [row(2), row(1)] },
      { classes: [row(1), row(1)] },
      { classes: [row(3, 1)] },
      { classes: [row(1, 3), row(3, 1)] },
      { classes: [row(1), { ...row(3, 1), entries: 1 }] },
      { classes: [{ ...row(1), entries: 0 }] },
    ];
    for (const change of wrong) expect(() => head(0, change)).toThrow(code('EPOCH_HEAD_INVALID'));
  });

  it('makes a chain that cannot lose a link', () => {
    const a = head(0);
    const b = head(1, {}, a);
    const c = head(2, {}, b);
    const pkh = hashOf('a group');
    expect(
      linkEpochHeads(
        [a, b, c].map(({ encoded }) => encoded),
        pkh,
      ),
    ).toHaveLength(3);
    for (const bad of [[], [a, c], [b, a], [a, a], [a, head(1, {})]])
      expect(() =>
        linkEpochHeads(
          bad.map(({ encoded }) => encoded),
          pkh,
        ),
      ).toThrow(code('EPOCH_HEAD_INVALID'));
    expect(() => linkEpochHeads([a.encoded], hashOf('another group'))).toThrow(code('EPOCH_HEAD_INVALID'));
    const again = head(2, { epoch: a.epoch }, b);
    expect(() =>
      linkEpochHeads(
        [a, b, again].map(({ encoded }) => encoded),
        pkh,
      ),
    ).toThrow(code('EPOCH_HEAD_INVALID'));
  });
});

describe('the window of acceptance', () => {
  const a = head(0);
  const b = head(1, {}, a);
  const late = { grace: 2 * HOUR, late: 72 * HOUR };

  it('is the epoch itself, two hours more, and for settlement what the policy says', () => {
    const chain = [a, b];
    const judged = (time: number, acceptance = NO_LATE) => judgeEpoch(chain, a.epoch, START + time, acceptance);
    expect(judged(-1)).toBe('early');
    expect(judged(0)).toBe('in-force');
    expect(judged(DAY - 1)).toBe('in-force');
    expect(judged(DAY)).toBe('grace');
    expect(judged(DAY + 2 * HOUR - 1)).toBe('grace');
    expect(judged(DAY + 2 * HOUR)).toBe('over');
    expect(judged(DAY + 2 * HOUR, late)).toBe('late');
    expect(judged(DAY + 72 * HOUR, late)).toBe('over');
    expect(judgeEpoch(chain, { day: a.epoch.day + 9, seq: 0 }, START, NO_LATE)).toBe('unknown');
    expect(headInForce(chain, START + DAY)?.epoch).toEqual(b.epoch);
    expect(headInForce(chain, START + 2 * DAY)).toBeUndefined();
  });

  it('ends at once where an emergency begins, also for the epoch that was published ahead', () => {
    const noon = START + DAY / 2;
    const emergency = head(
      0,
      { epoch: { ...a.epoch, seq: 1 }, emergency: true, issuedAt: noon, notBefore: noon, notAfter: START + DAY },
      b,
    );
    const tomorrow = head(1, { epoch: { ...b.epoch, seq: 1 } }, emergency);
    const chain = [a, b, emergency, tomorrow];
    expect(judgeEpoch(chain, a.epoch, noon - 1, late)).toBe('in-force');
    expect(judgeEpoch(chain, a.epoch, noon, late)).toBe('over');
    expect(judgeEpoch(chain, b.epoch, START + DAY + HOUR, late)).toBe('over');
    expect(judgeEpoch(chain, emergency.epoch, noon, late)).toBe('in-force');
    expect(judgeEpoch(chain, emergency.epoch, START + DAY, late)).toBe('grace');
    expect(headInForce(chain, noon)?.epoch).toEqual(emergency.epoch);
    expect(headInForce(chain, START + DAY)?.epoch).toEqual(tomorrow.epoch);
    expect(spanOf(chain, 1).end).toBeLessThan(spanOf(chain, 1).start);
    expect(isAcceptedWithoutReceipt(chain, a.epoch, noon)).toBe(false);
    expect(isAcceptedWithoutReceipt(chain, emergency.epoch, START + DAY)).toBe(true);
    expect(isAcceptedWithoutReceipt(chain, b.epoch, START + DAY)).toBe(false);
  });

  it('without a receipt is the present epoch and the one before', () => {
    const c = head(2, {}, b);
    const chain = [a, b, c];
    const now = START + 2 * DAY;
    expect([a, b, c].map(({ epoch }) => isAcceptedWithoutReceipt(chain, epoch, now))).toEqual([false, true, true]);
    expect(isAcceptedWithoutReceipt(chain, c.epoch, START + 9 * DAY)).toBe(false);
    expect(isAcceptedWithoutReceipt([a], a.epoch, START)).toBe(true);
  });
});

describe('byte order', () => {
  it('is that of unsigned bytes, the shorter first', () => {
    const items = [Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 1), Uint8Array.of(1), Uint8Array.of(255)];
    const shuffled = [items[3], items[1], items[4], items[0], items[2]].map((item) => item ?? new Uint8Array(9));
    expect(shuffled.sort(compareBytes)).toEqual(items);
  });
});
