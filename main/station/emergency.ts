/**
 * The emergency desk (eqs 13 to 15): the flow of contract/emergency-desk.ts, driven by intents of the screen. Nothing of it is kept: what was taken,
 * asked and answered lives in this closure until the record was read, the doctor's card leaves, nobody is there any more, or the time is over.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { EmergencyRecord } from '../../contract/emergency.ts';
import type { EmergencyCase } from '../../contract/emergency-desk.ts';
import { MAX_FINGERS } from '../../contract/emergency-desk.ts';
import { ImisError, type Refusal } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { Stage } from '../../contract/stage.ts';
import type { DeskState, EmergencyFlow } from '../../contract/station.ts';
import type { AskedFinger } from '../../contract/taken-finger.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { keepGroup } from './doctor-signer.ts';
import { type AskedQuery, askWhoseFingers, confirmWhoItIs } from './emergency-search.ts';
import { createFingerTaking, forgetFingers, type HeldFinger } from './finger-taking.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { DeskPorts } from './ports.ts';
import { createStages, type RunStage } from './stages.ts';

export interface EmergencyDesk {
  state(): DeskState & { desk: 'emergency' };
  /** STEP_OUT_OF_ORDER rejects, here and in the next five; every other refusal shows in the state. */
  begin(about: EmergencyCase, signal?: AbortSignal): Promise<void>;
  takeFinger(finger: AskedFinger, signal?: AbortSignal): Promise<void>;
  dropFinger(index: number): void;
  search(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  moreFingers(): void;
  confirm(handle: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
  /** Somebody is there. */
  stay(): void;
  settleConflict(id: string, note: string): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  clear(): void;
  close(): void;
}

/** How long the desk shows anything while nobody touches it, and at the longest, ms. */
export const IDLE_MS = 300_000;
export const DEAD_MAN_MS = 900_000;
/** A challenge that ends sooner is not begun with, ms. */
const CHALLENGE_MARGIN_MS = 20_000;

/** One emergency, from why to the record. */
interface Emergency {
  readonly about: EmergencyCase;
  readonly doctor: { readonly slot: string; readonly insertion: number };
  readonly endsAt: number;
  clearsAt: number;
  challenge: { readonly value: string; readonly expires: number } | undefined;
  fingers: readonly HeldFinger[];
  asked: AskedQuery | undefined;
}

const outOfOrder = (): ImisError => new ImisError('STEP_OUT_OF_ORDER', 'not at this step of an emergency');

/** Creates the desk; `publish` is called with every new state. */
export async function createEmergencyDesk(
  ports: DeskPorts,
  publish: (state: DeskState) => void,
): Promise<EmergencyDesk> {
  const { bureau, clock, later } = ports;
  let current: Emergency | undefined;
  let stopIdle: (() => void) | undefined;
  let stopDeadMan: (() => void) | undefined;
  const screen = createDeskScreen<EmergencyFlow>({ step: 'idle' }, () => publish(state()));
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const taking = createFingerTaking(ports.fingerScanner, () => publish(state()));
  const groupOf = keepGroup(ports);

  const begun = ({ about, clearsAt, endsAt }: Emergency) => ({
    about,
    clearsAt: instantOf(clearsAt),
    endsAt: instantOf(endsAt),
  });
  /** The flow as it is now: the time goes on, and the scanner waits, without the flow being set anew. */
  const flowNow = (): EmergencyFlow => {
    const flow = screen.flow();
    if (current === undefined || !('about' in flow)) return flow;
    const waiting = taking.waiting();
    const beside = flow.step === 'fingers' && waiting !== undefined ? { waiting } : {};
    return { ...flow, ...begun(current), ...beside };
  };
  const state = (): DeskState & { desk: 'emergency' } => ({ desk: 'emergency', ...core.common(), flow: flowNow() });

  const leave = (): void => {
    core.cancel();
    stopIdle?.();
    stopDeadMan?.();
    if (current !== undefined) forgetFingers(current.fingers);
    current = undefined;
    pins.close();
    screen.clear();
  };
  /** Puts off the end; never past the last one. */
  const awake = (): void => {
    stopIdle?.();
    if (current === undefined) return;
    current.clearsAt = Math.min(clock.now() + IDLE_MS, current.endsAt);
    stopIdle = later(IDLE_MS, leave);
  };
  const at = <S extends EmergencyFlow['step']>(step: S) => {
    const flow = screen.flow();
    core.mustRest();
    if (current === undefined || flow.step !== step) throw outOfOrder();
    awake();
    // `step` is the discriminant, compared just above.
    return { emergency: current, flow: flow as EmergencyFlow & { step: S } };
  };
  const showFingers = (
    emergency: Emergency,
    more: { readonly refusal?: Refusal; readonly keptEarlier?: true } = {},
  ): void => {
    // Whatever ended late, after this was left, shows nothing any more.
    if (current !== emergency) return;
    screen.set({ step: 'fingers', ...begun(emergency), taken: emergency.fingers.map(({ shown }) => shown), ...more });
  };
  /** What a failed step shows: nothing where it was called off. */
  const beside = (what: string, cause: unknown): { readonly refusal?: Refusal } => {
    const refusal = refuse(core, what, cause);
    return refusal.code === 'CANCELLED' ? {} : { refusal };
  };

  core.onSlots((slots) => {
    if (current === undefined || screen.flow().step === 'emergency-record') return;
    const { slot, insertion } = current.doctor;
    // A doctor who took the card has left; what was confirmed may still be read.
    if (!slots.some((view) => view.slot === slot && view.insertion === insertion && view.state === 'ready')) leave();
  });

  /** The bureau's challenge for the next query. */
  const challengeOf = async (emergency: Emergency, signal: AbortSignal): Promise<string> => {
    const { challenge: kept } = emergency;
    if (kept !== undefined && kept.expires > clock.now() + CHALLENGE_MARGIN_MS) return kept.value;
    const { challenge, expiresAt } = await bureau.challenge({ body: { purpose: 'emergency' } }, signal);
    emergency.challenge = { value: challenge, expires: Date.parse(expiresAt) };
    return challenge;
  };
  const means = async (signal: AbortSignal) => {
    const material = await core.material(signal);
    return { ports, material, group: await groupOf(material) };
  };

  const begin = async (about: EmergencyCase, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    if (current !== undefined) throw outOfOrder();
    const show = screen.showing();
    let stages: Stage[] = [];
    const { run } = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'breaking-glass', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        const { slot, insertion } = core.cardOf('doctor');
        await core.ordersDelivered();
        const endsAt = clock.now() + DEAD_MAN_MS;
        const doctor = { slot, insertion };
        const blank = { challenge: undefined, fingers: [], asked: undefined };
        const emergency: Emergency = { about, doctor, endsAt, clearsAt: endsAt, ...blank };
        await run('ask-challenge', '13', () => challengeOf(emergency, running));
        if (!show({ step: 'fingers', ...begun(emergency), taken: [] })) return;
        current = emergency;
        stopDeadMan = later(DEAD_MAN_MS, leave);
        awake();
        publish(state());
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'begin an emergency', cause), stages });
    }
  };

  /** A known finger once: the better impression of the two. True where that is the earlier one. */
  const keep = (emergency: Emergency, held: HeldFinger): boolean => {
    const { finger } = held.shown;
    const earlier = finger === 0 ? undefined : emergency.fingers.find(({ shown }) => shown.finger === finger);
    const isWorse = earlier !== undefined && earlier.quality > held.quality;
    const others = emergency.fingers.filter((one) => one !== earlier);
    forgetFingers(isWorse ? [held] : earlier === undefined ? [] : [earlier]);
    if (!isWorse)
      emergency.fingers =
        earlier === undefined ? [...others, held] : emergency.fingers.map((one) => (one === earlier ? held : one));
    return isWorse;
  };

  const takeFinger = async (finger: AskedFinger, signal?: AbortSignal): Promise<void> => {
    const { emergency } = at('fingers');
    const isNew = finger === 0 || !emergency.fingers.some(({ shown }) => shown.finger === finger);
    if (isNew && emergency.fingers.length >= MAX_FINGERS) throw outOfOrder();
    showFingers(emergency);
    try {
      await core.alone(signal, async (running) => {
        const challenge = await challengeOf(emergency, running);
        const held = await taking.take(finger, fromHex(challenge), running);
        if (current !== emergency) {
          forgetFingers([held]);
          return;
        }
        awake();
        showFingers(emergency, keep(emergency, held) ? { keptEarlier: true } : {});
      });
    } catch (cause) {
      showFingers(emergency, beside('take a finger', cause));
    }
  };

  /** Runs a longer step that shows its stages; `failed` shows what was there before it, with the refusal. */
  const work = async (
    task: 'searching' | 'confirming',
    signal: AbortSignal | undefined,
    step: (run: RunStage, show: (flow: EmergencyFlow) => boolean, running: AbortSignal) => Promise<void>,
    failed: (cause: unknown) => void,
  ): Promise<void> => {
    const show = screen.showing();
    const { run } = createStages(clock.now, (stages) => show({ step: 'working', task, stages }));
    try {
      await core.alone(signal, (running) => step(run, show, running));
    } catch (cause) {
      failed(cause);
    }
  };

  const search = async (pin: PinDigits, signal?: AbortSignal): Promise<void> => {
    const { emergency } = at('fingers');
    const { about, fingers, doctor } = emergency;
    if (fingers.length === 0) throw outOfOrder();
    await work(
      'searching',
      signal,
      async (run, show, running) => {
        const challenge = await run('ask-challenge', '13', () => challengeOf(emergency, running));
        const query = { card: doctor, pin, challenge, about, fingers };
        // Once only, whatever becomes of it.
        emergency.challenge = undefined;
        const asked = await askWhoseFingers(await means(running), query, run, running);
        const { candidates, searched, enrolled, confirmBefore } = asked.answer;
        const poor = fingers.filter(({ shown }) => shown.grade === 'poor').length;
        const sent = { sent: fingers.length, poor };
        if (current !== emergency) return;
        emergency.asked = asked;
        awake();
        show({
          step: 'candidates',
          ...begun(emergency),
          candidates,
          searched,
          enrolled,
          fingers: sent,
          confirmBefore,
        });
      },
      (cause) => showFingers(emergency, beside('search for fingers', cause)),
    );
  };

  const confirm = async (handle: string, pin: PinDigits, signal?: AbortSignal): Promise<void> => {
    const { emergency, flow } = at('candidates');
    const { asked } = emergency;
    const chosen = flow.candidates.find((one) => one.handle === handle);
    if (asked === undefined || chosen === undefined) throw outOfOrder();
    await work(
      'confirming',
      signal,
      async (run, show, running) => {
        const { slot } = core.cardOf('staff');
        await core.ordersDelivered();
        const material = await core.material(running);
        const record = await confirmWhoItIs({ ports, material }, asked, { handle, slot, pin }, run, running);
        if (current !== emergency) return;
        forgetFingers(emergency.fingers);
        emergency.fingers = [];
        emergency.asked = undefined;
        awake();
        show({ step: 'emergency-record', ...begun(emergency), record: shownOf(record), photo: chosen.photo });
      },
      (cause) => {
        if (current !== emergency) return;
        const { refusal: _former, ...before } = flow;
        screen.set({ ...before, ...beside('confirm a candidate', cause) });
      },
    );
  };

  return {
    state,
    begin,
    takeFinger,
    dropFinger: (index) => {
      const { emergency } = at('fingers');
      const dropped = emergency.fingers[index];
      if (dropped === undefined) throw outOfOrder();
      forgetFingers([dropped]);
      emergency.fingers = emergency.fingers.filter((one) => one !== dropped);
      showFingers(emergency);
    },
    search,
    moreFingers: () => {
      const { emergency } = at('candidates');
      emergency.asked = undefined;
      showFingers(emergency);
    },
    confirm,
    stay: () => {
      if (current === undefined) throw outOfOrder();
      awake();
      publish(state());
    },
    pins,
    settleConflict: core.settleConflict,
    openPinService: (work) => {
      if (current !== undefined) throw outOfOrder();
      pins.open(work);
      screen.clear();
    },
    clear: leave,
    close: () => {
      leave();
      taking.close();
      core.close();
    },
  };
}

/** What of the bureau's answer is for people. */
function shownOf({
  type: _type,
  version: _version,
  institution: _institution,
  keyId: _keyId,
  queryId: _queryId,
  ...record
}: EmergencyRecord) {
  return record;
}
