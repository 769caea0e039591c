/**
 * The whole of eq 11 with the supply of the health card lost at bytes that it writes (every one in `npm run soak -- tear`; each command alone at
 * every byte in card/simulator/tear-*.test.ts), and what every kind of next insertion makes of it:
 * afterwards the card holds visit, prescription and allergy exactly when the bureau accepted them, once.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { PatientApp } from '../../card/apps/patient-app.ts';
import { CardError } from '../../card/card-error.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { atClinic, atPharmacy, bytes, issuePatient, PID, reinsert } from '../../card/simulator/cards.fixture.ts';
import { loadCard } from '../../card/simulator/load-card.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { ImisError } from '../../contract/errors.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { type CardWriting, createCardWriting } from '../../main/station/card-writing.ts';
import type { OpenedVisit } from '../../main/station/clinic-opening.ts';
import type { SignedVisit } from '../../main/station/clinic-signing.ts';
import type { KeptSet } from '../../main/station/ports.ts';
import { type SettlingPorts, settleOpenSet } from '../../main/station/settle-set.ts';
import { visitSetOf } from '../../main/station/visit-set.ts';
import { commitOpenSet, rollBackOpenSet, stageVisitOnce, writeVisitOnce } from '../../main/station/write-visit.ts';

// Thousands of cuts: seconds on a quiet machine.
vi.setConfig({ testTimeout: 120_000 });

const signal = new AbortController().signal;
const SLOT = 'the slot';
/** Cards are recognised and channels opened for each cut: every so manieth byte. */
const STRIDE = Number(process.env['IMIS_TEAR_STRIDE'] ?? 141);
/** Bytes of the sealed prescription: few, for each is a cut. */
const BODY = 40;
const never = (): never => {
  throw new Error('not asked in eq 11');
};

const signedVisit = (): SignedVisit => ({
  recordId: hex(bytes(32)),
  reference: hex(bytes(32)),
  recordMessage: '',
  prescription: {
    rxId: hex(bytes(16)),
    messageId: hex(bytes(32)),
    expires: '2026-04-03',
    opens: ['2026-03-04'],
    body: { manifest: '', designation: '', ciphertext: '' },
    onCard: {
      record: {
        rxId: hex(bytes(16)),
        hash16: hex(bytes(16)),
        issued: 1,
        expires: 2_000_000_000,
        parts: 1,
        controlled: false,
        pharmacy: '5901020304',
      },
      body: bytes(BODY),
    },
  },
  visitOnCard: { visitId: hex(bytes(16)), day: '2026-03-04', institution: '0401180014', diagnoses: ['I10'] },
  allergiesOnCard: [{ substance: { kind: 'class', code: 'penicillins' }, criticality: 'high', recorded: '2026-03-04' }],
  fingerprint: '',
});

/** A bureau that accepts what reaches it. */
interface TestBureau {
  readonly accepted: Set<string>;
  away: boolean;
}

/** A desk: its disk, and the card that lies in its slot. */
interface TestDesk {
  readonly ports: SettlingPorts;
  readonly sets: Map<string, KeptSet>;
  /** References of messages in its outbox. */
  readonly outbox: Set<string>;
  insert(card: SoftwareCard): void;
}

function makeDesk(bureau: TestBureau): TestDesk {
  let app: Promise<PatientApp> = Promise.reject(new CardError('CARD_LOST', 'no card was ever here'));
  app.catch(() => undefined);
  const sets = new Map<string, KeptSet>();
  const outbox = new Set<string>();
  const done = async (work: Promise<void>): Promise<Record<string, never>> => {
    await work;
    return {};
  };
  const cards: Partial<SettlingPorts['cards']> = {
    patientCertificates: async () => (await app).readCertificates(),
    patientPendingSet: async () => {
      const { state, reference } = await (await app).txStatus();
      return { state, reference: hex(reference) };
    },
    patientStageVisit: async (set) => done(stageVisitOnce(await app, visitSetOf(set), signal)),
    patientWriteVisit: async (set) => done(writeVisitOnce(await app, visitSetOf(set), signal)),
    patientCommitSet: async ({ reference }) => done(commitOpenSet(await app, fromHex(reference), signal)),
    patientRollBackSet: async ({ reference }) => done(rollBackOpenSet(await app, fromHex(reference), signal)),
  };
  const ports = {
    // Settling asks for nothing else, and would fail here if it did.
    cards: cards as SettlingPorts['cards'],
    bureau: {
      messageState: async ({ params }: { params?: { id: string } }) => {
        if (bureau.away) throw new ImisError('BUREAU_UNREACHABLE', 'the bureau is away');
        return { accepted: bureau.accepted.has(params?.id ?? '') };
      },
    } as unknown as SettlingPorts['bureau'], // Likewise.
    outbox: {
      keep: never,
      deliver: never,
      submit: never,
      flush: never,
      waiting: never,
      refused: never,
      settle: never,
      stateOf: async (reference: string) => (outbox.has(reference) ? 'waiting' : 'absent'),
    } satisfies SettlingPorts['outbox'],
    store: {
      appendEvidence: never,
      evidence: never,
      material: never,
      saveMaterial: never,
      keepIssue: never,
      issues: never,
      dropIssue: never,
      keepPickup: never,
      keepLock: never,
      keepInbox: never,
      inbox: never,
      dropInbox: never,
      keepSettled: never,
      settled: never,
      heldLocks: never,
      dropLock: never,
      begunPickups: never,
      dropPickup: never,
      keepPrinted: never,
      printedSheets: never,
      dropPrinted: never,
      keepSet: async (set: KeptSet) => {
        sets.set(set.reference, set);
      },
      keptSets: async () => [...sets.values()],
      dropSet: async (reference: string) => {
        sets.delete(reference);
      },
    } satisfies SettlingPorts['store'],
    log: () => undefined,
  };
  return {
    ports,
    sets,
    outbox,
    insert: (card) => {
      app = atClinic(reinsert(card));
      app.catch(() => undefined);
    },
  };
}

/** Runs what a cut may end: the command that the card lost its power in, or one after it, for which there is no channel any more. */
async function untilCut(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof CardError) || !['CARD_LOST', 'CARD_CHANNEL_BROKEN'].includes(cause.code)) throw cause;
  }
}

let backend: GroupBackend;
let fresh: Uint8Array;
let certificate: Uint8Array;

beforeAll(async () => {
  backend = await createMclBackend();
  const card = createPatientCard();
  await issuePatient(card);
  fresh = card.save();
  certificate = (await (await atClinic(reinsert(card))).readCertificates()).signing;
});

const opened = (): OpenedVisit => ({
  visitId: hex(bytes(16)),
  pid: hex(PID),
  certificate,
  presence: '',
  person: { name: '', birthYear: 1950, sex: 'male' },
  records: [],
  allergies: [],
  allergyRecords: 0,
  unreadableAllergies: 0,
  mayControl: false,
});

/** What anybody sees on the card, and whether a set is open. */
async function held(card: SoftwareCard) {
  const app = await atClinic(reinsert(card));
  const prescriptions = await app.readPrescriptions();
  return {
    visits: (await app.readVisits()).length,
    prescriptions: prescriptions.length,
    allergies: (await app.readAllergies()).length,
    open: (await app.txStatus()).state,
  };
}

/** The doctor's card has proved itself when the card comes in (atClinic). */
const beside = async (): Promise<void> => undefined;

const WHOLE = { visits: 1, prescriptions: 1, allergies: 1, open: 'none' };
const EMPTY = { visits: 0, prescriptions: 0, allergies: 0, open: 'none' };

/** Where the messages are while the card is written, and the station with them. */
type Scenario = 'accepted' | 'bureau away' | 'station died before it kept them' | 'refused';
/** Where the card comes next. */
const PLACES = ['the same clinic', 'a pharmacy', 'another clinic'] as const;
type Next = (typeof PLACES)[number];

async function tear(bytesLeft: number, scenario: Scenario, next: Next): Promise<boolean> {
  const bureau: TestBureau = { accepted: new Set(), away: scenario === 'bureau away' };
  const clinic = makeDesk(bureau);
  const { card } = loadCard(fresh, { backend });
  const signed = signedVisit();
  const { reference } = signed;

  clinic.insert(card);
  await clinic.ports.cards.patientPendingSet({ slot: SLOT });
  card.cutPowerAfterBytes(bytesLeft, bytesLeft % 2 === 1);
  let writing: CardWriting = await createCardWriting(clinic.ports, beside, signal);
  const set = await writing.keep(opened(), signed, signal);
  if (scenario === 'accepted' || scenario === 'bureau away') clinic.outbox.add(reference);
  await untilCut(() => writing.stage(SLOT, set, signal));
  switch (scenario) {
    case 'accepted':
      bureau.accepted.add(reference);
      clinic.outbox.delete(reference);
      await writing.accepted(set, signal);
      await untilCut(() => writing.catchUp(SLOT, signal));
      break;
    case 'bureau away':
      await untilCut(() => writing.catchUp(SLOT, signal));
      break;
    case 'refused':
      await writing.abandon(SLOT, set, signal);
      break;
    case 'station died before it kept them':
      break;
  }
  const wasCut = !(await isPowered(card));
  card.cutPowerAfterBytes(undefined);

  const isAccepted = scenario === 'accepted' || scenario === 'bureau away';
  const before = await held(card);
  expect([EMPTY, WHOLE]).toContainEqual({ ...before, open: 'none' });
  if (next !== 'the same clinic') {
    const other = makeDesk(bureau);
    other.insert(card);
    await settleOpenSet(other.ports, SLOT, { aboutToWrite: next === 'another clinic' }, signal);
    const seen = await held(card);
    // Nobody shows what nobody accepted; what was accepted and lies there whole is shown from now on.
    if (!isAccepted) expect({ ...seen, open: 'none' }).toEqual(EMPTY);
    if (before.open === 'complete' && scenario === 'accepted') expect(seen).toEqual(WHOLE);
    if (next === 'another clinic' && !bureau.away) expect(seen.open).toBe('none');
    if (next === 'a pharmacy' && before.open === 'filling') expect(seen.open).toBe('filling');
  }
  // Home again, at a station that was started anew, with the bureau back and the outbox delivered.
  if (scenario === 'bureau away') {
    bureau.away = false;
    bureau.accepted.add(reference);
    clinic.outbox.clear();
  }
  writing = await createCardWriting(clinic.ports, beside, signal);
  clinic.insert(card);
  const written = await writing.catchUp(SLOT, signal);
  await settleOpenSet(clinic.ports, SLOT, { aboutToWrite: true }, signal);
  expect(await held(card)).toEqual(isAccepted ? WHOLE : EMPTY);
  if (isAccepted) {
    const pharmacy = await atPharmacy(reinsert(card));
    expect((await pharmacy.readPrescriptionBody(0)).length).toBe(BODY);
  }
  expect(clinic.sets.size).toBe(0);
  expect(writing.waiting()).toBe(false);
  if (written.length > 0) expect(written).toEqual([signed.recordId]);
  return wasCut;
}

/** Does the card answer, without being given power? */
const isPowered = async (card: SoftwareCard): Promise<boolean> =>
  (await card.transmit(Uint8Array.of(0x80, 0xf0, 0, 0, 0))).length > 0;

describe.each(PLACES)('a torn visit, next inserted at %s', (next) => {
  it.each([
    ['accepted', 1500],
    ['bureau away', 1500],
    ['station died before it kept them', 900],
    ['refused', 900],
  ] as const)('messages: %s; card and bureau agree, whatever the byte', async (scenario, least) => {
    // Each place begins elsewhere, so that three of them see three bytes of a stride.
    let written = PLACES.indexOf(next) * Math.floor(STRIDE / PLACES.length);
    while (await tear(written, scenario, next)) written += STRIDE;
    expect(written).toBeGreaterThan(least);
  });
});

describe('a set', () => {
  it('is staged on no other card than the one it was signed for', async () => {
    const clinic = makeDesk({ accepted: new Set(), away: false });
    const writing = await createCardWriting(clinic.ports, beside, signal);
    const set = await writing.keep(opened(), signedVisit(), signal);
    const other = createPatientCard();
    await issuePatient(other);
    clinic.insert(other);
    await expect(writing.stage(SLOT, set, signal)).rejects.toMatchObject({ code: 'CARD_OTHER_PERSON' });
    expect(await held(other)).toEqual(EMPTY);
  });

  it('that the card will not take after all keeps its holder from no desk', async () => {
    const bureau: TestBureau = { accepted: new Set(), away: false };
    const clinic = makeDesk(bureau);
    const { card } = loadCard(fresh, { backend });
    clinic.insert(card);
    const writing = await createCardWriting(clinic.ports, beside, signal);
    const set = await writing.keep(opened(), signedVisit(), signal);
    await writing.stage(SLOT, set, signal);
    bureau.accepted.add(set.reference);
    const { ports } = clinic;
    const stubborn: SettlingPorts = {
      ...ports,
      cards: { ...ports.cards, patientCommitSet: () => Promise.reject(new CardError('CARD_FULL', 'no room')) },
    };
    await settleOpenSet(stubborn, SLOT, { aboutToWrite: false }, signal);
    expect((await held(card)).open).toBe('complete');
    clinic.insert(card);
    await settleOpenSet(stubborn, SLOT, { aboutToWrite: true }, signal);
    expect(await held(card)).toEqual(EMPTY);
    clinic.insert(card);
    const lost: SettlingPorts = {
      ...ports,
      cards: { ...ports.cards, patientCommitSet: () => Promise.reject(new CardError('CARD_LOST', 'gone')) },
    };
    await writing.stage(SLOT, set, signal);
    await expect(settleOpenSet(lost, SLOT, { aboutToWrite: true }, signal)).rejects.toMatchObject({
      code: 'CARD_LOST',
    });
    expect((await held(card)).open).toBe('complete');
  });
});
