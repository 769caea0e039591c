/**
 * What all desks have in common: their slots, who is signed on, whether the bureau answers, one piece of work at a time, and the
 * publishing of every change. A desk adds its flow.
 * @module
 */

import type { AgentServiceView } from '../../contract/agent-service.ts';
import { instantOf } from '../../contract/calendar.ts';
import type { CardKind, SlotView } from '../../contract/card-service.ts';
import { ImisError, type Refusal, refusalOf } from '../../contract/errors.ts';
import type { StaffRole } from '../../contract/formats.ts';
import type { PinServiceView } from '../../contract/pin-service.ts';
import type { Conflict } from '../../contract/station.ts';
import type { OutboxItem } from '../../nhi-client/outbox.ts';
import { createOrderDelivery } from './deliver-orders.ts';
import { keepMaterial, type MaterialKeeper } from './material.ts';
import type { DeskPorts } from './ports.ts';

/** A member of staff who signed on. */
export interface SignedOn {
  /** Undefined for whoever signed on while the bureau was away. */
  readonly token: string | undefined;
  readonly role: StaffRole;
  readonly until: string;
  readonly slot: string;
  readonly insertion: number;
}

/** The part of a desk's state that every desk has. */
export interface CommonState {
  readonly slots: SlotView[];
  readonly operator?: { role: StaffRole; until: string; offLine: boolean };
  readonly conflicts: Conflict[];
  readonly signOnRefusal?: Refusal;
  readonly pinService?: PinServiceView;
  readonly agentService?: AgentServiceView;
  readonly bureau: { online: boolean; waiting: number };
}

const FLUSH_MS = 5_000;

export interface DeskCore {
  readonly ports: DeskPorts;
  readonly material: MaterialKeeper;
  common(): CommonState;
  /** Tells the world that something changed. */
  changed(): void;
  operator(): SignedOn | undefined;
  setOperator(operator: SignedOn | undefined, refusal?: Refusal): void;
  /** Set while the desk serves a holder's PIN; it begins nothing by itself then. */
  pinService(): PinServiceView | undefined;
  setPinService(view: PinServiceView | undefined): void;
  /** Set while the desk serves the agents of a card; likewise. */
  agentService(): AgentServiceView | undefined;
  setAgentService(view: AgentServiceView | undefined): void;
  /** The ready card of a kind at this desk. Rejects with the code that says what is missing. */
  cardOf(kind: CardKind): SlotView;
  /**
   * Resolves when the cards at this desk have the bureau's orders, or the bureau was found to be away: a card that was blocked meanwhile must
   * not be served first.
   */
  ordersDelivered(): Promise<void>;
  /** Runs one piece of work; STEP_OUT_OF_ORDER while another runs. `cancel` aborts its signal. */
  alone<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  busy(): boolean;
  /** Throws STEP_OUT_OF_ORDER while a piece of work runs: who comes in between changes nothing on the screen. */
  mustRest(): void;
  cancel(): void;
  /** Counts what waits in the outbox and publishes it. */
  countWaiting(): Promise<void>;
  /** Tries now what waits in the outbox. */
  deliver(): Promise<void>;
  /** Somebody has dealt with what the bureau refused; kept with the note. NOT_FOUND. */
  settleConflict(id: string, note: string): Promise<void>;
  /** Called when the bureau can be reached again. */
  onBack(listener: () => void): void;
  /** Called after the slots of this desk changed. */
  onSlots(listener: (slots: readonly SlotView[]) => void): void;
  close(): void;
}

const MISSING: Record<CardKind, 'CARD_ABSENT' | 'DOCTOR_CARD_ABSENT' | 'STAFF_CARD_ABSENT'> = {
  patient: 'CARD_ABSENT',
  doctor: 'DOCTOR_CARD_ABSENT',
  staff: 'STAFF_CARD_ABSENT',
};

/** What a person is shown of a message that was refused. */
function conflictOf({ id, route, reference, createdAt, refusedWith }: OutboxItem): Conflict {
  const [, rxId, part] = /^pickup\/([0-9a-f]{32})\/([1-3])$/u.exec(reference ?? '') ?? [];
  const about = rxId === undefined ? {} : { rxId, part: Number(part) };
  return { id, route, ...about, code: refusedWith ?? 'INTERNAL', at: instantOf(createdAt) };
}

/** Creates the core; `publish` is called with every change. */
export async function createDeskCore(ports: DeskPorts, publish: () => void): Promise<DeskCore> {
  const { cards, bureau, outbox, log } = ports;
  const own = (slots: readonly SlotView[]): SlotView[] => slots.filter(({ slot }) => ports.ownsSlot(slot));
  let slots = own(await cards.slots({}));
  let operator: SignedOn | undefined;
  let signOnRefusal: Refusal | undefined;
  let pinService: PinServiceView | undefined;
  let agentService: AgentServiceView | undefined;
  let online = true;
  let waiting = 0;
  let conflicts: Conflict[] = [];
  let work: AbortController | undefined;
  let closed = false;
  let stopRetry: (() => void) | undefined;
  const backListeners: (() => void)[] = [];
  const slotListeners: ((slots: readonly SlotView[]) => void)[] = [];
  const forever = new AbortController();
  const delivery = createOrderDelivery(ports);
  delivery.follow(slots);

  const retryLater = (): void => {
    if (closed || stopRetry !== undefined || waiting === 0) return;
    stopRetry = ports.later(FLUSH_MS, () => {
      stopRetry = undefined;
      void deliver();
    });
  };
  const countWaiting = async (): Promise<void> => {
    waiting = await outbox.waiting(forever.signal);
    conflicts = (await outbox.refused(forever.signal)).map(conflictOf);
    publish();
    retryLater();
  };
  const deliver = async (): Promise<void> => {
    try {
      await outbox.flush(operator?.token, forever.signal);
      await countWaiting();
    } catch (cause) {
      if (closed) return;
      log('outbox', cause);
      retryLater();
    }
  };

  const operatorGone = (): boolean => {
    if (operator === undefined) return false;
    const { slot, insertion, until } = operator;
    const there = slots.some((view) => view.slot === slot && view.insertion === insertion && view.state === 'ready');
    return !there || Date.parse(until) < ports.clock.now();
  };

  const mustRest = (): void => {
    if (work !== undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'this desk is at work');
  };

  const stops = [
    cards.subscribe.slots((all) => {
      slots = own(all);
      delivery.follow(slots);
      if (operatorGone()) operator = undefined;
      publish();
      for (const listener of slotListeners) listener(slots);
    }),
    bureau.onReach((reached) => {
      if (reached === online) return;
      online = reached;
      publish();
      if (reached) for (const listener of backListeners) listener();
    }),
  ];

  // What a last session could not send waits still. In a turn of its own: the desk round this core is not made yet.
  const first = setImmediate(() => {
    countWaiting().catch((cause: unknown) => log('outbox', cause));
  });

  return {
    ports,
    material: keepMaterial(ports),
    common: () => ({
      slots,
      ...(operator === undefined || operatorGone()
        ? {}
        : { operator: { role: operator.role, until: operator.until, offLine: operator.token === undefined } }),
      ...(signOnRefusal === undefined ? {} : { signOnRefusal }),
      ...(pinService === undefined ? {} : { pinService }),
      conflicts,
      ...(agentService === undefined ? {} : { agentService }),
      bureau: { online, waiting },
    }),
    changed: publish,
    operator: () => {
      if (operatorGone()) operator = undefined;
      return operator;
    },
    setOperator: (next, refusal) => {
      operator = next;
      signOnRefusal = refusal;
      publish();
    },
    pinService: () => pinService,
    setPinService: (view) => {
      pinService = view;
      publish();
    },
    agentService: () => agentService,
    setAgentService: (view) => {
      agentService = view;
      publish();
    },
    cardOf: (kind) => {
      const found = slots.find((view) => view.state === 'ready' && view.kind === kind);
      if (found !== undefined) return found;
      if (slots.some((view) => view.state === 'unknown'))
        throw new ImisError('CARD_UNKNOWN', 'a card that is none of ours');
      if (slots.some((view) => view.state === 'mute')) throw new ImisError('CARD_MUTE', 'a card that does not answer');
      if (kind === 'patient' && slots.some((view) => view.state === 'ready' && view.kind === 'nhi'))
        throw new ImisError('NHI_CARD_CANNOT_SIGN', 'an NHI card, which holds no application of ours');
      const full = slots.length > 0 && slots.every((view) => view.state === 'ready');
      if (full) throw new ImisError('CARD_WRONG_KIND', `no ${kind} card among those in the readers`);
      throw new ImisError(MISSING[kind], `no ${kind} card in a reader`);
    },
    ordersDelivered: () => delivery.settled(),
    alone: async (signal, run) => {
      mustRest();
      const mine = new AbortController();
      work = mine;
      try {
        return await run(signal === undefined ? mine.signal : AbortSignal.any([mine.signal, signal]));
      } finally {
        work = undefined;
      }
    },
    busy: () => work !== undefined,
    mustRest,
    cancel: () => work?.abort(new ImisError('CANCELLED', 'cancelled at the desk')),
    countWaiting,
    deliver,
    settleConflict: async (id, note) => {
      const item = (await outbox.refused(forever.signal)).find((one) => one.id === id);
      if (item?.refusedWith === undefined) throw new ImisError('NOT_FOUND', 'no such conflict');
      await ports.store.keepSettled(
        {
          version: 1,
          id,
          reference: item.reference ?? '',
          code: item.refusedWith,
          note,
          at: instantOf(ports.clock.now()),
          message: JSON.stringify(item.body),
        },
        forever.signal,
      );
      await outbox.settle(id, forever.signal);
      await countWaiting();
    },
    onBack: (listener) => {
      backListeners.push(listener);
    },
    onSlots: (listener) => {
      slotListeners.push(listener);
    },
    close: () => {
      closed = true;
      clearImmediate(first);
      forever.abort();
      delivery.close();
      stopRetry?.();
      work?.abort();
      for (const stop of stops) stop();
    },
  };
}

/** The refusal for a throw, logged with its cause. */
export function refuse(core: DeskCore, what: string, cause: unknown): Refusal {
  core.ports.log(what, cause);
  return refusalOf(cause);
}
