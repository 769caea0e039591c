/**
 * One suite, two shells: what a screen may rely on is the same over Electron's IPC and over the loopback shell.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, createClient } from '../../contract/dispatch.ts';
import { pickupCode } from '../../contract/pickup-code.ts';
import { type DeskState, stationContract } from '../../contract/station.ts';
import { type Harness, overHttp, overIpc } from './bridges.ts';
import { NEW_CARD, OLD_CARD, WARRANT } from './fake-card-office.ts';
import { HANDLE } from './fake-emergency.ts';
import { WAITING_RX } from './fake-paper.ts';
import { createFakeStation } from './fake-station.ts';

const REGISTRAR_PIN = [2, 4, 6, 8, 0, 2];

describe.each([
  { name: 'IPC', over: overIpc },
  { name: 'loopback HTTP', over: overHttp },
])('station over $name', ({ over }) => {
  let harness: Harness;
  let client: Api<typeof stationContract>;
  let logged: { name: string; cause: unknown }[];
  /** Called when the station pauses; a test replaces it to hold a call open. */
  let hold: (signal?: AbortSignal) => Promise<void>;

  beforeEach(async () => {
    logged = [];
    hold = () => Promise.resolve();
    const fake = createFakeStation({ pause: (_ms, signal) => hold(signal) });
    harness = await over(fake.station, (name, cause) => logged.push({ name, cause }));
    client = createClient(stationContract, harness.bridge);
  });
  afterEach(() => harness.close());

  /** The next state of a desk that fits. */
  const nextState = (fits: (state: DeskState) => boolean): Promise<DeskState> =>
    new Promise((resolve) => {
      const undo = client.subscribe.state((state) => {
        if (!fits(state)) return;
        undo();
        resolve(state);
      });
    });

  it('answers a call', async () => {
    const description = await client.describe({});
    expect(description.desks).toEqual(['registration', 'clinic', 'pharmacy', 'emergency', 'card-office']);
    expect((await client.state({ desk: 'clinic' })).flow).toEqual({ step: 'idle' });
  });

  it('carries a refusal as code and tries left, and logs its cause', async () => {
    await client.trayInsert({ card: 'registrar', slot: 'registration/left' });
    await expect(client.signOn({ desk: 'registration', pin: [0, 0, 0, 0] })).rejects.toMatchObject({
      code: 'PIN_WRONG',
      triesLeft: 2,
    });
    expect(logged.map(({ name }) => name)).toEqual(['signOn']);
    await expect(client.checkIn({ desk: 'pharmacy' })).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
  });

  it.each([
    ['an unknown call', 'openSafe', {}],
    ['a name of Object.prototype', 'constructor', {}],
    ['an event as a call', 'subscribe', {}],
    ['a missing field', 'state', {}],
    ['a field too many', 'state', { desk: 'clinic', more: 1 }],
    ['a digit that is none', 'signOn', { desk: 'clinic', pin: [1, 2, 3, 'x'] }],
    ['no object', 'state', 'clinic'],
    ['null', 'state', null],
  ])('refuses %s', async (_what, name, input) => {
    expect(await harness.bridge.call(name, input)).toEqual({ ok: false, refusal: { code: 'REQUEST_MALFORMED' } });
  });

  it('pushes events to every subscriber', async () => {
    const inserted = nextState((state) => state.slots.some((slot) => slot.state === 'ready'));
    const trays: number[] = [];
    const undo = client.subscribe.tray((tray) => trays.push(tray.filter((card) => card.slot !== undefined).length));
    await client.trayInsert({ card: 'patient-wang', slot: 'pharmacy/right' });
    expect((await inserted).slots[1]).toMatchObject({ slot: 'pharmacy/right', kind: 'patient' });
    expect(trays).toEqual([1]);
    undo();
  });

  it('is silent after unsubscribing', async () => {
    const heard: string[] = [];
    const undo = client.subscribe.state((state) => heard.push(state.desk));
    const first = nextState(() => true);
    await client.clear({ desk: 'clinic' });
    await first;
    undo();
    const second = nextState((state) => state.desk === 'pharmacy');
    await client.clear({ desk: 'pharmacy' });
    await second;
    expect(heard).toEqual(['clinic']);
  });

  it('walks through a check-in, step by step', async () => {
    await client.trayInsert({ card: 'registrar', slot: 'registration/left' });
    await client.signOn({ desk: 'registration', pin: [...REGISTRAR_PIN] });
    const done = nextState((state) => state.flow.step === 'checked-in');
    await client.trayInsert({ card: 'patient-wang', slot: 'registration/right' });
    expect((await done).flow).toMatchObject({ queueNumber: 27, person: { name: '王○明' } });
  });

  it('carries who an NHI card and a virtual card say is there, and what is no code', async () => {
    await client.trayInsert({ card: 'registrar', slot: 'registration/left' });
    await client.signOn({ desk: 'registration', pin: [...REGISTRAR_PIN] });
    const shown = nextState((state) => state.desk === 'registration' && state.identity.state === 'shown');
    await client.trayInsert({ card: 'nhi-wang', slot: 'registration/right' });
    expect(await shown).toMatchObject({
      identity: { source: 'nhi-card', person: { name: '王○明' }, cardTail: '1234' },
    });
    expect(await client.clear({ desk: 'registration' })).toMatchObject({ identity: { state: 'none' } });
    const read = (qr: string) => client.readVirtualCard({ desk: 'registration', qr });
    expect(await read('STAND-IN-0123456789')).toMatchObject({ identity: { source: 'virtual-card' } });
    expect(await read('no')).toMatchObject({ identity: { refusal: { code: 'VIRTUAL_CARD_INVALID' } } });
    await expect(read('x'.repeat(5000))).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
  });

  it('walks through an emergency, and through the fingerprints of a holder', async () => {
    await client.trayInsert({ card: 'doctor-chen', slot: 'emergency/left' });
    const about = {
      triage: 1,
      reason: { kind: 'unconscious', words: '路倒' },
      seen: { sex: null, ageBand: null },
    } as const;
    const desk = 'emergency';
    const searched = () => client.searchFingers({ desk, pin: [1, 3, 5, 7, 9, 0] });
    await expect(searched()).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
    await client.beginEmergency({ desk, about });
    await client.takeFinger({ desk, finger: 2 });
    expect((await client.takeFinger({ desk, finger: 0 })).flow).toMatchObject({
      taken: [{ finger: 2 }, { finger: 0 }],
    });
    expect((await client.dropFinger({ desk, index: 1 })).flow).toMatchObject({ taken: [{ finger: 2 }] });
    expect((await searched()).flow).toMatchObject({ step: 'candidates', fingers: { sent: 1 } });
    const confirm = () => client.confirmCandidate({ desk, handle: HANDLE, pin: [2, 4, 6, 8, 0, 2] });
    await expect(confirm()).rejects.toMatchObject({ code: 'STAFF_CARD_ABSENT' });
    await client.trayInsert({ card: 'registrar', slot: 'emergency/right' });
    expect((await confirm()).flow).toMatchObject({ step: 'emergency-record', record: { birthYear: 1958 } });
    await expect(client.takeFinger({ desk: 'clinic', finger: 2 })).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
    const photo = { mime: 'image/png', data: 'AAAA' } as const;
    const office = 'card-office';
    const bare = client.decideFingerprints({ desk: office, decision: 'enrol', pin: [1, 2, 3, 4, 5, 6] });
    await expect(bare).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    const asked = client.decideFingerprints({ desk: office, decision: 'enrol', pin: [1, 2, 3, 4, 5, 6], photo });
    await expect(asked).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
  });

  it('finds a card, opens it and carries a step, a refusal in the state and one that is no step', async () => {
    const desk = 'card-office';
    await expect(client.findCards({ desk, query: { by: 'reader' } })).rejects.toMatchObject({
      code: 'OPERATOR_REQUIRED',
    });
    await client.trayInsert({ card: 'clerk', slot: 'card-office/left' });
    await client.signOn({ desk, pin: [...REGISTRAR_PIN] });
    await client.trayInsert({ card: 'patient-wang', slot: 'card-office/right' });
    expect(await client.state({ desk })).toMatchObject({ inReaders: [{ kind: 'patient', serial: OLD_CARD }] });
    const found = await client.findCards({ desk, query: { by: 'national-id', nationalId: 'A123456789' } });
    expect(found.flow).toMatchObject({ step: 'found', cards: [{ serial: NEW_CARD }, { serial: OLD_CARD }] });
    const { flow } = await client.findCards({ desk, query: { by: 'reader' } });
    expect(flow).toMatchObject({ step: 'card', card: { serial: OLD_CARD, status: 'active' } });
    const take = (event: 'suspend' | 'resume', reason: string) =>
      client.takeCardStep({ desk, serial: OLD_CARD, step: { event, reason } });
    expect((await take('suspend', '遺失中')).flow).toMatchObject({ done: 'suspend', card: { status: 'suspended' } });
    expect((await take('suspend', '再一次')).flow).toMatchObject({ refusal: { code: 'CARD_STATE_CONFLICT' } });
    await expect(take('resume', ' ')).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    const none = await client.findCards({ desk, query: { by: 'serial', serial: '00'.repeat(16) } });
    expect(none.flow).toMatchObject({ step: 'refused', refusal: { code: 'NOT_FOUND' } });
    await expect(client.findCards({ desk: 'clinic', query: { by: 'reader' } })).rejects.toMatchObject({
      code: 'STEP_OUT_OF_ORDER',
    });
    const agents = await client.findCards({ desk, query: { by: 'warrants-of', card: OLD_CARD } });
    expect(agents.flow).toMatchObject({
      step: 'warrants',
      card: OLD_CARD,
      warrants: [{ serial: WARRANT, erased: false }],
    });
    const erase = (reason: string) => client.eraseWarrant({ desk, serial: WARRANT, reason });
    await expect(erase(' ')).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    expect((await erase('法院裁定')).flow).toMatchObject({ done: WARRANT, warrants: [{ erased: true }] });
    await expect(erase('再一次')).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
  });

  it('carries the work list, what was scanned, what is no code, and a print that was counted', async () => {
    const desk = 'pharmacy';
    await expect(client.openWorkList({ desk, page: 1 })).rejects.toMatchObject({ code: 'OPERATOR_REQUIRED' });
    await client.trayInsert({ card: 'pharmacist', slot: 'pharmacy/left' });
    await client.signOn({ desk, pin: [...REGISTRAR_PIN] });
    expect((await client.openWorkList({ desk, page: 1 })).flow).toMatchObject({ items: [{ rxId: WAITING_RX }] });
    await expect(client.openWorkList({ desk, page: 0 })).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    const opened = { step: 'work-list', opened: { rxId: WAITING_RX, lines: [] } };
    expect((await client.openWorkItem({ desk, rxId: WAITING_RX })).flow).toMatchObject(opened);
    expect((await client.readPickupCode({ desk, text: pickupCode(WAITING_RX) })).flow).toMatchObject(opened);
    const refused = await client.readPickupCode({ desk, text: '4710123456789' });
    expect(refused.flow).toMatchObject({ step: 'refused', refusal: { code: 'RX_CODE_INVALID' } });
    await expect(client.printed({ desk, rxId: WAITING_RX })).rejects.toMatchObject({ code: 'STEP_OUT_OF_ORDER' });
    const listed = nextState((state) => state.flow.step === 'listed');
    await client.trayInsert({ card: 'patient-wang', slot: 'pharmacy/right' });
    const { flow } = await listed;
    const rxId = flow.step === 'listed' ? (flow.prescriptions[0]?.rxId ?? '') : '';
    await client.dispense({ desk, rxId });
    const labels = (printed: number) => ({ paper: { labels: [1, 2].map((line) => ({ line, printed })) } });
    expect((await client.state({ desk })).flow).toMatchObject(labels(0));
    expect((await client.printed({ desk, rxId })).flow).toMatchObject(labels(1));
  });

  it('cancels the call that the signal belongs to, and tells the station', async () => {
    await client.trayInsert({ card: 'registrar', slot: 'registration/left' });
    await client.signOn({ desk: 'registration', pin: [...REGISTRAR_PIN] });
    const held = Promise.withResolvers<AbortSignal | undefined>();
    const aborted = Promise.withResolvers<void>();
    hold = (signal) => {
      if (signal === undefined) return Promise.resolve();
      held.resolve(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(signal.reason as Error);
        });
      });
    };
    // The desk starts a check-in by itself; what is cancelled here is the one the screen asked for.
    await client.trayInsert({ card: 'patient-wang', slot: 'registration/right' });
    const controller = new AbortController();
    const call = client.checkIn({ desk: 'registration' }, controller.signal);
    await held.promise;
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await aborted.promise;
  });

  it('leaves no subscription behind', async () => {
    const own = createFakeStation();
    const ended = await over(own.station, () => undefined);
    expect(own.listeners()).toBe(2);
    await ended.close();
    expect(own.listeners()).toBe(0);
  });
});
