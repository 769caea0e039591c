/**
 * Binds a desk of the station to a screen.
 * @module
 */
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { type Refusal, refusalOf } from '../../contract/errors.ts';
import type { Desk } from '../../contract/station.ts';
import type { Connection } from './connection.ts';
import { type DeskModel, NO_DESK, reduceDesk } from './desk-model.ts';
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

/** Follows one desk for as long as the component lives; asks for the state again whenever the wire comes back. */
export function useDesk(connection: Connection, desk: Desk): DeskHandle {
  const [model, update] = useReducer(reduceDesk, NO_DESK);
  const pushes = useRef(0);
  const running = useRef<AbortController | undefined>(undefined);

  useEffect(() => {
    const { station } = connection;
    const gone = new AbortController();
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
      const own = new AbortController();
      running.current = own;
      const before = pushes.current;
      update({ type: 'asked' });
      performIntent(connection.station, desk, intent, own.signal)
        .then((state) => {
          update({ type: 'answered', state, pushes: before });
        })
        .catch((cause: unknown) => {
          update({ type: 'refused', refusal: refusalOf(cause) });
        })
        .finally(() => {
          if (running.current === own) running.current = undefined;
        });
    },
    [connection, desk],
  );
  const cancel = useCallback((): void => {
    if (running.current === undefined) send({ call: 'clear' });
    else running.current.abort();
  }, [send]);
  const dismiss = useCallback((): void => {
    update({ type: 'dismissed' });
  }, []);
  const report = useCallback((refusal: Refusal): void => {
    update({ type: 'refused', refusal });
  }, []);
  return { model, send, cancel, dismiss, report };
}
