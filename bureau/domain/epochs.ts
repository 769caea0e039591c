/**
 * Epochs in operation: every non-revoked doctor's credential is issued anew for each epoch without talking to them, and one signed head
 * names the bundles (groupsig note, "Epochs and revocation"). What is due is published when somebody asks or a timer comes by;
 * of two processes that publish at once one wins, and the other reads what it published.
 * @module
 */
import { startOfDay } from '../../contract/calendar.ts';
import type { Clock } from '../../contract/clock.ts';
import { ALL_CLASSES, MERGEABLE, MERGED_INTO } from '../../contract/doctor-classes.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import type { AttributeSigner } from '../../crypto/envelope/attribute-signer.ts';
import { ENTRY_BYTES } from '../../crypto/groupsig/bundle.ts';
import type { Attributes, Epoch } from '../../crypto/groupsig/context.ts';
import {
  type ClassRow,
  decodeEpochHead,
  type EpochHead,
  encodeEpochHead,
  epochHeadStatement,
  revokedHash,
} from '../../crypto/groupsig/epoch-head.ts';
import { headInForce, spanOf } from '../../crypto/groupsig/epoch-window.ts';
import type { Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';

const DAY = 86_400_000;

/** The issuer of credentials: its secret is where this port leads and nowhere else. */
export interface GroupIssuer {
  /** A ‖ e (80 bytes) and the bundle key rk (32 bytes) for one Q. */
  issue(
    input: Attributes & { readonly Q: Uint8Array },
    signal: AbortSignal,
  ): Promise<{ readonly issued: Uint8Array; readonly bundleKey: Uint8Array }>;
  /** The bundle of one epoch and class for these Q. */
  bundle(input: Attributes & { readonly members: readonly Uint8Array[] }, signal: AbortSignal): Promise<Uint8Array>;
}

/** How epochs run. */
export interface EpochPolicy {
  /** Length of an epoch in days of Taiwan. */
  readonly days: number;
  /** How long before its beginning an epoch is published, ms (note: at most 12 h). */
  readonly publishAhead: number;
  /** Most that clocks may differ, ms. */
  readonly maxSkew: number;
  /** Fewer members than this and a profession is served by the physicians' bundle (note: 1,000). */
  readonly minimumClass: number;
  /** How long heads are handed out after their epoch, ms: as long as a prescription may be collected. */
  readonly keepHeads: number;
}

/** The heads a verifier needs, oldest first, with the bureau's signature over the newest. */
export interface EpochChain {
  readonly heads: readonly EpochHead[];
  readonly signature: Uint8Array;
}

/** Epochs of one group. */
export interface Epochs {
  /** Publishes what is due first. */
  chain(signal: AbortSignal): Promise<EpochChain>;
  /** The head in force. */
  inForce(signal: AbortSignal): Promise<EpochHead>;
  /** Ends the epoch in force and begins another now; also replaces one that was published ahead. */
  beginAtOnce(signal: AbortSignal): Promise<EpochHead>;
  /** NOT_FOUND when there is no such epoch or the class is served by another's bundle. */
  bundle(epoch: string, doctorClass: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Revocation lists have seconds, and a desk has to count the same ones. */
const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** Those who join after an epoch was published ahead get into it at most so much later, or when it is about to begin. */
const REPUBLISH_AFTER = 3_600_000;
const LAST_CALL = 10 * 60_000;

/** `day.seq` */
export const epochName = ({ day, seq }: Epoch): string => `${day}.${seq}`;

/** What epochs are made of. */
export interface EpochPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly issuer: GroupIssuer;
  readonly signer: AttributeSigner;
  /** Head of stored rows: institution and pkh (hex). */
  readonly institution: string;
  readonly pkh: Uint8Array;
  readonly policy: EpochPolicy;
}

/** When an epoch is to run and why. */
interface Plan {
  readonly notBefore: number;
  readonly notAfter: number;
  readonly emergency: boolean;
}

export function createEpochs(ports: EpochPorts): Epochs {
  const { store, clock, issuer, policy, pkh } = ports;
  // Publishing outlives the request that happened to ask for it.
  const own = new AbortController().signal;
  let rows: Row<'epoch'>[] = [];
  let heads: EpochHead[] = [];
  let publishing: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const since = clock.now() - policy.keepHeads;
    const fresh = await store.epochsAfter(rows.at(-1)?.position ?? 0, since, own);
    const first = rows.findIndex((row) => row.not_after > since);
    rows = [...(first < 0 ? [] : rows.slice(first)), ...fresh];
    const known = new Map(heads.map((head) => [hex(head.hash), head]));
    heads = rows.map((row) => known.get(hex(h256(row.head))) ?? decodeEpochHead(row.head));
  };

  /** The classes that have a bundle of their own, with the classes each serves. */
  const servedClasses = async (): Promise<ReadonlyMap<number, readonly number[]>> => {
    const merged: number[] = [];
    for (const number of MERGEABLE)
      if ((await store.activeMembers([number], own)).length < policy.minimumClass) merged.push(number);
    return new Map(
      ALL_CLASSES.filter((number) => !merged.includes(number)).map((number) => [
        number,
        number === MERGED_INTO ? [number, ...merged] : [number],
      ]),
    );
  };

  const publish = async (plan: Plan): Promise<void> => {
    const { notBefore, notAfter, emergency } = plan;
    const { day } = startOfDay(notBefore);
    const seq = 1 + Math.max(-1, ...heads.filter(({ epoch }) => epoch.day === day).map(({ epoch }) => epoch.seq));
    const epoch = { day, seq };
    const name = epochName(epoch);
    // Counted before the members are read: whoever joins meanwhile is seen as missing and not as served.
    const membership = await store.membership(0, own);
    const bundles: Row<'bundle'>[] = [];
    const classes: ClassRow[] = [];
    for (const [number, served] of await servedClasses()) {
      const members = (await store.activeMembers(served, own)).map(fromHex);
      const entries = await issuer.bundle({ epoch, classNumber: number, members }, own);
      bundles.push({ epoch: name, doctor_class: number, entries });
      const count = entries.length / ENTRY_BYTES;
      classes.push({ classNumber: number, servedBy: number, entries: count, bundleHash: h256(entries) });
      for (const other of served.filter((one) => one !== number))
        classes.push({ classNumber: other, servedBy: number, entries: 0, bundleHash: new Uint8Array(32) });
    }
    const previous = heads.at(-1)?.hash ?? new Uint8Array(32);
    const issuedAt = Math.min(clock.now(), notBefore);
    const revoked = (await store.revokedCertificates(own)).filter(
      (row) => secondOf(row.revoked_at ?? 0) < secondOf(issuedAt),
    );
    const head = encodeEpochHead({
      pkh,
      epoch,
      emergency,
      issuedAt,
      notBefore,
      notAfter,
      previous,
      // Warrants and their revocation come with the agents.
      revokedWarrants: revokedHash([]),
      revokedCards: revokedHash(revoked.map((row) => fromHex(row.serial))),
      classes: classes.sort((a, b) => a.classNumber - b.classNumber),
    });
    const saved = await store.saveEpoch(
      {
        epoch: {
          version: 1,
          type: 'epoch',
          institution: ports.institution,
          key_id: hex(pkh),
          name,
          previous: hex(previous),
          not_before: notBefore,
          not_after: notAfter,
          members: membership.members,
          revoked: membership.revoked,
          head,
          signature: await ports.signer.sign(epochHeadStatement(head), own),
        },
        bundles,
      },
      own,
    );
    await load();
    if (!saved && heads.length === 0) throw new Error('an epoch was neither stored nor there');
  };

  /** The end of the epoch that begins at an instant: a midnight of Taiwan. */
  const endOf = (start: number): number => startOfDay(start).start + policy.days * DAY;

  /** An epoch begins now where none is in force, or where the one in force was issued before somebody joined in the day before it. */
  const beginIfMissing = async (now: number): Promise<void> => {
    const head = headInForce(heads, now);
    // A little back: a desk whose clock is slow must not find it "not begun".
    if (head === undefined) {
      await publish({ notBefore: now - policy.maxSkew, notAfter: endOf(now), emergency: false });
      return;
    }
    const row = rows[heads.indexOf(head)];
    const { membersBefore } = await store.membership(head.notBefore, own);
    if (row !== undefined && membersBefore > row.members)
      await publish({ notBefore: now, notAfter: endOf(now), emergency: false });
  };

  /** The next epoch, ahead of time; anew when a doctor was revoked since, and now and then for those who have joined. */
  const publishAhead = async (now: number): Promise<void> => {
    const [newest, row] = [heads.at(-1), rows.at(-1)];
    if (newest === undefined || row === undefined) return;
    if (newest.notBefore <= now) {
      const { end } = spanOf(heads, heads.length - 1);
      if (end - now <= policy.publishAhead) await publish({ notBefore: end, notAfter: endOf(end), emergency: false });
      return;
    }
    const { members, revoked } = await store.membership(0, own);
    const due = now - newest.issuedAt >= REPUBLISH_AFTER || newest.notBefore - now <= LAST_CALL;
    if (revoked !== row.revoked || (members !== row.members && due))
      await publish({ notBefore: newest.notBefore, notAfter: newest.notAfter, emergency: false });
  };

  const publishDue = async (): Promise<void> => {
    await load();
    const now = clock.now();
    await beginIfMissing(now);
    await publishAhead(now);
  };

  const tend = async (): Promise<void> => {
    publishing ??= publishDue().finally(() => {
      publishing = undefined;
    });
    await publishing;
  };

  const inForce = async (): Promise<EpochHead> => {
    await tend();
    const head = headInForce(heads, clock.now());
    if (head === undefined) throw new ImisError('EPOCH_NOT_IN_FORCE', 'no epoch is in force');
    return head;
  };

  return {
    chain: async (signal) => {
      signal.throwIfAborted();
      await tend();
      const newest = rows.at(-1);
      if (newest === undefined) throw new Error('tended epochs are never empty');
      return { heads: [...heads], signature: newest.signature };
    },
    inForce: async (signal) => {
      signal.throwIfAborted();
      return inForce();
    },
    beginAtOnce: async (signal) => {
      signal.throwIfAborted();
      await publishing;
      await load();
      const now = clock.now();
      await publish({ notBefore: now, notAfter: endOf(now), emergency: true });
      // One that was published ahead may still hold the doctor who is to be kept out: it never begins, and another is issued.
      return inForce();
    },
    bundle: async (epoch, doctorClass, signal) => {
      const row = await store.bundle(epoch, doctorClass, signal);
      if (row === undefined) throw new ImisError('NOT_FOUND', `no bundle of class ${doctorClass} in epoch ${epoch}`);
      return row.entries;
    },
  };
}
