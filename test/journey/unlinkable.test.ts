/**
 * A thousand signatures of ten doctors of one institution, made by the clinic's own code: nothing in what travels predicts the doctor better
 * than chance, except terminal, epoch, class and time. The trials learn from one half and are asked about the other.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signOn } from '../../bureau/testing/journeys.ts';
import type { SoftDoctor } from '../../bureau/testing/soft-people.ts';
import { createWorld, HOSPITAL, makeDoctor, type World } from '../../bureau/testing/world.ts';
import { createSoftwareReader } from '../../card/simulator/software-reader.ts';
import { concat, uint, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { terminalIdentity } from '../../main/app/create-desk-ports.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createBundleKeeper } from '../../main/station/bundle-keeper.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { createCouponShelf } from '../../main/station/coupon-shelf.ts';
import { type PresentDoctor, signAsGroup } from '../../main/station/doctor-signer.ts';
import { epochAt, keepMaterial, type TrustedMaterial } from '../../main/station/material.ts';
import type { DeskPorts } from '../../main/station/ports.ts';
import { createOutbox } from '../../nhi-client/outbox.ts';

const DOCTORS = 10;
const EACH = 100;
const signal = new AbortController().signal;

/** A message with the number of the doctor behind it. */
interface Labelled {
  readonly bytes: Uint8Array;
  readonly doctor: number;
}

let world: World;
let messages: readonly Labelled[];

/** The ports of a clinic whose card slot `d` holds doctor d. */
async function portsFor(doctors: readonly SoftDoctor[]): Promise<DeskPorts> {
  const { desk, client } = world.posts.clinic;
  const { backend } = world.group;
  const terminals = await loadTerminalCredentials([]);
  const cards = (await createCardService({ reader: createSoftwareReader([]), terminals })).as('');
  const doctorIn = (slot: string): SoftDoctor => {
    const doctor = doctors[Number(slot)];
    if (doctor === undefined) throw new Error(`no doctor in ${slot}`);
    return doctor;
  };
  const nothing = async (): Promise<void> => undefined;
  return {
    desk: 'clinic',
    terminal: terminalIdentity(desk),
    cards: {
      ...cards,
      doctorCommit: async ({ slot }, at) => doctorIn(slot).card.commit(at ?? signal),
      doctorRespond: async ({ slot, ...asked }, at) => doctorIn(slot).card.respond(asked, at ?? signal),
    },
    ownsSlot: () => true,
    bureau: client,
    outbox: createOutbox({
      store: { put: nothing, remove: nothing, list: async () => [] },
      client,
      clock: world.clock,
    }),
    store: {
      appendEvidence: nothing,
      evidence: async () => [],
      material: async () => undefined,
      saveMaterial: nothing,
      keepSet: nothing,
      keptSets: async () => [],
      dropSet: nothing,
      keepPickup: nothing,
      keepLock: nothing,
      keepInbox: nothing,
      inbox: async () => [],
      dropInbox: nothing,
      keepSettled: nothing,
      settled: async () => [],
      heldLocks: async () => [],
      dropLock: nothing,
      begunPickups: async () => [],
      dropPickup: nothing,
      keepPrinted: nothing,
      printedSheets: async () => [],
      dropPrinted: nothing,
    },
    clock: world.clock,
    groupBackend: async () => backend,
    groupVerifier: () => ({ verify: async () => false }),
    institutionKey: undefined,
    bureauCa: desk.bureauCa.der,
    later: () => () => undefined,
    log: () => undefined,
  };
}

beforeAll(async () => {
  world = await createWorld();
  const clerk = await signOn(world, world.posts.bureau, world.clerk);
  const doctors: SoftDoctor[] = [];
  for (let i = 0; i < DOCTORS; i++) doctors.push(await makeDoctor(world, clerk));
  const ports = await portsFor(doctors);
  const material: TrustedMaterial = await keepMaterial(ports)(signal);
  const { backend, key } = world.group;
  const group = {
    backend,
    key,
    verifier: ports.groupVerifier(key.encoded),
    bundles: createBundleKeeper(ports),
    shelf: createCouponShelf(backend, key),
  };
  const { epoch } = epochAt(material, world.clock.now());
  const present = doctors.map(
    ({ credential }, i): PresentDoctor => ({
      slot: String(i),
      epoch,
      spend: () => undefined,
      maySign: async () => true,
      credentialFor: async () => ({ credential, classNumber: 1, coupon: undefined }),
    }),
  );
  const made: Labelled[] = [];
  for (let i = 0; i < DOCTORS * EACH; i++) {
    const doctor = i % DOCTORS;
    const one = present[doctor];
    if (one === undefined) throw new Error('no doctor');
    const what = {
      purpose: 'record',
      contentType: IMIS_OID.recordContent,
      // Patients differ and say nothing of the doctor; the institution is one.
      content: utf8(JSON.stringify({ institution: HOSPITAL, pid: Buffer.from(secureRng(16)).toString('hex') })),
      aud: keyIdentifier(material.encryption.spki),
      pid: secureRng(16),
      sid: secureRng(16),
      certificates: [],
    } as const;
    made.push({ bytes: await signAsGroup(ports, group, material, one, what, signal), doctor });
  }
  messages = made;
}, 120_000);
afterAll(() => world.close());

/** Learning half and asking half, each with every doctor as often. */
const halves = (all: readonly Labelled[]) => {
  const half = all.length / 2;
  return { learn: all.slice(0, half), ask: all.slice(half) };
};

/** The share of the asking half that the best single byte predicts, having seen the learning half. */
function bestByte(all: readonly Labelled[]): number {
  const { learn, ask } = halves(all);
  const length = Math.min(...all.map(({ bytes }) => bytes.length));
  let best = 0;
  for (let at = 0; at < length; at++) {
    const counts = new Map<number, number[]>();
    for (const { bytes, doctor } of learn) {
      const value = bytes[at] ?? 0;
      const row = counts.get(value) ?? Array.from({ length: DOCTORS }, () => 0);
      row[doctor] = (row[doctor] ?? 0) + 1;
      counts.set(value, row);
    }
    const guess = (value: number): number => {
      const row = counts.get(value);
      return row === undefined ? 0 : row.indexOf(Math.max(...row));
    };
    const right = ask.filter(({ bytes, doctor }) => guess(bytes[at] ?? 0) === doctor).length;
    best = Math.max(best, right / ask.length);
  }
  return best;
}

/** The share predicted by the nearest message of the learning half, by the bits that differ. */
function nearest(all: readonly Labelled[]): number {
  const { learn, ask } = halves(all);
  const bits = Uint8Array.from({ length: 256 }, (_, value) => value.toString(2).replaceAll('0', '').length);
  const distance = (a: Uint8Array, b: Uint8Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += bits[(a[i] ?? 0) ^ (b[i] ?? 0)] ?? 0;
    return sum;
  };
  let right = 0;
  for (const { bytes, doctor } of ask) {
    let guess = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const one of learn) {
      const between = distance(bytes, one.bytes);
      if (between < least) [least, guess] = [between, one.doctor];
    }
    if (guess === doctor) right++;
  }
  return right / ask.length;
}

/** The share predicted by numbers that climb: each doctor's last value of any four bytes lies just below the next. */
function climbing(all: readonly Labelled[]): number {
  const length = Math.min(...all.map(({ bytes }) => bytes.length)) - 3;
  let best = 0;
  for (let at = 0; at < length; at++) {
    const last = new Map<number, number>();
    let right = 0;
    for (const { bytes, doctor } of all) {
      const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
      let guess = -1;
      let least = Number.POSITIVE_INFINITY;
      for (const [who, before] of last) {
        const step = value - before;
        if (step > 0 && step < least) [least, guess] = [step, who];
      }
      if (guess === doctor) right++;
      last.set(doctor, value);
    }
    best = Math.max(best, right / all.length);
  }
  return best;
}

// Chance is 0.1. Over some two thousand places the best of 500 guesses lies within five standard deviations of it.
const BEST_OF_MANY = 0.1 + 5 * Math.sqrt((0.1 * 0.9) / (DOCTORS * EACH * 0.5));

/** The messages with a leak put in behind: what a trial must find. */
const leaking = (mark: (doctor: number, i: number) => Uint8Array): readonly Labelled[] =>
  messages.map(({ bytes, doctor }, i) => ({ doctor, bytes: concat(bytes, mark(doctor, i)) }));

describe('a thousand messages of ten doctors', () => {
  it('have one length and one institution', () => {
    expect(messages).toHaveLength(1000);
    expect(new Set(messages.map(({ bytes }) => bytes.length)).size).toBe(1);
  });

  it('have no byte that predicts the doctor', () => {
    expect(bestByte(messages)).toBeLessThan(BEST_OF_MANY);
    // One byte of a doctor's mark would have been found.
    expect(bestByte(leaking((doctor) => Uint8Array.of(17 * doctor + 3)))).toBeGreaterThan(0.9);
  });

  it('are no nearer to those of their own doctor', () => {
    expect(nearest(messages)).toBeLessThan(0.1 + 4.5 * Math.sqrt((0.1 * 0.9) / 500));
    expect(
      nearest(leaking((doctor) => concat(...Array.from({ length: 30 }, () => h256(uint(doctor, 2)))))),
    ).toBeGreaterThan(0.9);
  });

  it('hold no number that climbs from one of a doctor’s to the next', () => {
    expect(climbing(messages)).toBeLessThan(0.1 + 5 * Math.sqrt((0.1 * 0.9) / 1000) + 0.03);
    const counters = leaking((doctor, i) => uint(doctor * 1_000_000 + Math.floor(i / DOCTORS), 4));
    expect(climbing(counters)).toBeGreaterThan(0.9);
  });
});
