/**
 * A station without cards, bureau or cryptography: the same contract, scripted flows, for the contract suite and for work on the screens.
 * Two patients (one whose insurance is unpaid), a doctor, a registrar, a pharmacist, a clerk; every PIN stands on the card.
 * @module
 */

import type { CardOfficeFlow } from '../../contract/card-office-desk.ts';
import type { CardKind, KnownCard, SlotView, TrayCard } from '../../contract/card-service.ts';
import type { ClinicFlow, VisitDraft } from '../../contract/clinic-desk.ts';
import { type Api, createTopics } from '../../contract/dispatch.ts';
import { type ErrorCode, ImisError, type Refusal, refusalOf } from '../../contract/errors.ts';
import type { IdentityView } from '../../contract/identity.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import type { PharmacyFlow, PrescriptionView } from '../../contract/pharmacy-desk.ts';
import { readPickupCode } from '../../contract/pickup-code.ts';
import type { PinServiceView, PinWork } from '../../contract/pin-service.ts';
import type { RegistrationFlow } from '../../contract/registration-desk.ts';
import type { Stage } from '../../contract/stage.ts';
import {
  Desk,
  type DeskState,
  type EmergencyFlow,
  type StationDescription,
  stationContract,
} from '../../contract/station.ts';
import { createFakeCardOffice, OLD_CARD } from './fake-card-office.ts';
import { createFakeEmergency } from './fake-emergency.ts';
import { createFakePaper } from './fake-paper.ts';

type Station = Api<typeof stationContract>;

/** What a test or a screen author may turn. */
export interface FakeOptions {
  /** Waits between steps; the default returns at once. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly description?: Partial<StationDescription>;
}

/** The fake with its handles. */
export interface FakeStation {
  readonly station: Station;
  setOnline(online: boolean, waiting: number): void;
  /** How many listeners are subscribed now. */
  listeners(): number;
}

interface DeskRecord {
  slots: SlotView[];
  operator?: { role: FakeRole; until: string; offLine: boolean };
  signOnRefusal?: Refusal;
  comfort?: { remaining: number; until: string };
  pinService?: PinServiceView;
  flow: RegistrationFlow | ClinicFlow | PharmacyFlow | EmergencyFlow | CardOfficeFlow;
}

type FakeRole = 'registrar' | 'pharmacist' | 'clerk';

/** Who signs on where. */
const ROLES: Readonly<Partial<Record<Desk, FakeRole>>> = {
  registration: 'registrar',
  pharmacy: 'pharmacist',
  'card-office': 'clerk',
};

const PINS: Readonly<Record<KnownCard, readonly number[]>> = {
  nhi: [],
  civil: [],
  patient: [1, 2, 3, 4, 5, 6],
  doctor: [1, 3, 5, 7, 9, 0],
  staff: [2, 4, 6, 8, 0, 2],
};

const CARDS: readonly (TrayCard & { role?: FakeRole })[] = [
  { id: 'patient-wang', label: '王小明', kind: 'patient', pin: '123456' },
  { id: 'patient-lin', label: '林美華（欠費）', kind: 'patient', pin: '123456' },
  { id: 'doctor-chen', label: '陳醫師', kind: 'doctor', pin: '135790' },
  { id: 'registrar', label: '掛號櫃台', kind: 'staff', pin: '246802', role: 'registrar' },
  { id: 'nhi-wang', label: '王先生的健保卡', kind: 'nhi' },
  { id: 'pharmacist', label: '吳藥師', kind: 'staff', pin: '246802', role: 'pharmacist' },
  { id: 'clerk', label: '周承辦', kind: 'staff', pin: '246802', role: 'clerk' },
];

const DESCRIPTION: StationDescription = {
  desks: ['registration', 'clinic', 'pharmacy', 'emergency', 'card-office'],
  institutions: [
    { desk: 'registration', code: '1101020018', name: '示範綜合醫院' },
    { desk: 'clinic', code: '1101020018', name: '示範綜合醫院' },
    { desk: 'pharmacy', code: '5901010012', name: '示範藥局' },
    { desk: 'emergency', code: '1101020018', name: '示範綜合醫院' },
    { desk: 'card-office', code: '9900000001', name: '健保署示範' },
  ],
  source: 'software',
  demonstration: true,
  conditions: [
    { code: 'I10', zh: '原發性高血壓', en: 'Essential hypertension' },
    { code: 'E11.9', zh: '第二型糖尿病，無併發症', en: 'Type 2 diabetes without complications' },
    { code: 'E78.5', zh: '高血脂症', en: 'Hyperlipidaemia' },
    { code: 'J06.9', zh: '急性上呼吸道感染', en: 'Acute upper respiratory infection' },
    { code: 'K29.7', zh: '胃炎', en: 'Gastritis' },
  ],
  medications: [
    { code: 'C08CA01', zh: 'Amlodipine 5 mg 錠', en: 'Amlodipine 5 mg tablet' },
    { code: 'A10BA02', zh: 'Metformin 500 mg 錠', en: 'Metformin 500 mg tablet' },
    { code: 'C10AA05', zh: 'Atorvastatin 20 mg 錠', en: 'Atorvastatin 20 mg tablet' },
    { code: 'A02BC01', zh: 'Omeprazole 20 mg 膠囊', en: 'Omeprazole 20 mg capsule' },
  ],
  pharmacies: [
    { code: '5901012345', name: '安心藥局' },
    { code: '5901012346', name: '仁愛藥局' },
  ],
  allergens: [{ code: 'penicillins', zh: '青黴素類', en: 'Penicillins' }],
};

/** Nothing special about a prescription. */
const HERE = { pharmacy: '5901010012', controlled: false, asksPin: false } as const;

const VISIT = '00112233445566778899aabbccddeeff';
const RX = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const PERSON = { name: '王○明', birthYear: 1958, sex: 'male' as const };

const AMLODIPINE = { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 } as const;
const METFORMIN = { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 } as const;

const RECORDS: (ClinicFlow & { step: 'opened' })['records'] = [
  {
    id: 'r1',
    day: '2026-10-12',
    institution: '示範綜合醫院',
    diagnoses: ['I10', 'E11.9'],
    lines: [AMLODIPINE, METFORMIN],
    verified: true,
  },
  { id: 'r2', day: '2026-08-30', institution: '仁愛診所', diagnoses: ['J06.9'], lines: [], verified: true },
  {
    id: 'r3',
    day: '2026-05-04',
    institution: '市立醫院',
    diagnoses: ['K29.7'],
    lines: [{ code: 'A02BC01', dose: 1, unit: 'capsule', timesPerDay: 1, days: 14 }],
    verified: false,
  },
];

const samePin = (pin: readonly number[], kind: KnownCard): boolean =>
  pin.length === PINS[kind].length && pin.every((digit, i) => digit === PINS[kind][i]);

/** Builds a fake; nothing runs until it is called. */
export function createFakeStation(options: FakeOptions = {}): FakeStation {
  const pause = options.pause ?? (() => Promise.resolve());
  const description: StationDescription = { ...DESCRIPTION, ...options.description };
  const topics = createTopics(stationContract);
  let subscribed = 0;
  let online = true;
  let waiting = 0;
  let rx: PrescriptionView['state'] = 'ready';
  let identity: IdentityView = { state: 'none' };
  const tries = new Map<string, number>();
  const cards: (typeof CARDS)[number][] = CARDS.map((card) => ({ ...card }));
  const slots = (desk: Desk): SlotView[] =>
    ['left', 'right'].map((side) => ({ slot: `${desk}/${side}`, state: 'empty', insertion: 0 }));
  const office = createFakeCardOffice();
  const paper = createFakePaper();
  const emergency = createFakeEmergency();
  const desks: Record<Desk, DeskRecord> = {
    registration: { slots: slots('registration'), flow: { step: 'idle' } },
    clinic: { slots: slots('clinic'), flow: { step: 'idle' } },
    pharmacy: { slots: slots('pharmacy'), flow: { step: 'idle' } },
    emergency: { slots: slots('emergency'), flow: { step: 'idle' } },
    'card-office': { slots: slots('card-office'), flow: { step: 'idle' } },
  };

  const snapshot = (desk: Desk): DeskState => {
    // The record of a desk only ever holds that desk's kind of flow.
    const beside =
      desk === 'registration'
        ? { identity, virtualCards: true }
        : desk === 'card-office'
          ? { inReaders: inReaders() }
          : {};
    const state = { desk, ...desks[desk], ...beside, conflicts: [], bureau: { online, waiting } } as DeskState;
    return structuredClone(state);
  };
  const publish = (desk: Desk): DeskState => {
    const state = snapshot(desk);
    topics.publish('state', state);
    return state;
  };
  const publishTray = (): void => {
    topics.publish('tray', tray());
  };
  const tray = (): TrayCard[] => cards.map(({ role: _role, ...card }) => ({ ...card }));
  const cardIn = (desk: Desk, kind: KnownCard): (typeof CARDS)[number] | undefined =>
    cards.find((card) => card.kind === kind && card.slot?.startsWith(`${desk}/`));
  /** The patient's card in the card office is always the same one. */
  const inReaders = () =>
    desks['card-office'].operator !== undefined && cardIn('card-office', 'patient') !== undefined
      ? [{ kind: 'patient', serial: OLD_CARD }]
      : [];
  const onDuty = (desk: Desk): void => {
    need(desk, 'card-office');
    if (desks[desk].operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody signed on');
  };
  const setFlow = (desk: Desk, flow: DeskRecord['flow']): DeskState => {
    desks[desk].flow = flow;
    return publish(desk);
  };
  const checkPin = (card: { id: string; kind: KnownCard }, pin: readonly number[]): void => {
    const left = tries.get(card.id) ?? 3;
    if (left === 0) throw new ImisError('PIN_BLOCKED', 'blocked');
    if (!samePin(pin, card.kind)) {
      tries.set(card.id, left - 1);
      if (left === 1) throw new ImisError('PIN_BLOCKED', 'blocked');
      throw new ImisError('PIN_WRONG', 'wrong', { triesLeft: left - 1 });
    }
    tries.set(card.id, 3);
  };

  /** Runs named steps; `fail` names a step that is refused with a code. */
  async function work(
    desk: Desk,
    task: 'check-in' | 'opening' | 'signing' | 'looking-up' | 'dispensing',
    steps: readonly (readonly [Stage['name'], string, number])[],
    signal: AbortSignal | undefined,
    fail?: { at: Stage['name']; code: ErrorCode },
  ): Promise<Stage[]> {
    const stages: Stage[] = [];
    for (const [name, equation, ms] of steps) {
      signal?.throwIfAborted();
      stages.push({ name, equation, state: 'running', ms: 0 });
      setFlow(desk, { step: 'working', task, stages: [...stages] });
      await pause(ms * 6, signal);
      const state = fail?.at === name ? 'failed' : 'done';
      stages[stages.length - 1] = { name, equation, state, ms };
      if (fail?.at === name) {
        setFlow(desk, { step: 'refused', refusal: { code: fail.code }, stages });
        throw new ImisError(fail.code, name);
      }
    }
    signal?.throwIfAborted();
    return stages;
  }

  async function checkIn(signal?: AbortSignal): Promise<DeskState> {
    const card = cardIn('registration', 'patient');
    if (card === undefined) throw new ImisError('CARD_ABSENT', 'no card');
    if (desks.registration.operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody signed on');
    const stages = await work(
      'registration',
      'check-in',
      [
        ['read-card', '', 41],
        ['ask-challenge', '', 12],
        ['card-signs', '6', 63],
        ['send-check-in', '7', 34],
      ],
      signal,
      card.id === 'patient-lin' ? { at: 'send-check-in', code: 'INSURANCE_UNPAID' } : undefined,
    );
    return setFlow('registration', {
      step: 'checked-in',
      person: PERSON,
      queueNumber: 27,
      paidUntil: '2027-03-31',
      cardExpires: '2027-01-20',
      renewalDue: true,
      visitId: VISIT,
      stages,
    });
  }

  /** The PIN, or so many signatures under comfort signing. */
  const allow = (doctor: (typeof CARDS)[number], pin: readonly number[] | undefined, count: number): void => {
    const { comfort } = desks.clinic;
    if (pin !== undefined) {
      delete desks.clinic.comfort;
      checkPin(doctor, pin);
    } else if (comfort === undefined) throw new ImisError('PIN_REQUIRED', 'comfort signing is closed');
    else comfort.remaining -= count;
  };

  async function openVisit(pin: readonly number[] | undefined, signal?: AbortSignal): Promise<DeskState> {
    const doctor = cardIn('clinic', 'doctor');
    if (doctor === undefined) throw new ImisError('DOCTOR_CARD_ABSENT', 'no doctor card');
    if (cardIn('clinic', 'patient') === undefined) throw new ImisError('CARD_ABSENT', 'no patient card');
    allow(doctor, pin, 1);
    const stages = await work(
      'clinic',
      'opening',
      [
        ['read-card', '', 38],
        ['ask-challenge', '', 9],
        ['card-signs', '6', 58],
        ['doctor-signs', '7', 47],
        ['send-opening', '7', 31],
        ['open-records', '8', 22],
      ],
      signal,
    );
    return setFlow('clinic', {
      step: 'opened',
      person: PERSON,
      visitId: VISIT,
      records: RECORDS,
      allergies: [],
      unreadableAllergies: 0,
      mayControl: true,
      stages,
    });
  }

  async function signVisit(
    pin: readonly number[] | undefined,
    draft: VisitDraft,
    signal?: AbortSignal,
  ): Promise<DeskState> {
    const opened = desks.clinic.flow;
    if (opened.step !== 'opened') throw new ImisError('STEP_OUT_OF_ORDER', 'not opened');
    const doctor = cardIn('clinic', 'doctor');
    try {
      if (doctor === undefined) throw new ImisError('DOCTOR_CARD_ABSENT', 'no doctor card');
      const prescribes = draft.lines.length > 0;
      allow(doctor, pin, prescribes ? 2 : 1);
      const stages = await work(
        'clinic',
        'signing',
        [
          ['sign-record', '9', 52],
          ['send-record', '9', 28],
          ...(prescribes
            ? ([
                ['sign-prescription', '10', 51],
                ['seal-prescription', '10', 7],
                ['send-prescription', '10', 30],
              ] as const)
            : []),
          ['write-card', '11', 44],
        ],
        signal,
      );
      return setFlow('clinic', {
        step: 'signed',
        person: PERSON,
        recordId: 'rec-1',
        ...(prescribes ? { rxId: RX, slip: paper.slip(RX, VISIT) } : {}),
        fingerprint: '8f3a91c07be2',
        acknowledged: online,
        onCard: true,
        cancelled: false,
        stages,
      });
    } catch (cause) {
      setFlow('clinic', { ...opened, refusal: refusalOf(cause) });
      throw cause;
    }
  }

  const prescriptions = (): PrescriptionView[] => [
    {
      rxId: RX,
      issued: '2026-11-21',
      expires: '2026-11-24',
      part: 1,
      parts: 3,
      ...HERE,
      lines: [AMLODIPINE, METFORMIN],
      owed: [],
      source: 'bureau',
      state: rx,
    },
    {
      rxId: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
      issued: '2026-10-12',
      expires: '2026-10-15',
      part: 1,
      parts: 1,
      ...HERE,
      lines: [{ code: 'C10AA05', dose: 1, unit: 'tablet', timesPerDay: 1, days: 14 }],
      owed: [],
      source: 'bureau',
      state: 'refused',
      refusal: { code: 'RX_EXPIRED' },
    },
  ];

  async function lookUp(signal?: AbortSignal): Promise<DeskState> {
    if (cardIn('pharmacy', 'patient') === undefined) throw new ImisError('CARD_ABSENT', 'no card');
    if (desks.pharmacy.operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody signed on');
    const stages = await work(
      'pharmacy',
      'looking-up',
      [
        ['read-card', '', 40],
        ['fetch-prescription', '10', 26],
        ['verify-prescription', '16', 18],
      ],
      signal,
    );
    return setFlow('pharmacy', { step: 'listed', prescriptions: prescriptions(), stages });
  }

  const find = (rxId: string): PrescriptionView => {
    const prescription = prescriptions().find((entry) => entry.rxId === rxId);
    if (prescription === undefined) throw new ImisError('RX_NOT_FOUND', 'no such prescription');
    return prescription;
  };
  const listed = (): DeskState => setFlow('pharmacy', { step: 'listed', prescriptions: prescriptions(), stages: [] });

  async function dispense(rxId: string, lines: readonly LineOutcome[], signal?: AbortSignal): Promise<DeskState> {
    const prescription = find(rxId);
    if (prescription.state !== 'ready' && prescription.state !== 'accepted')
      throw new ImisError('RX_COLLECTED', 'not ready');
    const stages = await work(
      'pharmacy',
      'dispensing',
      [
        ['card-collects', '17', 66],
        ['pharmacist-signs', '17', 37],
        ['send-pickup', '17', 29],
      ],
      signal,
    );
    rx = 'collected';
    return setFlow('pharmacy', {
      step: 'dispensed',
      prescription: { ...prescription, state: 'collected' },
      outcomes: [...lines],
      paper: paper.ofHandOut(lines),
      acknowledged: online,
      stages,
    });
  }

  /** The PUK of every card is 12345678; the PINs stay what they are. */
  function servePin(desk: Desk, work: PinWork, kind: CardKind, given: readonly number[], next: number[][]): DeskState {
    if (desks[desk].pinService === undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'not open');
    const show = (view: PinServiceView): DeskState => {
      desks[desk].pinService = view;
      return publish(desk);
    };
    try {
      const [first = [], again = []] = next;
      if (first.join('') !== again.join('')) throw new ImisError('PIN_MISMATCH', 'two PINs');
      const card = cardIn(desk, kind);
      if (card === undefined) throw new ImisError('CARD_ABSENT', 'no card');
      if (work === 'change') checkPin(card, given);
      else if (given.join('') !== '12345678') throw new ImisError('PUK_WRONG', 'wrong', { triesLeft: 9 });
      return show({ state: 'done', work, card: kind });
    } catch (cause) {
      return show({ state: 'refused', work, card: kind, refusal: refusalOf(cause) });
    }
  }

  function showIdentity(source: 'nhi-card' | 'virtual-card'): DeskState {
    identity = { state: 'shown', source, person: PERSON, cardTail: '1234' };
    return publish('registration');
  }

  /** What a desk does by itself when a card comes or goes; the caller does not wait for it. */
  function react(desk: Desk, kind: KnownCard, present: boolean): void {
    if (!present) {
      if (kind === 'patient') setFlow(desk, { step: 'idle' });
      if (kind === 'staff') delete desks[desk].operator;
      if (kind === 'doctor') delete desks[desk].comfort;
      publish(desk);
      return;
    }
    if (kind === 'nhi' && desk === 'registration' && desks[desk].operator !== undefined) showIdentity('nhi-card');
    if (kind !== 'patient' || desks[desk].operator === undefined) return;
    const start = desk === 'registration' ? checkIn : desk === 'pharmacy' ? lookUp : undefined;
    start?.().catch((cause: unknown) => {
      if (desks[desk].flow.step !== 'refused')
        setFlow(desk, { step: 'refused', refusal: refusalOf(cause), stages: [] });
    });
  }

  const deskOfSlot = (slot: string): Desk => {
    const name = slot.split('/')[0];
    const known = Desk.safeParse(name);
    if (!known.success) throw new ImisError('REQUEST_MALFORMED', 'no such slot');
    return known.data;
  };
  const setSlot = (slot: string, change: Partial<SlotView>): void => {
    const desk = deskOfSlot(slot);
    desks[desk].slots = desks[desk].slots.map((view) => {
      if (view.slot !== slot) return view;
      const { kind: _kind, ...bare } = view;
      return { ...bare, ...change };
    });
  };
  const need = (desk: Desk, wanted: Desk): void => {
    if (desk !== wanted) throw new ImisError('STEP_OUT_OF_ORDER', `${desk} cannot do this`);
  };

  /** The PIN of a card of that kind in a reader of the emergency desk. */
  const provenAt = (kind: 'doctor' | 'staff', pin: readonly number[]): void => {
    const card = cardIn('emergency', kind);
    if (card === undefined)
      throw new ImisError(kind === 'doctor' ? 'DOCTOR_CARD_ABSENT' : 'STAFF_CARD_ABSENT', `no ${kind} card`);
    checkPin(card, pin);
  };

  const noAgents = async ({ desk }: { readonly desk: Desk }): Promise<DeskState> => {
    throw new ImisError('STEP_OUT_OF_ORDER', `no agents at the ${desk} of a fake`);
  };

  const station: Station = {
    describe: async () => description,
    state: async ({ desk }) => snapshot(desk),
    async signOn({ desk, pin }) {
      const staff = cardIn(desk, 'staff');
      try {
        if (staff?.role === undefined) throw new ImisError('STAFF_CARD_ABSENT', 'no staff card');
        checkPin(staff, pin);
        if (staff.role !== ROLES[desk]) {
          throw new ImisError('OPERATOR_NOT_ALLOWED', 'role does not fit the desk');
        }
        desks[desk].operator = { role: staff.role, until: '2026-11-21T12:00:00.000Z', offLine: false };
        delete desks[desk].signOnRefusal;
      } catch (cause) {
        desks[desk].signOnRefusal = refusalOf(cause);
        publish(desk);
        throw cause;
      }
      const state = publish(desk);
      if (cardIn(desk, 'patient') !== undefined) react(desk, 'patient', true);
      return state;
    },
    async signOff({ desk }) {
      delete desks[desk].operator;
      delete desks[desk].comfort;
      if (desk === 'clinic') return publish(desk);
      return setFlow(desk, { step: 'idle' });
    },
    async checkIn({ desk }, signal) {
      need(desk, 'registration');
      return checkIn(signal);
    },
    async readNhiCard({ desk }) {
      need(desk, 'registration');
      if (cardIn(desk, 'nhi') === undefined) throw new ImisError('CARD_ABSENT', 'no NHI card');
      return showIdentity('nhi-card');
    },
    async readVirtualCard({ desk, qr }) {
      need(desk, 'registration');
      if (qr.length > 15) return showIdentity('virtual-card');
      identity = { state: 'refused', source: 'virtual-card', refusal: { code: 'VIRTUAL_CARD_INVALID' } };
      return publish(desk);
    },
    async openComfort({ desk, pin }) {
      need(desk, 'clinic');
      const doctor = cardIn('clinic', 'doctor');
      if (doctor === undefined) throw new ImisError('DOCTOR_CARD_ABSENT', 'no doctor card');
      checkPin(doctor, pin);
      desks.clinic.comfort = { remaining: 250, until: '2026-11-22T08:00:00.000Z' };
      return publish(desk);
    },
    async openVisit({ desk, pin }, signal) {
      need(desk, 'clinic');
      return openVisit(pin, signal);
    },
    async reviewVisit({ desk, draft }) {
      need(desk, 'clinic');
      const { flow } = desks.clinic;
      if (flow.step !== 'opened') throw new ImisError('STEP_OUT_OF_ORDER', 'not opened');
      const review = { draft, findings: [], unchecked: [], unverifiedRecords: 1, notOnCard: 0 };
      return setFlow('clinic', { ...flow, review });
    },
    async signVisit({ desk, pin, draft }, signal) {
      need(desk, 'clinic');
      return signVisit(pin, draft, signal);
    },
    async lookUp({ desk }, signal) {
      need(desk, 'pharmacy');
      return lookUp(signal);
    },
    async accept({ desk, rxId }) {
      need(desk, 'pharmacy');
      if (find(rxId).state !== 'ready') throw new ImisError('RX_LOCKED', 'not ready');
      rx = 'accepted';
      return listed();
    },
    async release({ desk, rxId }) {
      need(desk, 'pharmacy');
      if (find(rxId).state !== 'accepted') throw new ImisError('RX_NOT_ACCEPTED', 'not accepted');
      rx = 'ready';
      return listed();
    },
    async dispense({ desk, rxId, lines }, signal) {
      need(desk, 'pharmacy');
      const all = find(rxId).lines.map((_, i): LineOutcome => ({ line: i + 1, outcome: 'given' }));
      return dispense(rxId, lines ?? all, signal);
    },
    async openIssued({ desk }) {
      need(desk, 'clinic');
      return setFlow(desk, { step: 'issued', scope: 'today', items: [], page: 1, pages: 1, total: 0, stages: [] });
    },
    async cancelPrescription({ desk, rxId }) {
      need(desk, 'clinic');
      throw new ImisError('STEP_OUT_OF_ORDER', `${rxId} was not issued here`);
    },
    async designateHere({ desk, rxId }) {
      need(desk, 'pharmacy');
      throw new ImisError('STEP_OUT_OF_ORDER', `${rxId} is for this pharmacy`);
    },
    async takeBack({ desk, rxId }) {
      need(desk, 'pharmacy');
      if (find(rxId).state !== 'collected') throw new ImisError('RX_NOT_DISPENSED', 'not handed out');
      rx = 'ready';
      return listed();
    },
    async openWorkList({ desk }) {
      need(desk, 'pharmacy');
      if (desks[desk].operator === undefined) throw new ImisError('OPERATOR_REQUIRED', 'nobody signed on');
      return setFlow(desk, paper.workList());
    },
    async openWorkItem({ desk, rxId }) {
      need(desk, 'pharmacy');
      return setFlow(desk, paper.workList(rxId));
    },
    async readPickupCode({ desk, text }) {
      need(desk, 'pharmacy');
      try {
        return setFlow(desk, paper.workList(readPickupCode(text)));
      } catch (cause) {
        return setFlow(desk, { step: 'refused', refusal: refusalOf(cause), stages: [] });
      }
    },
    async printed({ desk, rxId }) {
      const { flow } = desks[desk];
      if (flow.step === 'signed' && flow.slip?.rxId === rxId) {
        paper.print();
        return setFlow(desk, { ...flow, slip: paper.slip(RX, VISIT) });
      }
      if (flow.step !== 'dispensed' || flow.prescription.rxId !== rxId)
        throw new ImisError('STEP_OUT_OF_ORDER', 'nothing to print');
      paper.print();
      return setFlow(desk, { ...flow, paper: paper.ofHandOut(flow.outcomes) });
    },
    async findCards({ desk, query }) {
      onDuty(desk);
      try {
        return setFlow(desk, office.find(query, inReaders()[0]?.serial));
      } catch (cause) {
        return setFlow(desk, { step: 'refused', refusal: refusalOf(cause), stages: [] });
      }
    },
    async takeCardStep({ desk, serial, step }) {
      onDuty(desk);
      const { flow } = desks[desk];
      if (flow.step !== 'card' || flow.card.serial !== serial) throw new ImisError('STEP_OUT_OF_ORDER', 'not open');
      return setFlow(desk, office.take(serial, step));
    },
    async beginEmergency({ desk, about }) {
      need(desk, 'emergency');
      if (cardIn(desk, 'doctor') === undefined) throw new ImisError('DOCTOR_CARD_ABSENT', 'no doctor card');
      return setFlow(desk, emergency.begin(about));
    },
    takeFinger: async ({ desk, finger }) => setFlow(desk, emergency.take(desks[desk].flow, finger)),
    dropFinger: async ({ desk, index }) => setFlow(desk, emergency.drop(desks[desk].flow, index)),
    async searchFingers({ desk, pin }) {
      need(desk, 'emergency');
      provenAt('doctor', pin);
      return setFlow(desk, emergency.search(desks[desk].flow));
    },
    async moreFingers({ desk }) {
      need(desk, 'emergency');
      return setFlow(desk, emergency.more(desks[desk].flow));
    },
    async confirmCandidate({ desk, handle, pin }) {
      need(desk, 'emergency');
      provenAt('staff', pin);
      return setFlow(desk, emergency.confirm(desks[desk].flow, handle));
    },
    async stay({ desk }) {
      need(desk, 'emergency');
      return publish(desk);
    },
    async openFingerprints({ desk }) {
      onDuty(desk);
      return setFlow(desk, emergency.open());
    },
    async decideFingerprints({ desk, decision, pin }) {
      onDuty(desk);
      const card = cardIn(desk, 'patient');
      if (card === undefined) throw new ImisError('CARD_ABSENT', 'no card');
      checkPin(card, pin);
      return setFlow(desk, emergency.decide(desks[desk].flow, decision));
    },
    async settleDuplicate() {
      throw new ImisError('STEP_OUT_OF_ORDER', 'no duplicate in a fake');
    },
    async layFinger({ id }) {
      throw new ImisError('NOT_FOUND', `no finger ${id}`);
    },
    async eraseWarrant({ desk, serial }) {
      onDuty(desk);
      const { flow } = desks[desk];
      if (flow.step !== 'warrants' || !flow.warrants.some((one) => one.serial === serial && !one.erased))
        throw new ImisError('STEP_OUT_OF_ORDER', 'not shown');
      return setFlow(desk, office.erase(flow, serial));
    },
    async settleConflict() {
      throw new ImisError('NOT_FOUND', 'no conflict here');
    },
    async openPinService({ desk, work }) {
      desks[desk].pinService = { state: 'waiting', work };
      return setFlow(desk, { step: 'idle' });
    },
    changePin: async ({ desk, card, pin, next, again }) => servePin(desk, 'change', card, pin, [next, again]),
    unblockPin: async ({ desk, card, puk, next, again }) => servePin(desk, 'unblock', card, puk, [next, again]),
    // Agents are beyond this fake: it has no cards that could delegate.
    openAgentService: noAgents,
    beginAgent: noAgents,
    proposeAgent: noAgents,
    consentAgent: noAgents,
    acceptAgent: noAgents,
    collectAsAgent: noAgents,
    withdrawAgent: noAgents,
    clear: async ({ desk }) => {
      delete desks[desk].pinService;
      if (desk === 'registration') identity = { state: 'none' };
      return setFlow(desk, { step: 'idle' });
    },
    tray: async () => tray(),
    async trayInsert({ card: id, slot }) {
      const card = cards.find((entry) => entry.id === id);
      if (card === undefined || cards.some((entry) => entry.slot === slot)) throw new ImisError('READER_BUSY', 'taken');
      card.slot = slot;
      const desk = deskOfSlot(slot);
      setSlot(slot, { state: 'reading', insertion: 1 });
      publish(desk);
      publishTray();
      await pause(250);
      setSlot(slot, { state: 'ready', kind: card.kind });
      publish(desk);
      react(desk, card.kind, true);
      return {};
    },
    async trayRemove({ slot }) {
      const card = cards.find((entry) => entry.slot === slot);
      if (card === undefined) throw new ImisError('CARD_ABSENT', 'empty');
      delete card.slot;
      setSlot(slot, { state: 'empty' });
      publishTray();
      react(deskOfSlot(slot), card.kind, false);
      publish(deskOfSlot(slot));
      return {};
    },
    subscribe: {
      state: (listener) => counted(topics.subscribe.state(listener)),
      tray: (listener) => counted(topics.subscribe.tray(listener)),
    },
  };

  function counted(undo: () => void): () => void {
    subscribed += 1;
    let live = true;
    return () => {
      if (live) subscribed -= 1;
      live = false;
      undo();
    };
  }

  return {
    station,
    listeners: () => subscribed,
    setOnline(value, count) {
      online = value;
      waiting = count;
      for (const desk of description.desks) publish(desk);
    },
  };
}
