/**
 * Which card is in which slot: follows a CardReader, recognises what comes in by its application, and keeps one session for each stay
 * of a card. SELECT would end a verified PIN, so an application stays selected until the card leaves or loses its state. A card that cannot
 * be taken up because another program has it, or because its reader fails, is tried again while it stays in (card.md 5.1).
 * @module
 */

import { type CardSession, createCardSession } from '../../card/apdu/card-session.ts';
import type { DoctorApp } from '../../card/apps/doctor-app.ts';
import type { PatientApp } from '../../card/apps/patient-app.ts';
import { recognise } from '../../card/apps/recognise.ts';
import type { StaffApp } from '../../card/apps/staff-app.ts';
import { CardError } from '../../card/card-error.ts';
import type { CardConnection, CardReader, SlotState } from '../../card/transport/card-reader.ts';
import type { KnownCard, SlotView } from '../../contract/card-service.ts';
import type { Unsubscribe } from '../../contract/dispatch.ts';

/** An application with the channel to it that a terminal opened. */
export interface OpenApp {
  /** Id of the terminal, hex. */
  readonly terminal: string;
  readonly app: PatientApp | DoctorApp | StaffApp;
}

/** A card during one stay in a slot. */
export interface Stay {
  readonly session: CardSession;
  readonly connection: CardConnection;
  readonly kind: KnownCard;
  /** The application whose channel is open, and for which terminal; undefined makes the next operation open it anew. */
  app: OpenApp | undefined;
}

/** Runs something later; the answer calls it off. */
type Later = (ms: number, work: () => void) => () => void;

export interface SlotWatchOptions {
  /** Insertions are numbered from here, so that a card process that takes over for another never gives a number twice. */
  readonly firstInsertion?: number;
  readonly later?: Later;
}

interface Slot {
  view: SlotView;
  /** Resolves to the stay of the card that is in, or rejects with why it cannot be used. */
  stay: Promise<Stay> | undefined;
  /** Calls off the next attempt to take up the card. */
  stopTrying: (() => void) | undefined;
}

export interface SlotWatch {
  views(): readonly SlotView[];
  /** The card in a slot. Rejects with CARD_ABSENT, CARD_UNKNOWN, CARD_MUTE, CARD_LOST, READER_BUSY or a failure of the reader. */
  stay(slot: string): Promise<Stay>;
  /** Forgets a card that turned out to be gone, and looks again. */
  lost(slot: string, stay: Stay): void;
  close(): Promise<void>;
}

/** Pauses between attempts to take up a card, ms; the last one again and again. */
const TRY_AGAIN_MS = [250, 500, 1_000, 2_000, 5_000] as const;
/** Attempts at a card of another program during which the desk still says that it reads. */
const PATIENT_ATTEMPTS = 3;

const nothing = (): undefined => undefined;
const laterByTimer: Later = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
const codeOf = (cause: unknown): string | undefined => (cause instanceof CardError ? cause.code : undefined);

/** Starts watching; `changed` is called after every change. */
export async function watchSlots(
  reader: CardReader,
  changed: (views: readonly SlotView[]) => void,
  { firstInsertion = 0, later = laterByTimer }: SlotWatchOptions = {},
): Promise<SlotWatch> {
  const slots = new Map<string, Slot>();
  // One count for all slots: a reader that was unplugged comes back with no number it had before.
  let insertions = firstInsertion;
  let order: readonly string[] = [];
  const views = (): readonly SlotView[] => order.flatMap((name) => slots.get(name)?.view ?? []);
  const show = (name: string, view: SlotView): void => {
    const slot = slots.get(name);
    if (slot === undefined) return;
    slot.view = view;
    changed(views());
  };

  const arrive = async (name: string): Promise<Stay> => {
    const connection = await reader.connect(name);
    try {
      const session = createCardSession(connection);
      const kind = await connection.exclusively(() => recognise(session));
      return { connection, session, kind, app: undefined };
    } catch (cause) {
      await connection.disconnect();
      throw cause;
    }
  };

  /** Takes up the card of an insertion, again and again where that may help. */
  const takeUp = (name: string, slot: Slot, insertion: number, attempt: number): void => {
    const stay = arrive(name);
    slot.stay = stay;
    // A card that has left meanwhile has nothing to say about its slot any more.
    const isHere = (): boolean => slots.get(name)?.stay === stay;
    stay.then(
      ({ kind }) => {
        if (isHere()) show(name, { slot: name, state: 'ready', kind, insertion });
      },
      (cause: unknown) => {
        if (!isHere()) return;
        const code = codeOf(cause);
        if (code === undefined || code === 'CARD_UNKNOWN')
          return show(name, { slot: name, state: 'unknown', insertion });
        const waits = code === 'READER_BUSY' && attempt < PATIENT_ATTEMPTS;
        show(name, { slot: name, state: waits ? 'reading' : 'mute', insertion });
        const pause = TRY_AGAIN_MS[Math.min(attempt, TRY_AGAIN_MS.length - 1)] ?? 0;
        slot.stopTrying = later(pause, () => {
          if (isHere()) takeUp(name, slot, insertion, attempt + 1);
        });
      },
    );
  };

  const comeIn = (name: string, slot: Slot): void => {
    insertions += 1;
    slot.view = { slot: name, state: 'reading', insertion: insertions };
    takeUp(name, slot, insertions, 0);
    changed(views());
  };

  const goOut = (name: string, slot: Slot): void => {
    const { stay } = slot;
    slot.stay = undefined;
    slot.stopTrying?.();
    slot.view = { slot: name, state: 'empty', insertion: slot.view.insertion };
    stay?.then(({ connection }) => connection.disconnect(), nothing).catch(nothing);
  };

  const follow = (states: readonly SlotState[]): void => {
    order = states.map(({ slot }) => slot);
    for (const name of Array.from(slots.keys())) {
      if (order.includes(name)) continue;
      const slot = slots.get(name);
      if (slot !== undefined) goOut(name, slot);
      slots.delete(name);
    }
    for (const state of states) {
      const slot = slots.get(state.slot) ?? {
        view: { slot: state.slot, state: 'empty', insertion: 0 },
        stay: undefined,
        stopTrying: undefined,
      };
      slots.set(state.slot, slot);
      switch (state.state) {
        case 'empty':
          goOut(state.slot, slot);
          break;
        case 'mute':
          if (slot.view.state === 'mute' && slot.stay === undefined) break;
          goOut(state.slot, slot);
          insertions += 1;
          slot.view = { slot: state.slot, state: 'mute', insertion: insertions };
          break;
        case 'present':
          if (slot.stay === undefined) comeIn(state.slot, slot);
          break;
      }
    }
    changed(views());
  };

  const stop: Unsubscribe = reader.subscribe(follow);
  follow(await reader.slots());

  return {
    views,
    stay: (name) => {
      const slot = slots.get(name);
      if (slot?.stay === undefined) {
        const code = slot?.view.state === 'mute' ? 'CARD_MUTE' : 'CARD_ABSENT';
        return Promise.reject(new CardError(code, `no usable card in ${name}`));
      }
      return slot.stay;
    },
    lost: (name, stay) => {
      const slot = slots.get(name);
      if (slot?.stay === undefined) return;
      void slot.stay.then(async (current) => {
        if (current !== stay) return;
        goOut(name, slot);
        changed(views());
        // The reader may have a new card in already without having said that the old one left.
        follow(await reader.slots());
      }, nothing);
    },
    close: async () => {
      stop();
      for (const [name, slot] of slots) goOut(name, slot);
      await reader.close();
    },
  };
}
