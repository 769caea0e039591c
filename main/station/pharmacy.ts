/**
 * The pharmacy: card in -> verified list (eq 16) -> dispensed (eq 17). Looks up by itself when a patient's card comes in and the
 * pharmacist is signed on.
 * @module
 */
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { PharmacyFlow } from '../../contract/pharmacy-desk.ts';
import { readPickupCode } from '../../contract/pickup-code.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { DeskState } from '../../contract/station.ts';
import type { AgentPins } from './agent-beside.ts';
import { shownAgent } from './agent-counter.ts';
import { type AgentService, createAgentService } from './agent-service.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { keepGroup } from './doctor-signer.ts';
import { createPassedCards, stayName } from './health-cards.ts';
import { createPharmacyCounter } from './pharmacy-counter.ts';
import { createDesignating } from './pharmacy-designating.ts';
import { createDispensing, type HandOut } from './pharmacy-dispensing.ts';
import { createLookUp } from './pharmacy-look-up.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { DeskPorts } from './ports.ts';
import { createPreparing, type Preparing } from './preparing.ts';
import { followInbox } from './prescription-sources.ts';
import { createPrintCounts, handOutPaper, sheetsOf } from './print-counts.ts';
import { proveAgain, signOn } from './sign-on.ts';

export interface PharmacyDesk {
  state(): DeskState & { desk: 'pharmacy' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  lookUp(signal?: AbortSignal): Promise<void>;
  accept(rxId: string, recover: boolean, signal?: AbortSignal): Promise<void>;
  release(rxId: string, signal?: AbortSignal): Promise<void>;
  dispense(rxId: string, handOut: HandOut, signal?: AbortSignal): Promise<void>;
  takeBack(rxId: string, reason: string, signal?: AbortSignal): Promise<void>;
  /** Sent to another pharmacy, collected here, by the holder's PIN. */
  designateHere(rxId: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
  settleConflict(id: string, note: string): Promise<void>;
  /** The agent of a warrant, by that agent's PIN: what the warrant names is looked up. */
  collectAsAgent(serial: string, pins: AgentPins, signal?: AbortSignal): Promise<void>;
  readonly workList: Pick<Preparing, 'openList' | 'openItem'>;
  readPickupCode(text: string, signal?: AbortSignal): Promise<void>;
  /** STEP_OUT_OF_ORDER when this is not what was handed out last. */
  printed(rxId: string): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  readonly agents: AgentService;
  clear(): void;
  close(): void;
}

/** How long the result of a hand-out stays after the card has left, ms. */
const LINGER_MS = 60_000;

/** How often the inbox is fetched while somebody is signed on, ms. */
const INBOX_MS = 5 * 60_000;

/** Creates the desk; `publish` is called with every new state. */
export async function createPharmacyDesk(ports: DeskPorts, publish: (state: DeskState) => void): Promise<PharmacyDesk> {
  const forever = new AbortController().signal;
  let served = '';
  let stopLinger: (() => void) | undefined;
  const prints = await createPrintCounts(ports, forever);
  const screen = createDeskScreen<PharmacyFlow>({ step: 'idle' }, () => {
    stopLinger?.();
    stopLinger = undefined;
    publish(state());
  });
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const agents = createAgentService(core, { delegates: false });
  const passed = createPassedCards(core);
  const groupOf = keepGroup(ports);
  let materialFrom: string | undefined;
  const inbox = followInbox(ports, () => core.operator()?.token, INBOX_MS);
  core.onBack(() => {
    void proveAgain(core, forever).then(core.deliver).then(inbox.now);
  });
  const state = (): DeskState & { desk: 'pharmacy' } => ({
    desk: 'pharmacy',
    ...core.common(),
    flow: screen.flow(),
    ...(materialFrom === undefined ? {} : { materialFrom }),
  });

  const counter = await createPharmacyCounter(core, screen, () => follow());
  const { locks, choose, replaceView, work, lock, unlock } = counter;
  const lookUp = createLookUp({
    core,
    screen,
    counter,
    groupOf,
    serves: (stay) => {
      served = stay;
      passed.take(stay);
    },
    verifiesWith: (from) => {
      materialFrom = from;
    },
    follow: () => follow(),
  });
  const { dispense, takeBack } = createDispensing({ core, screen, counter, prints, lookUp });
  const designateHere = createDesignating({ core, screen, counter, lookUp });
  const preparing = createPreparing({ core, screen, groupOf, locks, lock, unlock, follow: () => follow() });

  const accept = async (rxId: string, recover: boolean, signal?: AbortSignal): Promise<void> => {
    if (preparing.hasOpened(rxId)) return preparing.accept(rxId, recover, signal);
    const chosen = choose(rxId, recover ? ['locked'] : ['ready']);
    await work('accept', chosen, signal, async (running, list, show) => {
      await list.run('accept-prescription', '16', () => lock(rxId, { recover }, running));
      replaceView(chosen, { ...chosen.view, state: 'accepted' });
      show({
        step: 'listed',
        prescriptions: chosen.current.views,
        stages: list.all(),
        ...shownAgent(chosen.current.agent),
      });
    });
  };

  const release = async (rxId: string, signal?: AbortSignal): Promise<void> => {
    if (preparing.hasOpened(rxId)) return preparing.release(rxId, signal);
    const chosen = choose(rxId, ['accepted']);
    await work('release', chosen, signal, async (running, list, show) => {
      await unlock(rxId, running);
      replaceView(chosen, { ...chosen.view, state: 'ready' });
      show({
        step: 'listed',
        prescriptions: chosen.current.views,
        stages: list.all(),
        ...shownAgent(chosen.current.agent),
      });
    });
  };

  /** What a scanner read: among the prescriptions of the card that is in, else in the work list. */
  const readCode = async (text: string, signal?: AbortSignal): Promise<void> => {
    const flow = screen.flow();
    if (flow.step !== 'listed') return preparing.find(text, signal);
    core.mustRest();
    const { scanned: _before, refusal: _refusal, ...list } = flow;
    try {
      const rxId = readPickupCode(text);
      if (!list.prescriptions.some((view) => view.rxId === rxId))
        throw new ImisError('RX_NOT_ON_CARD', 'not on the card that is in');
      screen.set({ ...list, scanned: rxId });
    } catch (cause) {
      screen.set({ ...list, refusal: refuse(core, 'scan', cause) });
    }
  };

  const printed = async (rxId: string): Promise<void> => {
    const flow = screen.flow();
    if (flow.step !== 'dispensed' || flow.prescription.rxId !== rxId)
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing of this prescription was handed out just now');
    const { prescription, outcomes, paper } = flow;
    await prints.add(sheetsOf(prescription, paper), forever);
    // Unless something else is on the screen by now.
    if (screen.flow() === flow) screen.set({ ...flow, paper: handOutPaper(prints, prescription, outcomes, paper.day) });
  };

  /** A patient's card that was not looked up yet is; when it has left, what is on the screen goes, now or after a while. */
  const follow = (): void => {
    if (core.busy() || core.pinService() !== undefined || core.agentService() !== undefined) return;
    const patient = passed.next();
    if (patient === undefined) {
      const flow = screen.flow();
      switch (flow.step) {
        case 'idle':
        case 'working':
        case 'refused':
          return;
        case 'work-list':
          // Nobody's to read once its pharmacist has gone.
          if (core.operator() === undefined) screen.set({ step: 'idle' });
          return;
        case 'listed':
          counter.set(undefined);
          // Of the patient nothing stays; that something went wrong does.
          screen.set(
            flow.refusal === undefined
              ? { step: 'idle' }
              : { step: 'refused', refusal: flow.refusal, stages: flow.stages },
          );
          return;
        case 'dispensed':
          // The medicine is still being handed out.
          stopLinger ??= ports.later(LINGER_MS, () => screen.set({ step: 'idle' }));
          return;
      }
    }
    if (served === stayName(patient) || core.operator() === undefined) return;
    void lookUp();
  };
  core.onSlots(follow);

  /** The card whose PIN was served stays where it is: only one that comes in anew is looked up. */
  const leaveServices = (): void => {
    if (core.pinService() === undefined && core.agentService() === undefined) return;
    passed.passOthers();
    const patient = passed.next();
    if (patient !== undefined) served = stayName(patient);
    pins.close();
    agents.close();
  };

  return {
    state,
    signOn: async (pin, signal) => {
      await signOn(core, pin, signal, true);
      inbox.now();
      follow();
    },
    signOff: () => {
      core.setOperator(undefined);
      follow();
    },
    lookUp: (signal) => lookUp(signal, counter.current()?.agent),
    accept,
    release,
    dispense,
    takeBack,
    designateHere,
    collectAsAgent: async (serial, pins, signal) => {
      const agent = await agents.identify(serial, pins, signal);
      if (agent === undefined) return;
      if (agent.beside !== undefined) passed.pass(agent.beside);
      await lookUp(signal, agent);
    },
    workList: preparing,
    readPickupCode: readCode,
    printed,
    pins,
    agents: {
      ...agents,
      open: (signal) => {
        core.mustRest();
        pins.close();
        counter.set(undefined);
        screen.clear();
        return agents.open(signal);
      },
    },
    settleConflict: core.settleConflict,
    openPinService: (work) => {
      pins.open(work);
      agents.close();
      counter.set(undefined);
      screen.clear();
    },
    clear: () => {
      core.cancel();
      leaveServices();
      counter.set(undefined);
      screen.clear();
    },
    close: () => {
      stopLinger?.();
      inbox.close();
      core.close();
    },
  };
}
