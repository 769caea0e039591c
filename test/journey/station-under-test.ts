/**
 * A station as main/app wires it, over the bureau's real HTTPS, with the three things a test must reach into put in: the clock, what goes
 * between desk and bureau, and the timers.
 * @module
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Desk, DeskState } from '../../contract/station.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import { terminalIdentity } from '../../main/app/create-desk-ports.ts';
import { deskOfRole, loadDesk } from '../../main/app/desk-folder.ts';
import { openDeskStore } from '../../main/app/desk-store.ts';
import { createStation, type Station } from '../../main/station/create-station.ts';
import type { FingerScanner } from '../../main/station/finger-scanner.ts';
import type {
  BegunPickup,
  DeskEvidence,
  DeskPorts,
  HeldLock,
  KeptIssue,
  KeptPrescription,
  KeptSet,
  PrintedSheet,
  SettledConflict,
  VirtualCardReader,
} from '../../main/station/ports.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { createOutbox, type OutboxItem, type OutboxStore } from '../../nhi-client/outbox.ts';
import type { SafetyTable } from '../../record/safety-table.ts';
import type { Border } from './border.ts';
import type { CardTable } from './card-table.ts';
import { type TamperedBureau, tamperWith } from './tampered-bureau.ts';

/** The key of every store under test. */
export const TEST_STORE_KEY = new Uint8Array(32).fill(0x5e);

/** Something the station asked to be run later. */
interface Job {
  readonly ms: number;
  readonly work: () => void;
}

/** One desk with its insides. */
export interface DeskUnderTest {
  readonly ports: DeskPorts;
  readonly wire: TamperedBureau;
  /** What lies in its outbox. */
  outboxItems(): Promise<readonly OutboxItem[]>;
  evidence(): Promise<readonly DeskEvidence[]>;
}

/** The state of one desk. */
export type StateOf<D extends Desk> = Extract<DeskState, { readonly desk: D }>;

export interface StationUnderTest {
  readonly station: Station;
  readonly desks: Readonly<Partial<Record<Desk, DeskUnderTest>>>;
  desk(name: Desk): DeskUnderTest;
  state<D extends Desk>(desk: D): Promise<StateOf<D>>;
  /** Waits until the state of a desk is such; rejects with the state after 10 s. */
  until<D extends Desk>(desk: D, such: (state: DeskState) => boolean): Promise<StateOf<D>>;
  /** Runs what was asked to be run after at most `ms`. */
  runTimers(ms: number): void;
  /** Every call of the log, oldest first. */
  readonly logged: readonly { readonly event: string; readonly cause: unknown }[];
  /** Every state a screen was sent, oldest first. */
  readonly published: readonly DeskState[];
  close(): Promise<void>;
}

export interface StationParts {
  readonly desks: readonly { readonly folder: string; readonly slots: string }[];
  readonly dir: string;
  readonly url: string;
  readonly table: CardTable;
  readonly clock: Clock;
  readonly backend: GroupBackend;
  readonly border: Border;
  readonly virtualCard?: VirtualCardReader | undefined;
  readonly safetyTable?: SafetyTable | undefined;
  readonly fingerScanner?: FingerScanner | undefined;
}

/** Has every argument and the result of a port's function cross the border. */
const crossing =
  <A extends readonly unknown[], R>(
    border: Border,
    what: string,
    call: (...given: [...A, AbortSignal]) => Promise<R>,
  ) =>
  async (...given: [...A, AbortSignal]): Promise<R> => {
    const signal = given.at(-1) as AbortSignal; // The last of the tuple, by its type.
    const rest = border.cross(what, given.slice(0, -1)) as unknown as A; // All but the last, likewise.
    return border.cross(`${what} answered`, await call(...rest, signal));
  };

const crossingStore = (border: Border, store: OutboxStore): OutboxStore => ({
  put: crossing(border, 'outbox.put', (items: readonly OutboxItem[], signal) => store.put(items, signal)),
  remove: crossing(border, 'outbox.remove', (id: string, signal) => store.remove(id, signal)),
  list: crossing(border, 'outbox.list', (signal) => store.list(signal)),
});

/** Wires and starts; the desks follow their slots `<slots>/left` and `<slots>/right`. */
export async function startStation(parts: StationParts): Promise<StationUnderTest> {
  const { table, clock, border } = parts;
  const logged: { event: string; cause: unknown }[] = [];
  const published: DeskState[] = [];
  const jobs = new Set<Job>();
  const desks: Partial<Record<Desk, DeskUnderTest>> = {};
  const closing: (() => Promise<void>)[] = [];
  const signal = new AbortController().signal;

  for (const { folder, slots } of parts.desks) {
    const desk = await loadDesk(folder);
    const data = join(parts.dir, 'data', `${slots}-${closing.length}`);
    mkdirSync(data, { recursive: true });
    const { store, outbox, close } = openDeskStore(join(data, 'desk.sqlite'), TEST_STORE_KEY);
    const wire = tamperWith(createBureauClient({ url: parts.url, tls: desk.tls, timeout: 5_000 }), border);
    const kept = crossingStore(border, outbox);
    const name = deskOfRole(desk.desk) ?? expect.fail(`no screens for a ${desk.desk} terminal`);
    const { decryption } = desk;
    desks[name] = {
      wire,
      outboxItems: () => outbox.list(signal),
      evidence: () => store.evidence(signal),
      ports: {
        desk: name,
        terminal: terminalIdentity(desk),
        cards: table.seat(slots, desk),
        ownsSlot: (slot) => slot.startsWith(`${slots}/`),
        virtualCard: parts.virtualCard,
        safetyTable: parts.safetyTable,
        fingerScanner: parts.fingerScanner,
        bureau: wire.client,
        outbox: createOutbox({ store: kept, client: wire.client, clock }),
        store: {
          appendEvidence: crossing(border, 'store.appendEvidence', (rows: readonly DeskEvidence[], at) =>
            store.appendEvidence(rows, at),
          ),
          evidence: crossing(border, 'store.evidence', (at) => store.evidence(at)),
          material: crossing(border, 'store.material', (at) => store.material(at)),
          saveMaterial: crossing(border, 'store.saveMaterial', (newest: PublicMaterial, at) =>
            store.saveMaterial(newest, at),
          ),
          keepSet: crossing(border, 'store.keepSet', (set: KeptSet, at) => store.keepSet(set, at)),
          keptSets: crossing(border, 'store.keptSets', (at) => store.keptSets(at)),
          dropSet: crossing(border, 'store.dropSet', (reference: string, at) => store.dropSet(reference, at)),
          keepIssue: crossing(border, 'store.keepIssue', (issue: KeptIssue, at) => store.keepIssue(issue, at)),
          issues: crossing(border, 'store.issues', (at) => store.issues(at)),
          dropIssue: crossing(border, 'store.dropIssue', (rxId: string, at) => store.dropIssue(rxId, at)),
          keepPickup: crossing(border, 'store.keepPickup', (pickup: BegunPickup, at) => store.keepPickup(pickup, at)),
          begunPickups: crossing(border, 'store.begunPickups', (at) => store.begunPickups(at)),
          dropPickup: crossing(border, 'store.dropPickup', (rxId: string, at) => store.dropPickup(rxId, at)),
          keepInbox: crossing(border, 'store.keepInbox', (items: readonly KeptPrescription[], at) =>
            store.keepInbox(items, at),
          ),
          inbox: crossing(border, 'store.inbox', (at) => store.inbox(at)),
          dropInbox: crossing(border, 'store.dropInbox', (rxId: string, at) => store.dropInbox(rxId, at)),
          keepSettled: crossing(border, 'store.keepSettled', (one: SettledConflict, at) => store.keepSettled(one, at)),
          settled: crossing(border, 'store.settled', (at) => store.settled(at)),
          keepLock: crossing(border, 'store.keepLock', (lock: HeldLock, at) => store.keepLock(lock, at)),
          heldLocks: crossing(border, 'store.heldLocks', (at) => store.heldLocks(at)),
          dropLock: crossing(border, 'store.dropLock', (rxId: string, at) => store.dropLock(rxId, at)),
          keepPrinted: crossing(border, 'store.keepPrinted', (sheets: readonly PrintedSheet[], at) =>
            store.keepPrinted(sheets, at),
          ),
          printedSheets: crossing(border, 'store.printedSheets', (at) => store.printedSheets(at)),
          dropPrinted: crossing(border, 'store.dropPrinted', (before: string, at) => store.dropPrinted(before, at)),
        },
        clock,
        groupBackend: async () => parts.backend,
        groupVerifier: (encoded) => {
          const key = decodeGroupKey(parts.backend, encoded);
          return { verify: async (ctx, hash, signature) => verifySignature(parts.backend, key, ctx, hash, signature) };
        },
        institutionKey:
          decryption === undefined
            ? undefined
            : {
                ...decryption,
                agree: crossing(border, 'institutionKey.agree', (point: Uint8Array, at) => decryption.agree(point, at)),
              },
        bureauCa: desk.bureauCa.der,
        later: (ms, work) => {
          const job = { ms, work };
          jobs.add(job);
          return () => {
            jobs.delete(job);
          };
        },
        log: (event, cause) => {
          logged.push({ event, cause });
        },
      },
    };
    closing.push(async () => {
      await wire.client.close();
      close();
    });
  }
  const station = await createStation({
    desks: Object.values(desks).map(({ ports }) => ports),
    cards: table.cards,
    source: 'software',
    demonstration: true,
    pharmacies: async () => [],
  });
  station.subscribe.state((state) => {
    published.push(structuredClone(state));
  });

  // The answer is of the desk that was asked: the contract's own promise.
  const stateOf = async <D extends Desk>(desk: D) => (await station.state({ desk })) as unknown as StateOf<D>;
  const until = async <D extends Desk>(desk: D, such: (state: DeskState) => boolean): Promise<StateOf<D>> => {
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      const state = await stateOf(desk);
      if (such(state)) return state;
    }
    throw new Error(`waited in vain: ${JSON.stringify(await stateOf(desk))}`);
  };

  return {
    station,
    desks,
    desk: (name) => {
      const found = desks[name];
      if (found === undefined) throw new RangeError(`no ${name} desk`);
      return found;
    },
    state: stateOf,
    until,
    runTimers: (ms) => {
      for (const job of jobs) {
        if (job.ms > ms) continue;
        jobs.delete(job);
        job.work();
      }
    },
    logged,
    published,
    close: async () => {
      station.close();
      await Promise.all(closing.map((close) => close()));
    },
  };
}
