/**
 * The pharmacy: card in -> verified list (eq 16) -> dispensed (eq 17). Looks up by itself when a patient's card comes in and the
 * pharmacist is signed on.
 * @module
 */

import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import { readPickupCode } from '../../contract/pickup-code.ts';
import type { RefillException } from '../../contract/prescription-state.ts';
import type { DeskState, PharmacyFlow, PinWork, PrescriptionView, Stage } from '../../contract/station.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { verifyRawP256 } from '../../crypto/pki/ecdsa-signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { encodeTimeToken } from '../../crypto/proxysig/bureau-token.ts';
import { hasAgentSigned, type IdentifiedAgent, namedRecords, papersOf, shownAgent } from './agent-counter.ts';
import { type AgentService, createAgentService } from './agent-service.ts';
import { deliverOrders } from './deliver-orders.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { type DeskGroup, keepGroup } from './doctor-signer.ts';
import { MAX_SKEW_MS, type TrustedMaterial, trustPatient } from './material.ts';
import { newId } from './messages.ts';
import { type SignedPickup, signDispensing, signUndispensing } from './pharmacy-signing.ts';
import { type VerifiedPrescription, verifyPrescription } from './pharmacy-verifying.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { BegunPickup, DeskPorts, HeldLock } from './ports.ts';
import { createPreparing, type Preparing } from './preparing.ts';
import { type FoundPrescription, findPrescriptions, followInbox } from './prescription-sources.ts';
import { partOf, standingView, unverifiedView } from './prescription-view.ts';
import { createPrintCounts, handOutPaper, sheetsOf } from './print-counts.ts';
import { settleOpenSet } from './settle-set.ts';
import { proveAgain, requireOperator, requireToken, signOn } from './sign-on.ts';
import { createStages, type StageList } from './stages.ts';

type Acceptance = z.input<typeof bureauApi.acceptance.body>;

export interface PharmacyDesk {
  state(): DeskState & { desk: 'pharmacy' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  lookUp(signal?: AbortSignal): Promise<void>;
  accept(rxId: string, recover: boolean, signal?: AbortSignal): Promise<void>;
  release(rxId: string, signal?: AbortSignal): Promise<void>;
  dispense(rxId: string, handOut: HandOut, signal?: AbortSignal): Promise<void>;
  takeBack(rxId: string, reason: string, signal?: AbortSignal): Promise<void>;
  settleConflict(id: string, note: string): Promise<void>;
  /** The agent of a warrant, by that agent's PIN: what the warrant names is looked up. */
  collectAsAgent(serial: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
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

/** Codes with which card or bureau says that a part is gone. */
const GONE: ReadonlySet<ErrorCode> = new Set(['RX_COLLECTED', 'CARD_ALREADY_USED']);

/** What this desk holds of the patient before it. */
interface Counter {
  readonly certificate: Certificate;
  readonly verified: ReadonlyMap<string, VerifiedPrescription>;
  readonly views: PrescriptionView[];
  /** Pickup objects on which lines are owed, by R_X_ID. */
  readonly owing: ReadonlyMap<string, SignedPickup>;
  /** Who collects in the patient's place. */
  readonly agent: IdentifiedAgent | undefined;
}

/** What is asked of one prescription that is listed. */
interface Chosen {
  readonly current: Counter;
  readonly view: PrescriptionView;
  readonly prescription: VerifiedPrescription;
}

/** What becomes of a part at the counter. */
export interface HandOut {
  /** Left out: everything is given. */
  readonly lines?: readonly LineOutcome[];
  readonly exception?: RefillException;
}

/** By what the outbox knows a pickup. */
const pickupReference = (rxId: string, part: number): string => `pickup/${rxId}/${part}`;

/** Creates the desk; `publish` is called with every new state. */
export async function createPharmacyDesk(ports: DeskPorts, publish: (state: DeskState) => void): Promise<PharmacyDesk> {
  const { cards, bureau, outbox, store, terminal, clock } = ports;
  const forever = new AbortController().signal;
  let counter: Counter | undefined;
  let served = '';
  let stopLinger: (() => void) | undefined;
  /** By R_X_ID; outlives the patient's stay and this process, for card or power may have gone in the middle. */
  const begun = new Map<string, BegunPickup>();
  for (const pickup of await store.begunPickups(forever)) {
    // It reached the outbox, and the power went before this was noted.
    const isKept = (await outbox.stateOf(pickupReference(pickup.rxId, pickup.part), forever)) !== 'absent';
    if (isKept) await store.dropPickup(pickup.rxId, forever);
    else begun.set(pickup.rxId, pickup);
  }
  /** By R_X_ID; a lock outlives this process as it does at the bureau. */
  const locks = new Map((await store.heldLocks(forever)).map((lock) => [lock.rxId, lock]));
  const prints = await createPrintCounts(ports, forever);
  const dropLock = async (rxId: string): Promise<void> => {
    locks.delete(rxId);
    await store.dropLock(rxId, forever);
  };
  const finish = async (rxId: string): Promise<void> => {
    begun.delete(rxId);
    await store.dropPickup(rxId, forever);
    await dropLock(rxId);
  };
  const screen = createDeskScreen<PharmacyFlow>({ step: 'idle' }, () => {
    stopLinger?.();
    stopLinger = undefined;
    publish(state());
  });
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const agents = createAgentService(core, { delegates: false });
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

  /** One prescription of the card: fetched, opened, verified; or shown with the reason why not. */
  const examine = async (
    record: PrescriptionOnCard,
    { item, standing, source }: FoundPrescription,
    context: {
      material: TrustedMaterial;
      group: DeskGroup;
      certificate: Certificate;
      verified: Map<string, VerifiedPrescription>;
    },
    signal: AbortSignal,
  ): Promise<PrescriptionView> => {
    const begunPart = begun.get(record.rxId)?.part;
    const view = unverifiedView(record, begunPart ?? partOf(record), source);
    const holdsLock = locks.has(record.rxId);
    try {
      if (record.pharmacy !== terminal.institution)
        throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
      if (item instanceof ImisError) throw item;
      const { material, group, certificate, verified } = context;
      const prescription = await verifyPrescription(ports, material, group, item, certificate, signal);
      if (hex(prescription.rxHash).slice(0, 32) !== record.hash16)
        throw new ImisError('RX_ALTERED', 'the card holds another signature');
      verified.set(record.rxId, prescription);
      const known = { begunPart, holdsLock, today: dayOf(clock.now()) };
      return standingView({ ...view, lines: [...prescription.lines] }, record, standing, known);
    } catch (cause) {
      signal.throwIfAborted();
      return {
        ...view,
        state: record.status === 'collected' ? 'collected' : 'refused',
        refusal: refuse(core, 'verify prescription', cause),
      };
    }
  };

  /** The card has the bureau's newest time from here on. TIME_SKEW when this desk's clock is behind what it, or the card, has seen. */
  const tellTime = async (material: TrustedMaterial, slot: string, signal: AbortSignal): Promise<void> => {
    const { time } = await cards.patientTime({ slot, token: encodeTimeToken(material.timeToken) }, signal);
    if (Math.max(material.fetchedAt, time * 1000) > clock.now() + MAX_SKEW_MS)
      throw new ImisError('TIME_SKEW', 'this desk’s clock is behind a time that the bureau has signed');
  };

  const lookUp = async (signal?: AbortSignal, agent?: IdentifiedAgent): Promise<void> => {
    core.mustRest();
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'looking-up', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        counter = undefined;
        show({ step: 'working', task: 'looking-up', stages });
        const { slot, insertion } = core.cardOf('patient');
        served = `${slot}#${insertion}`;
        await core.ordersDelivered();
        const { token } = requireOperator(core);
        // The bureau should know what was handed out before it says what is left.
        if (token !== undefined && core.common().bureau.waiting > 0) await outbox.flush(token, running);
        const material = await core.material(running);
        materialFrom = instantOf(material.fetchedAt);
        const group = await groupOf(material);
        const { certificate, records } = await list.run('read-card', '', async () => {
          await tellTime(material, slot, running);
          const { signing } = await cards.patientCertificates({ slot }, running);
          const trusted = trustPatient(material, signing, clock.now(), 'patient-signing');
          await settleOpenSet(ports, slot, { aboutToWrite: false }, running);
          const all = await cards.patientPrescriptions({ slot }, running);
          const known = all.filter((record) => record.status !== 'cancelled');
          const mine = { ports, material, certificate: trusted };
          return { certificate: trusted, records: agent === undefined ? known : namedRecords(mine, agent, known) };
        });
        const fetched = await list.run('fetch-prescription', '10', () => {
          const sentHere = records.filter(({ pharmacy }) => pharmacy === terminal.institution);
          return findPrescriptions(ports, sentHere, { slot, token }, running);
        });
        const owing = new Map<string, SignedPickup>();
        for (const [rxId, { standing }] of fetched)
          if (standing?.newest !== undefined && standing.owed.length > 0) owing.set(rxId, standing.newest);
        const verified = new Map<string, VerifiedPrescription>();
        const views = await list.run('verify-prescription', '16', async () => {
          const context = { material, group, certificate, verified };
          return Promise.all(
            records.map((record) => {
              const item = new ImisError('RX_NOT_FOUND', 'not in the inbox');
              const none = { source: 'bureau', item, standing: undefined } as const;
              return examine(record, fetched.get(record.rxId) ?? none, context, running);
            }),
          );
        });
        if (show({ step: 'listed', prescriptions: views, stages: list.all(), ...shownAgent(agent) }))
          counter = { certificate, verified, views, owing, agent };
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'look-up', cause), stages });
    }
    follow();
  };

  /** The card's pickup object and signature, checked before the pharmacist signs for it. */
  const collect = async (
    current: Counter,
    slot: string,
    rxId: string,
    prescription: VerifiedPrescription,
    part: number,
    signal: AbortSignal,
  ) => {
    const nonce = begun.get(rxId)?.nonce ?? secureRng(32);
    const pickup: BegunPickup = { version: 1, rxId, part, nonce };
    // Before the card is asked: once it has answered, only the same nonce brings the answer again.
    await store.keepPickup(pickup, signal);
    begun.set(rxId, pickup);
    const request = {
      slot,
      rxId,
      part,
      rxHash: prescription.rxHash,
      nonce,
      ...(current.agent === undefined ? {} : { proxySlot: current.agent.held.proxySlot }),
    };
    const collected = await cards.patientConsume(request, signal);
    const { agent, certificate } = current;
    const isSigned =
      agent === undefined
        ? verifyRawP256(certificate.spki, collected.pickupObject, collected.signature)
        : hasAgentSigned(agent, certificate, collected);
    if (!isSigned) {
      throw new ImisError('SIGNATURE_INVALID', 'the card did not sign this pickup');
    }
    return collected;
  };

  /** The prescription on the screen, in one of these states. STEP_OUT_OF_ORDER. */
  const choose = (rxId: string, states: readonly PrescriptionView['state'][]): Chosen => {
    core.mustRest();
    const current = counter;
    const view = current?.views.find((one) => one.rxId === rxId);
    const prescription = current?.verified.get(rxId);
    if (current === undefined || view === undefined || prescription === undefined || !states.includes(view.state))
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing of this prescription can be done now');
    return { current, view, prescription };
  };

  const replaceView = ({ current, view }: Chosen, next: PrescriptionView): void => {
    current.views.splice(current.views.indexOf(view), 1, next);
  };

  /** One piece of work on the list; what is refused stands above it. `gone`: what becomes of the entry when card or bureau say that it is collected. */
  const work = async (
    what: string,
    chosen: Chosen,
    signal: AbortSignal | undefined,
    run: (running: AbortSignal, list: StageList, show: ReturnType<typeof screen.showing>) => Promise<void>,
  ): Promise<void> => {
    const { current, view } = chosen;
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'listed', prescriptions: current.views, stages, ...shownAgent(current.agent) });
    });
    try {
      await core.alone(signal, (running) => run(running, list, show));
    } catch (cause) {
      const refusal = refuse(core, what, cause);
      if (GONE.has(refusal.code)) {
        await finish(view.rxId);
        replaceView(chosen, { ...view, state: 'collected', refusal });
      }
      if (refusal.code === 'RX_LOCKED') replaceView(chosen, { ...view, state: 'locked' });
      show({ step: 'listed', prescriptions: current.views, stages, refusal, ...shownAgent(current.agent) });
    }
    follow();
    await core.countWaiting();
  };

  /** Takes the lock of the next part and keeps its secret. */
  const lock = async (rxId: string, ask: Acceptance, signal: AbortSignal): Promise<HeldLock> => {
    const token = requireToken(core);
    const taken = await bureau.acceptance({ operator: token, params: { rxId }, body: ask }, signal);
    const held: HeldLock = { version: 1, rxId, part: taken.part, secret: taken.secret };
    // The bureau has given it away: not to be cancelled.
    await store.keepLock(held, forever);
    locks.set(rxId, held);
    return held;
  };

  /** Gives the lock back to the bureau. RX_NOT_ACCEPTED, RX_SECRET_WRONG. */
  const unlock = async (rxId: string, signal: AbortSignal): Promise<void> => {
    const { token } = requireOperator(core);
    const secret = locks.get(rxId)?.secret;
    if (secret === undefined) throw new ImisError('RX_NOT_ACCEPTED', 'this desk holds no lock');
    await bureau.release({ operator: token, params: { rxId }, body: { secret } }, signal);
    await dropLock(rxId);
  };

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

  /** The secret of the lock for a part, taken now where there is none; undefined while the bureau is away. */
  const secretFor = async (
    { view }: Chosen,
    list: StageList,
    exception: RefillException | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const held = locks.get(view.rxId);
    // The card gave this part away before: it is not locked any more, or was never. Off line there is nobody to ask.
    const mayAsk = core.common().bureau.online && core.operator()?.token !== undefined;
    if (held !== undefined || begun.has(view.rxId) || !mayAsk) return held?.secret;
    try {
      const ask = { recover: false, ...(exception === undefined ? {} : { exception }) };
      return (await list.run('accept-prescription', '16', () => lock(view.rxId, ask, signal))).secret;
    } catch (cause) {
      if (cause instanceof ImisError && cause.code === 'BUREAU_UNREACHABLE') return undefined;
      throw cause;
    }
  };

  const allGiven = ({ view }: Chosen): readonly LineOutcome[] =>
    view.lines
      .map((_, i) => ({ line: i + 1, outcome: 'given' as const }))
      .filter(({ line }) => view.state !== 'owing' || view.owed.includes(line));

  const dispense = async (rxId: string, handOut: HandOut, signal?: AbortSignal): Promise<void> => {
    const { exception } = handOut;
    const chosen = choose(rxId, exception === undefined ? ['ready', 'accepted', 'owing'] : ['early']);
    const { current, view, prescription } = chosen;
    const lines = handOut.lines ?? allGiven(chosen);
    if (lines.some(({ line }) => line > view.lines.length))
      throw new ImisError('REQUEST_MALFORMED', 'no such line in this prescription');
    await work('dispense', chosen, signal, async (running, list, show) => {
      const { token, slot: staffSlot } = requireOperator(core);
      const { slot } = core.cardOf('patient');
      const material = await core.material(running);
      const { signing } = await cards.patientCertificates({ slot }, running);
      if (parseCertificate(signing).serial !== current.certificate.serial)
        throw new ImisError('CARD_OTHER_PERSON', 'another card than before');
      const rest = view.state === 'owing' ? current.owing.get(rxId) : undefined;
      const secret = rest === undefined ? await secretFor(chosen, list, exception, running) : undefined;
      const signed =
        rest ??
        (await list.run('card-collects', '17', async () => {
          const collected = await collect(current, slot, rxId, prescription, view.part, running);
          return {
            pickupObject: toBase64(collected.pickupObject),
            pickupSignature: toBase64(collected.signature),
          };
        }));
      const { pickupObject, pickupSignature } = signed;
      const agent = current.agent === undefined ? undefined : papersOf(current.agent);
      const about = { rxId, part: view.part, pickupObject, pickupSignature, lines, secret, exception, agent };
      const message = await list.run('pharmacist-signs', '17', () =>
        signDispensing(ports, material, staffSlot, about, running),
      );
      const ack = await list.run('send-pickup', '17', () => {
        // Not to be cancelled: the card has given its signature, the bureau must come to know.
        const reference = pickupReference(rxId, view.part);
        return outbox.submit({ id: newId(), route: 'pickup', body: { message }, reference }, token, forever);
      });
      await finish(rxId);
      const settled = new Set(lines.map(({ line }) => line));
      const before = view.state === 'owing' ? view.owed : view.lines.map((_, i) => i + 1);
      const owed = before.filter((line) => !settled.has(line));
      const done: PrescriptionView = { ...view, owed, state: owed.length > 0 ? 'owing' : 'collected' };
      if (counter === current) counter = undefined;
      const outcomes = [...lines];
      const paper = handOutPaper(prints, done, outcomes, dayOf(clock.now()));
      show({
        step: 'dispensed',
        prescription: done,
        outcomes,
        paper,
        acknowledged: ack !== undefined,
        stages: list.all(),
        ...shownAgent(current.agent),
      });
    });
  };

  const takeBack = async (rxId: string, reason: string, signal?: AbortSignal): Promise<void> => {
    const chosen = choose(rxId, ['owing', 'collected', 'early', 'ready']);
    const { view } = chosen;
    if (view.takeBackUntil === undefined)
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing was handed out here that can be taken back');
    const { state } = view;
    const part = state === 'owing' || state === 'collected' ? view.part : view.part - 1;
    await work('take back', chosen, signal, async (running, list) => {
      const { slot: staffSlot } = requireOperator(core);
      const token = requireToken(core);
      const { slot } = core.cardOf('patient');
      const material = await core.material(running);
      await list.run('take-back', '17', async () => {
        const message = await signUndispensing(ports, material, staffSlot, { rxId, part, reason }, running);
        await bureau.undispensing({ operator: token, body: { message } }, forever);
      });
      await finish(rxId);
      // The card is here: it learns at once that the part is to be collected again.
      await list.run('write-card', '17', () => deliverOrders(ports, slot, running));
    });
    // What the card and the bureau say now.
    if (screen.flow().step === 'listed' && !('refusal' in screen.flow())) await lookUp(signal, chosen.current.agent);
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
    const patient = core.common().slots.find((one) => one.state === 'ready' && one.kind === 'patient');
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
          counter = undefined;
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
    if (served === `${patient.slot}#${patient.insertion}` || core.operator() === undefined) return;
    void lookUp();
  };
  core.onSlots(follow);

  /** The card whose PIN was served stays where it is: only one that comes in anew is looked up. */
  const leaveServices = (): void => {
    if (core.pinService() === undefined && core.agentService() === undefined) return;
    const patient = core.common().slots.find((view) => view.state === 'ready' && view.kind === 'patient');
    if (patient !== undefined) served = `${patient.slot}#${patient.insertion}`;
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
    lookUp: (signal) => lookUp(signal, counter?.agent),
    accept,
    release,
    dispense,
    takeBack,
    collectAsAgent: async (serial, pin, signal) => {
      const agent = await agents.identify(serial, pin, signal);
      if (agent !== undefined) await lookUp(signal, agent);
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
        counter = undefined;
        screen.clear();
        return agents.open(signal);
      },
    },
    settleConflict: core.settleConflict,
    openPinService: (work) => {
      pins.open(work);
      agents.close();
      counter = undefined;
      screen.clear();
    },
    clear: () => {
      core.cancel();
      leaveServices();
      counter = undefined;
      screen.clear();
    },
    close: () => {
      stopLinger?.();
      inbox.close();
      core.close();
    },
  };
}
