/**
 * Binds a desk of the station to a screen.
 * @module
 */
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { type Refusal, refusalOf } from '../../contract/errors.ts';
import type { Desk, DeskState } from '../../contract/station.ts';
import type { Connection } from './connection.ts';
import { type DeskModel, endsWork, NO_DESK, reduceDesk } from './desk-model.ts';
import { type Intent, performIntent } from './intents.ts';

/** The desk's picture and what a person can do with it. */
export interface DeskHandle {
  readonly model: DeskModel;
  readonly send: (intent: Intent) => void;
  /** Takes back the call under way; with none under way, clears the desk. */
  readonly cancel: () => void;
  readonly dismiss: () => void;
  /** Shows the refusal of something that was asked beside the desk, e.g. of the tray. */
  readonly report: (refusal: Refusal) => void;
}

/** A call whose answer is not here yet. */
interface Running {
  readonly controller: AbortController;
  /** Resolves with the answer, whatever it is. */
  readonly over: Promise<void>;
  /** What came of it was pushed already: it can no longer be taken back, and the next call waits for its answer. */
  told: boolean;
}

/** Follows one desk for as long as the component lives; asks for the state again whenever the wire comes back. */
export function useDesk(connection: Connection, desk: Desk): DeskHandle {
  const [model, update] = useReducer(reduceDesk, NO_DESK);
  const pushes = useRef(0);
  const attempts = useRef(0);
  const running = useRef<Running | undefined>(undefined);

  useEffect(() => {
    const { station } = connection;
    const gone = new AbortController();
    let last: DeskState | undefined;
    const fetchState = async (): Promise<void> => {
      const before = pushes.current;
      try {
        const state = await station.state({ desk }, gone.signal);
        if (!gone.signal.aborted) update({ type: 'answered', state, pushes: before });
      } catch (cause) {
        if (!gone.signal.aborted) update({ type: 'refused', refusal: refusalOf(cause) });
      }
    };
    const undo = [
      station.subscribe.state((state) => {
        if (state.desk !== desk) return;
        pushes.current += 1;
        if (running.current !== undefined && endsWork(last, state)) running.current.told = true;
        last = state;
        update({ type: 'pushed', state });
      }),
      connection.onLink((link) => {
        if (link === 'up') void fetchState();
      }),
    ];
    return () => {
      gone.abort();
      for (const unsubscribe of undo) unsubscribe();
    };
  }, [connection, desk]);

  const send = useCallback(
    (intent: Intent): void => {
      const controller = new AbortController();
      const before = running.current;
      attempts.current += 1;
      const attempt = attempts.current;
      update({ type: 'asked' });
      const perform = async (): Promise<void> => {
        if (before?.told === true) await before.over;
        const seen = pushes.current;
        try {
          const state = await performIntent(connection.station, desk, intent, controller.signal);
          update({ type: 'answered', state, pushes: seen, attempt });
        } catch (cause) {
          update({ type: 'refused', refusal: refusalOf(cause), attempt });
        }
        if (running.current === own) running.current = undefined;
      };
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const own: Running = { controller, over, told: false };
      running.current = own;
      void perform().finally(resolve);
    },
    [connection, desk],
  );
  const cancel = useCallback((): void => {
    if (running.current === undefined || running.current.told) send({ call: 'clear' });
    else running.current.controller.abort();
  }, [send]);
  const dismiss = useCallback((): void => {
    update({ type: 'dismissed' });
  }, []);
  const report = useCallback((refusal: Refusal): void => {
    update({ type: 'refused', refusal });
  }, []);
  return { model, send, cancel, dismiss, report };
}
