/**
 * Epochs in operation: every non-revoked doctor's credential is issued anew for each epoch without talking to them, and one signed head
 * names the bundles (groupsig note, "Epochs and revocation"). Of two processes that publish at once one wins, and the other looks again.
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
import { headInForce, presentOf, spanOf } from '../../crypto/groupsig/epoch-window.ts';
import type { Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { isRevoked } from './is-revoked.ts';

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
  /** The bureau's clock, never before an emergency. */
  readonly present: number;
}

/** Epochs of one group. */
export interface Epochs {
  /** Begins an epoch first where none is in force; waits for nothing that is published ahead. */
  chain(signal: AbortSignal): Promise<EpochChain>;
  /** The head in force. */
  inForce(signal: AbortSignal): Promise<EpochHead>;
  /** Publishes whatever is due, ahead as well; called by a timer. */
  tend(signal: AbortSignal): Promise<void>;
  /** Ends the epoch in force and begins another now; also replaces one that was published ahead. EPOCH_NOT_IN_FORCE when it could not. */
  beginAtOnce(signal: AbortSignal): Promise<EpochHead>;
  /** NOT_FOUND when there is no such epoch or the class is served by another's bundle. */
  bundle(epoch: string, doctorClass: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Revocation lists have seconds, and a desk has to count the same ones. */
export const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** Those who join after an epoch was published ahead get into it at most so much later, or when it is about to begin. */
const REPUBLISH_AFTER = 3_600_000;
const LAST_CALL = 10 * 60_000;

/** What may take a credential from somebody: an epoch that was published ahead and still has it is published anew. */
const TAKES_AWAY: readonly string[] = ['revoked', 'held', 'classes'];

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
  /** Does it begin later than it is published? */
  readonly ahead: boolean;
}

/** Others publish too: how often to look again before giving up. */
const TRIES = 8;

export function createEpochs(ports: EpochPorts): Epochs {
  const { store, clock, issuer, policy, pkh } = ports;
  // Publishing outlives the request that happened to ask for it.
  const own = new AbortController().signal;
  let rows: Row<'epoch'>[] = [];
  let heads: EpochHead[] = [];
  /** Epoch and position of the member log for which nobody was found missing. */
  let checked = '';

  const load = async (): Promise<void> => {
    const since = clock.now() - policy.keepHeads;
    const fresh = await store.epochsAfter(rows.at(-1)?.position ?? 0, since, own);
    const all = [...rows, ...fresh];
    const first = all.findIndex((row) => row.not_after > since);
    // The newest stays whatever its age: the next one names it.
    rows = first < 0 ? all.slice(-1) : all.slice(first);
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

  /** Issues, signs and stores one epoch. False when another process was faster, or something was revoked meanwhile: look again. */
  const publish = async (plan: Plan): Promise<boolean> => {
    const { notBefore, notAfter, emergency } = plan;
    const { day } = startOfDay(notBefore);
    const seq = 1 + Math.max(-1, ...heads.filter(({ epoch }) => epoch.day === day).map(({ epoch }) => epoch.seq));
    const epoch = { day, seq };
    const name = epochName(epoch);
    // Read before the members are: whoever joins meanwhile is seen as missing and not as served.
    const membersTo = await store.memberPosition(own);
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
    // What begins now is issued now; issuing may have taken a while, and what is ahead must not have begun.
    const issuedAt = Math.min(plan.ahead ? clock.now() : notBefore, notBefore);
    const revoked = (await store.revokedCertificates(own)).filter(
      (row) => isRevoked(row) && secondOf(row.revoked_at ?? 0) < secondOf(issuedAt),
    );
    const erased = (await store.warrantErasures(own)).filter(
      ({ erased_at }) => secondOf(erased_at) < secondOf(issuedAt),
    );
    const head = encodeEpochHead({
      pkh,
      epoch,
      emergency,
      issuedAt,
      notBefore,
      notAfter,
      previous,
      revokedWarrants: revokedHash(erased.map(({ serial }) => fromHex(serial))),
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
          issued_at: issuedAt,
          members_to: membersTo,
          head,
          signature: await ports.signer.sign(epochHeadStatement(head), own),
        },
        bundles,
        revokedCount: revoked.length,
        erasedCount: erased.length,
      },
      own,
    );
    await load();
    if (saved) await forgetBundles();
    return saved;
  };

  /** Bundles of epochs that are over or were replaced are of no use to anybody. */
  const forgetBundles = async (): Promise<void> => {
    const now = present();
    const useful = heads.filter((_head, i) => {
      const { start, end } = spanOf(heads, i);
      return end > start && end > now;
    });
    await store.keepBundles(
      useful.map(({ epoch }) => epochName(epoch)),
      own,
    );
  };

  const present = (): number => presentOf(heads, clock.now());

  /** The end of the epoch that begins at an instant: a midnight of Taiwan. */
  const endOf = (start: number): number => startOfDay(start).start + policy.days * DAY;

  /** An epoch begins now where none is in force, or where the one in force was issued before somebody joined ahead of it. */
  const beginIfMissing = async (): Promise<void> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const now = present();
      const head = headInForce(heads, now);
      if (head === undefined) {
        // A little back: a desk whose clock is slow must not find it "not begun".
        if (await publish({ notBefore: now - policy.maxSkew, notAfter: endOf(now), emergency: false, ahead: false }))
          return;
        continue;
      }
      const row = rows[heads.indexOf(head)];
      const since = row === undefined ? [] : await store.memberLog(row.members_to, own);
      if (!since.some(({ kind, at }) => kind === 'joined' && at < head.notBefore)) return;
      if (await publish({ notBefore: now, notAfter: endOf(now), emergency: false, ahead: false })) return;
    }
    throw new Error('no epoch could be published');
  };

  /** The next epoch, ahead of time; anew when a doctor was revoked since, and now and then for those who have joined. */
  const publishAhead = async (): Promise<void> => {
    const now = present();
    const [newest, row] = [heads.at(-1), rows.at(-1)];
    if (newest === undefined || row === undefined) return;
    if (newest.notBefore <= now) {
      const { end } = spanOf(heads, heads.length - 1);
      if (end > now && end - now <= policy.publishAhead)
        await publish({ notBefore: end, notAfter: endOf(end), emergency: false, ahead: true });
      return;
    }
    const since = await store.memberLog(row.members_to, own);
    const due = now - newest.issuedAt >= REPUBLISH_AFTER || newest.notBefore - now <= LAST_CALL;
    if (since.some(({ kind }) => TAKES_AWAY.includes(kind)) || (since.length > 0 && due))
      await publish({ notBefore: newest.notBefore, notAfter: newest.notAfter, emergency: false, ahead: true });
  };

  /** Whoever publishes does so alone in this process. */
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  let ahead: Promise<void> | undefined;
  const publishAheadSoon = (): Promise<void> => {
    ahead ??= alone(async () => {
      await load();
      await publishAhead();
    }).finally(() => {
      ahead = undefined;
    });
    return ahead;
  };

  /** Waits for the epoch in force and for nothing else. */
  const begun = async (): Promise<EpochHead> => {
    await load();
    if (await isMissing()) await alone(async () => load().then(beginIfMissing));
    const head = headInForce(heads, present());
    if (head === undefined) throw new ImisError('EPOCH_NOT_IN_FORCE', 'no epoch is in force');
    return head;
  };

  /** The same question as {@link beginIfMissing}, without publishing. */
  const isMissing = async (): Promise<boolean> => {
    const head = headInForce(heads, present());
    if (head === undefined) return true;
    const row = rows[heads.indexOf(head)];
    const newest = await store.memberPosition(own);
    if (row === undefined || newest === row.members_to || checked === `${row.name} ${newest}`) return false;
    const since = await store.memberLog(row.members_to, own);
    const missing = since.some(({ kind, at }) => kind === 'joined' && at < head.notBefore);
    if (!missing) checked = `${row.name} ${newest}`;
    return missing;
  };

  return {
    chain: async (signal) => {
      signal.throwIfAborted();
      await begun();
      const newest = rows.at(-1);
      if (newest === undefined) throw new Error('a chain with an epoch in force is never empty');
      return { heads: [...heads], signature: newest.signature, present: present() };
    },
    inForce: async (signal) => {
      signal.throwIfAborted();
      return begun();
    },
    tend: async (signal) => {
      signal.throwIfAborted();
      await begun();
      await publishAheadSoon();
    },
    beginAtOnce: (signal) =>
      alone(async () => {
        for (let tries = 0; tries < TRIES; tries++) {
          signal.throwIfAborted();
          await load();
          const now = present();
          // One that was published ahead may still hold the doctor who is to be kept out: it never begins, and another is issued.
          if (await publish({ notBefore: now, notAfter: endOf(now), emergency: true, ahead: false })) {
            const head = headInForce(heads, present());
            if (head?.emergency === true) return head;
          }
        }
        throw new ImisError('EPOCH_NOT_IN_FORCE', 'the early epoch could not be published');
      }),
    bundle: async (epoch, doctorClass, signal) => {
      const row = await store.bundle(epoch, doctorClass, signal);
      if (row === undefined) throw new ImisError('NOT_FOUND', `no bundle of class ${doctorClass} in epoch ${epoch}`);
      return row.entries;
    },
  };
}
