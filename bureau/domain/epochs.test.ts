/**
 * Epochs against the clock, a second process, and an issuer that fails. Credentials are tested where they are issued; here every bundle is empty.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { h256 } from '../../crypto/common/hash.ts';
import { packBundle } from '../../crypto/groupsig/bundle.ts';
import { linkEpochHeads } from '../../crypto/groupsig/epoch-head.ts';
import { judgeEpoch, NO_LATE } from '../../crypto/groupsig/epoch-window.ts';
import { openSqliteStore } from '../store/open-sqlite.ts';
import type { Store } from '../store/store.ts';
import { createMovingClock, DAY, MINUTE, type MovingClock, yesterdayNoon } from '../testing/moving-clock.ts';
import { createEpochs, type Epochs, type GroupIssuer } from './epochs.ts';

const HOUR = 60 * MINUTE;
const signal = new AbortController().signal;
const pkh = h256(new Uint8Array(1));
const head = { version: 1, type: 'test', institution: '9900000001', key_id: 'ab'.repeat(32) } as const;

let store: Store;
let clock: MovingClock;
/** Called whenever a bundle is asked for. */
let onIssue: () => Promise<void>;
let issued: number;

beforeEach(async () => {
  store = await openSqliteStore(':memory:');
  clock = createMovingClock(yesterdayNoon());
  onIssue = async () => undefined;
  issued = 0;
});
afterEach(() => store.close());

const issuer: GroupIssuer = {
  issue: () => Promise.reject(new Error('not asked for here')),
  bundle: async () => {
    issued++;
    await onIssue();
    return packBundle([]);
  },
};

const start = (): Epochs =>
  createEpochs({
    store,
    clock,
    issuer,
    signer: { certificate: new Uint8Array(0), algorithm: 'ecdsa-p256-sha256', sign: async () => new Uint8Array(8) },
    institution: head.institution,
    pkh,
    policy: { days: 1, publishAhead: 12 * HOUR, minimumClass: 1000, keepHeads: 100 * DAY, maxSkew: 120_000 },
  });

const join = (q: string) =>
  store.saveMember(
    {
      ...head,
      q,
      join_string: new Uint8Array(1),
      proof_c: new Uint8Array(1),
      proof_z: new Uint8Array(1),
      signature: new Uint8Array(1),
      certificate: new Uint8Array(1),
      doctor_class: 1,
      status: 'active',
      joined_at: clock.now(),
      doctor_id: `D-${q}`,
      attestation: null,
    },
    [1],
    '',
    null,
    signal,
  );

const names = async (epochs: Epochs): Promise<string[]> =>
  (await epochs.chain(signal)).heads.map(
    ({ epoch, emergency }) => `${epoch.day % 100}.${epoch.seq}${emergency ? '!' : ''}`,
  );

describe('an early epoch', () => {
  it('is in the chain though another process publishes all the while', async () => {
    const [one, two] = [start(), start()];
    await one.tend(signal);
    await join('aa');
    let rivals = 3;
    onIssue = async () => {
      if (rivals-- > 0) {
        // The other process has just noticed the same change.
        const before = onIssue;
        onIssue = async () => undefined;
        await store.revokeMember('D-aa', clock.now(), signal);
        await two.tend(signal);
        onIssue = before;
      }
    };
    const begun = await one.beginAtOnce(signal);
    expect(begun.emergency).toBe(true);
    expect((await two.inForce(signal)).epoch).toEqual(begun.epoch);
    linkEpochHeads(
      (await two.chain(signal)).heads.map(({ encoded }) => encoded),
      pkh,
    );
  });

  it('two at once give two, one after the other', async () => {
    const epochs = start();
    await epochs.tend(signal);
    const [a, b] = await Promise.all([epochs.beginAtOnce(signal), epochs.beginAtOnce(signal)]);
    expect(a.emergency && b.emergency).toBe(true);
    expect(new Set([a.epoch.seq, b.epoch.seq]).size).toBe(2);
  });

  it('stays in force when the clock is set back', async () => {
    const epochs = start();
    const before = await epochs.inForce(signal);
    clock.advance(HOUR);
    const early = await epochs.beginAtOnce(signal);
    clock.advance(-30 * MINUTE);
    expect((await epochs.inForce(signal)).epoch).toEqual(early.epoch);
    const { heads, present } = await epochs.chain(signal);
    expect(judgeEpoch(heads, before.epoch, present, NO_LATE)).toBe('over');
    expect(judgeEpoch(heads, early.epoch, present, NO_LATE)).toBe('in-force');
  });
});

describe('a bureau', () => {
  it('that was away for more than the heads are kept goes on with the chain', async () => {
    await start().tend(signal);
    clock.advance(140 * DAY);
    const epochs = start();
    await epochs.tend(signal);
    expect(await names(epochs)).toHaveLength(2);
    clock.advance(30 * DAY);
    await epochs.tend(signal);
    const { heads } = await epochs.chain(signal);
    linkEpochHeads(
      heads.map(({ encoded }) => encoded),
      pkh,
    );
  });

  it('whose issuer fails ahead of time goes on with the epoch in force', async () => {
    const epochs = start();
    await epochs.inForce(signal);
    onIssue = () => Promise.reject(new Error('the issuer is down'));
    clock.advance(6 * HOUR);
    const present = await epochs.inForce(signal);
    await expect(epochs.tend(signal)).rejects.toThrow('the issuer is down');
    expect((await epochs.inForce(signal)).epoch).toEqual(present.epoch);
    onIssue = async () => undefined;
    await epochs.tend(signal);
    expect(await names(epochs)).toHaveLength(2);
  });

  it('waits for no bundle of tomorrow when it is asked about today', async () => {
    const epochs = start();
    await epochs.inForce(signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    onIssue = () => promise;
    const tending = epochs.tend(signal);
    expect(await names(epochs)).toHaveLength(1);
    resolve();
    await tending;
    expect(await names(epochs)).toHaveLength(2);
  });

  it('issues nothing while nothing happens, and once more for each change that matters', async () => {
    const epochs = start();
    await epochs.tend(signal);
    const after = issued;
    await epochs.tend(signal);
    await epochs.inForce(signal);
    expect(issued).toBe(after);
    // Somebody joins: an hour later the epoch ahead is issued anew. Somebody is revoked: at once.
    await join('aa');
    await epochs.tend(signal);
    expect(issued).toBe(after);
    clock.advance(HOUR);
    await epochs.tend(signal);
    const later = issued;
    expect(later).toBeGreaterThan(after);
    await store.revokeMember('D-aa', clock.now(), signal);
    await epochs.tend(signal);
    expect(issued).toBeGreaterThan(later);
    // One is readmitted and another revoked: as many revoked as before, and yet a change.
    await join('bb');
    const third = issued;
    await store.readmitMember('D-aa', clock.now(), signal);
    await store.revokeMember('D-bb', clock.now(), signal);
    await epochs.tend(signal);
    expect(issued).toBeGreaterThan(third);
    // Other classes may take a right away: at once as well.
    await join('cc');
    clock.advance(HOUR);
    await epochs.tend(signal);
    const fourth = issued;
    await store.setMemberClasses('D-cc', [2], clock.now(), signal);
    await epochs.tend(signal);
    expect(issued).toBeGreaterThan(fourth);
  });

  it('keeps bundles only of epochs that are or will be in force', async () => {
    const epochs = start();
    await epochs.tend(signal);
    const [today, ahead] = (await epochs.chain(signal)).heads.map(({ epoch }) => `${epoch.day}.${epoch.seq}`);
    await join('aa');
    clock.advance(HOUR);
    await epochs.tend(signal);
    await expect(epochs.bundle(ahead ?? '', 1, signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await epochs.bundle(today ?? '', 1, signal)).toBeDefined();
    clock.advance(DAY);
    await epochs.tend(signal);
    await expect(epochs.bundle(today ?? '', 1, signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('begins another epoch for those who joined too late for the one that was published ahead', async () => {
    const epochs = start();
    await epochs.tend(signal);
    clock.advance(12 * HOUR - MINUTE);
    await epochs.inForce(signal);
    await join('cc');
    clock.advance(2 * MINUTE);
    const { epoch } = await epochs.inForce(signal);
    expect(epoch.seq).toBe(1);
  });
});

describe('a revocation', () => {
  it('that is dated before a head by a clock set back counts after it', async () => {
    const row = {
      ...head,
      type: 'terminal',
      serial: 'ab'.repeat(16),
      pid: null,
      der: new Uint8Array(1),
      issued_at: clock.now(),
      revoked_at: null,
    };
    await store.saveCertificates([row], signal);
    const epochs = start();
    const { issuedAt } = await epochs.inForce(signal);
    await store.revokeCertificate(row.serial, issuedAt - 3_000, signal);
    const [revoked] = await store.revokedCertificates(signal);
    expect(Math.floor((revoked?.revoked_at ?? 0) / 1000)).toBeGreaterThan(Math.floor(issuedAt / 1000));
  });
});
