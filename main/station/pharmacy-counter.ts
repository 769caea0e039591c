/**
 * What the pharmacy's look-up and its dispensing share: the patient at the counter, what of the listed prescriptions can be done now, the locks
 * that this desk holds at the bureau, the pickups it has begun.
 * @module
 */
import type { z } from 'zod';
import type { bureauApi } from '../../contract/bureau-api.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { type ErrorCode, ImisError } from '../../contract/errors.ts';
import type { PharmacyFlow, PrescriptionView } from '../../contract/pharmacy-desk.ts';
import type { Stage } from '../../contract/stage.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { type IdentifiedAgent, shownAgent } from './agent-counter.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import type { SignedPickup } from './pharmacy-signing.ts';
import type { VerifiedPrescription } from './pharmacy-verifying.ts';
import type { BegunPickup, HeldLock } from './ports.ts';
import { requireOperator, requireToken } from './sign-on.ts';
import { createStages, type StageList } from './stages.ts';

type Acceptance = z.input<typeof bureauApi.acceptance.body>;

/** Codes with which card or bureau says that a part is gone. */
const GONE: ReadonlySet<ErrorCode> = new Set(['RX_COLLECTED', 'CARD_ALREADY_USED']);

/** What this desk holds of the patient before it. */
export interface Counter {
  readonly certificate: Certificate;
  readonly verified: ReadonlyMap<string, VerifiedPrescription>;
  readonly views: PrescriptionView[];
  /** What the card says of each, by R_X_ID. */
  readonly records: ReadonlyMap<string, PrescriptionOnCard>;
  /** Pickup objects on which lines are owed, by R_X_ID. */
  readonly owing: ReadonlyMap<string, SignedPickup>;
  /** Who collects in the patient's place. */
  readonly agent: IdentifiedAgent | undefined;
}

/** One prescription that is listed. */
export interface ListedPrescription {
  readonly current: Counter;
  readonly view: PrescriptionView;
}

/** What is asked of one that was verified. */
export interface Chosen extends ListedPrescription {
  readonly prescription: VerifiedPrescription;
}

/** By what the outbox knows a pickup. */
export const pickupReference = (rxId: string, part: number): string => `pickup/${rxId}/${part}`;

/** Shows a flow unless the desk was cleared since the work began. */
export type ShowPharmacy = (flow: PharmacyFlow) => boolean;

/** The counter of one desk. */
export interface PharmacyCounter {
  readonly current: () => Counter | undefined;
  readonly set: (counter: Counter | undefined) => void;
  /** By R_X_ID; outlives the patient's stay and this process, for card or power may have gone in the middle. */
  readonly begun: Map<string, BegunPickup>;
  /** By R_X_ID; a lock outlives this process as it does at the bureau. */
  readonly locks: ReadonlyMap<string, HeldLock>;
  /** Nothing of a prescription is left to do here. */
  finish(rxId: string): Promise<void>;
  /** The prescription on the screen, in one of these states. STEP_OUT_OF_ORDER. */
  choose(rxId: string, states: readonly PrescriptionView['state'][]): Chosen;
  replaceView(chosen: ListedPrescription, next: PrescriptionView): void;
  /** One piece of work on the list; what is refused stands above it. */
  work(
    what: string,
    chosen: ListedPrescription,
    signal: AbortSignal | undefined,
    run: (running: AbortSignal, list: StageList, show: ShowPharmacy) => Promise<void>,
  ): Promise<void>;
  lock(rxId: string, ask: Acceptance, signal: AbortSignal): Promise<HeldLock>;
  unlock(rxId: string, signal: AbortSignal): Promise<void>;
}

/** Creates it with what an earlier session left; `follow` is called after every piece of work: a card may have come or gone meanwhile. */
export async function createPharmacyCounter(
  core: DeskCore,
  screen: DeskScreen<PharmacyFlow>,
  follow: () => void,
): Promise<PharmacyCounter> {
  const { bureau, outbox, store, clock } = core.ports;
  const forever = new AbortController().signal;
  let counter: Counter | undefined;
  const begun = new Map<string, BegunPickup>();
  for (const pickup of await store.begunPickups(forever)) {
    // It reached the outbox, and the power went before this was noted.
    const isKept = (await outbox.stateOf(pickupReference(pickup.rxId, pickup.part), forever)) !== 'absent';
    if (isKept) await store.dropPickup(pickup.rxId, forever);
    else begun.set(pickup.rxId, pickup);
  }
  const locks = new Map((await store.heldLocks(forever)).map((lock) => [lock.rxId, lock]));
  const dropLock = async (rxId: string): Promise<void> => {
    locks.delete(rxId);
    await store.dropLock(rxId, forever);
  };
  const finish = async (rxId: string): Promise<void> => {
    begun.delete(rxId);
    await store.dropPickup(rxId, forever);
    await dropLock(rxId);
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

  const replaceView = ({ current, view }: ListedPrescription, next: PrescriptionView): void => {
    current.views.splice(current.views.indexOf(view), 1, next);
  };

  /** One piece of work on the list; what is refused stands above it. `gone`: what becomes of the entry when card or bureau say that it is collected. */
  const work = async (
    what: string,
    chosen: ListedPrescription,
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
      // Another pharmacy's lock is not to be taken over.
      if (refusal.code === 'RX_LOCKED' && view.state !== 'refused') replaceView(chosen, { ...view, state: 'locked' });
      if (refusal.code === 'PIN_REQUIRED') replaceView(chosen, { ...view, asksPin: true });
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

  return {
    current: () => counter,
    set: (next) => {
      counter = next;
    },
    begun,
    locks,
    finish,
    choose,
    replaceView,
    work,
    lock,
    unlock,
  };
}
