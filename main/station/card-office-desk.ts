/**
 * The card office of the bureau: a clerk signs on, finds cards, opens one and takes the steps that the bureau names with it (docs/card.md,
 * "The life of a card"); and takes back warrants of its holder. Issuing is not done here: `replace` and `renew` put a card that was issued in the place of another.
 * @module
 */
import { dayOf } from '../../contract/calendar.ts';
import type { CardStep, ClerkEvent } from '../../contract/card-life.ts';
import type { CardOfficeFlow, CardQuery } from '../../contract/card-office-desk.ts';
import { ImisError, type Refusal } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { PinWork } from '../../contract/pin-service.ts';
import type { Stage } from '../../contract/stage.ts';
import type { DeskState } from '../../contract/station.ts';
import { type CardOffice, createCardOffice } from './card-office.ts';
import { createCardsInReaders } from './cards-in-readers.ts';
import { eraseAsClerk } from './clerk-erasure.ts';
import { createDeskCore, refuse } from './desk-core.ts';
import { createDeskScreen } from './desk-screen.ts';
import { createFingerprintOffice, type FingerprintOffice } from './fingerprint-office.ts';
import { createPinService, type PinService } from './pin-service.ts';
import type { DeskPorts } from './ports.ts';
import { requireToken, signOn } from './sign-on.ts';
import { createStages, type RunStage } from './stages.ts';

export interface CardOfficeDesk {
  state(): DeskState & { desk: 'card-office' };
  signOn(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  signOff(): void;
  /** OPERATOR_REQUIRED and STEP_OUT_OF_ORDER reject; every other refusal shows in the state. */
  find(query: CardQuery, signal?: AbortSignal): Promise<void>;
  /** Likewise, with the card that is open. */
  takeStep(serial: string, step: CardStep, signal?: AbortSignal): Promise<void>;
  /** Fingerprints of the holder of a patient's card. */
  readonly fingerprints: Pick<FingerprintOffice, 'open' | 'takeFinger' | 'dropFinger' | 'decide' | 'settleDuplicate'>;
  /** Likewise, with a warrant of those that are shown. */
  eraseWarrant(serial: string, reason: string, signal?: AbortSignal): Promise<void>;
  settleConflict(id: string, note: string): Promise<void>;
  openPinService(work: PinWork): void;
  readonly pins: Pick<PinService, 'perform'>;
  clear(): void;
  close(): void;
}

/** Steps that say something of somebody. */
const OF_OTHERS: ReadonlySet<CardOfficeFlow['step']> = new Set(['found', 'card', 'warrants', 'fingerprints']);

const isNotFound = (cause: unknown): boolean => cause instanceof ImisError && cause.code === 'NOT_FOUND';

/** How long the desk waits for a clerk before it is locked, ms. */
export const LOCK_MS = 180_000;

/** Creates the desk; `publish` is called with every new state. */
export async function createCardOfficeDesk(
  ports: DeskPorts,
  publish: (state: DeskState) => void,
): Promise<CardOfficeDesk> {
  const { bureau, clock } = ports;
  let stopLock: (() => void) | undefined;
  const today = (): string => dayOf(clock.now());
  const screen = createDeskScreen<CardOfficeFlow>({ step: 'idle' }, () => publish(state()));
  const core = await createDeskCore(ports, () => publish(state()));
  const pins = createPinService(core, async () => undefined);
  const readers = createCardsInReaders(core, () => publish(state()));
  /** What cards of others say is for a clerk only, also once the sign-on has run out. */
  const flowFor = (onDuty: boolean): CardOfficeFlow => {
    const flow = fingerprints.shown(screen.flow());
    return onDuty || !OF_OTHERS.has(flow.step) ? flow : { step: 'idle' };
  };
  const state = (): DeskState & { desk: 'card-office' } => {
    const common = core.common();
    const onDuty = common.operator !== undefined;
    return { desk: 'card-office', ...common, flow: flowFor(onDuty), inReaders: onDuty ? readers.view() : [] };
  };

  const leave = (): void => {
    core.setOperator(undefined);
    readers.follow();
    fingerprints.forget();
    screen.clear();
  };
  /** Somebody is there; the lock falls when nobody was for a while. */
  const awake = (): void => {
    stopLock?.();
    stopLock = ports.later(LOCK_MS, () => {
      stopLock = undefined;
      // A scanner that waits for a finger is no work: whoever was to lay it has left.
      if (core.busy() && screen.flow().step !== 'fingerprints') awake();
      else if (core.operator() !== undefined) leave();
    });
  };
  const fingerprints = createFingerprintOffice(core, screen, () => awake());
  core.onSlots(() => {
    readers.follow();
    const { step } = screen.flow();
    if (core.operator() !== undefined || step === 'idle') return;
    // The clerk took the card and went.
    core.cancel();
    fingerprints.forget();
    screen.clear();
  });

  const opened = async (office: CardOffice, serial: string, signal: AbortSignal) => {
    const { card, log, steps } = await office.show(serial, signal);
    return { step: 'card' as const, card, log: [...log], steps: [...steps] };
  };

  /** The card of a serial number, or else the warrant of it. */
  const named = async (office: CardOffice, serial: string, signal: AbortSignal): Promise<CardOfficeFlow> => {
    try {
      return await opened(office, serial, signal);
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
      return { step: 'warrants', warrants: [await office.warrant(serial, signal)], today: today() };
    }
  };

  /** What a query comes to. */
  const answerTo = async (
    query: CardQuery,
    office: CardOffice,
    run: RunStage,
    signal: AbortSignal,
  ): Promise<CardOfficeFlow> => {
    switch (query.by) {
      case 'reader': {
        const serial = await run('read-card', '', () => readers.first(signal));
        return run('find-cards', '', () => opened(office, serial, signal));
      }
      case 'serial':
        return run('find-cards', '', () => named(office, query.serial, signal));
      case 'warrants-of': {
        const warrants = await run('find-cards', '', () => office.warrantsOf(query.card, signal));
        return { step: 'warrants', card: query.card, warrants: [...warrants], today: today() };
      }
      case 'national-id':
      case 'status': {
        const { by: _by, ...filter } = query;
        const cards = await run('find-cards', '', () => office.list(filter, signal));
        return { step: 'found', cards: [...cards] };
      }
    }
  };

  const find = async (query: CardQuery, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const office = createCardOffice({ bureau, operator: requireToken(core) });
    awake();
    fingerprints.forget();
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'finding-cards', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        show(await answerTo(query, office, list.run, running));
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'find cards', cause), stages });
    }
  };

  const takeStep = async (serial: string, step: CardStep, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const office = createCardOffice({ bureau, operator: requireToken(core) });
    const flow = screen.flow();
    if (flow.step !== 'card' || flow.card.serial !== serial)
      throw new ImisError('STEP_OUT_OF_ORDER', 'this card is not open');
    awake();
    const show = screen.showing();
    const { done: _before, refusal: _why, ...before } = flow;
    let { card } = flow;
    let outcome: { readonly done: ClerkEvent } | { readonly refusal: Refusal };
    try {
      await core.alone(signal, async (running) => {
        if ('by' in step && !(await readers.holds(step.by, running)))
          throw new ImisError('CARD_LOST', 'the card that was to take the place is in no reader any more');
        card = await office.step(serial, step, running);
      });
      outcome = { done: step.event };
    } catch (cause) {
      outcome = { refusal: refuse(core, 'card step', cause) };
    }
    try {
      // Also after a refusal: somebody else may have changed the card, or the bureau taken the step and not been heard.
      await core.alone(undefined, async (running) => {
        show({ ...(await opened(office, serial, running)), ...outcome });
      });
    } catch (cause) {
      const refusal = refuse(core, 'card after a step', cause);
      // What can be done to it now is not known.
      show({ ...before, card, steps: [], refusal, ...outcome });
    }
  };

  const eraseWarrant = async (serial: string, reason: string, signal?: AbortSignal): Promise<void> => {
    core.mustRest();
    const office = createCardOffice({ bureau, operator: requireToken(core) });
    const flow = screen.flow();
    if (flow.step !== 'warrants' || !flow.warrants.some((one) => one.serial === serial && !one.erased))
      throw new ImisError('STEP_OUT_OF_ORDER', 'this warrant is not shown, or taken back already');
    awake();
    const show = screen.showing();
    const { done: _before, refusal: _why, ...before } = flow;
    let outcome: { readonly done: string } | { readonly refusal: Refusal };
    try {
      await core.alone(signal, (running) => eraseAsClerk(core, { serial, reason }, running));
      outcome = { done: serial };
    } catch (cause) {
      outcome = { refusal: refuse(core, 'erase warrant', cause) };
    }
    try {
      // Also after a refusal: the bureau may have taken it back and not been heard.
      await core.alone(undefined, async (running) => {
        const { card } = before;
        const warrants =
          card === undefined ? [await office.warrant(serial, running)] : await office.warrantsOf(card, running);
        // An answer that was lost on the way back is known now.
        const isGone = warrants.some((one) => one.serial === serial && one.erased);
        show({ ...before, warrants: [...warrants], today: today(), ...(isGone ? { done: serial } : outcome) });
      });
    } catch (cause) {
      const refusal = refuse(core, 'warrants after one was erased', cause);
      const warrants = before.warrants.map((one) =>
        'done' in outcome && one.serial === serial ? { ...one, erased: true } : one,
      );
      show({ ...before, warrants, refusal, ...outcome });
    }
  };

  return {
    state,
    eraseWarrant,
    signOn: async (pin, signal) => {
      core.mustRest();
      // What an earlier clerk had open, whose time ran out, is not the next one's.
      if (core.operator() === undefined) {
        fingerprints.forget();
        screen.clear();
      }
      await signOn(core, pin, signal);
      awake();
      readers.follow();
    },
    signOff: leave,
    find,
    takeStep,
    fingerprints: {
      ...fingerprints,
      open: (signal) => {
        awake();
        return fingerprints.open(signal);
      },
    },
    pins,
    settleConflict: core.settleConflict,
    openPinService: (work) => {
      pins.open(work);
      fingerprints.forget();
      screen.clear();
    },
    clear: () => {
      awake();
      core.cancel();
      pins.close();
      fingerprints.forget();
      screen.clear();
    },
    close: () => {
      stopLock?.();
      fingerprints.close();
      core.close();
    },
  };
}
