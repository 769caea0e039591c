/**
 * The station over Electron's IPC (HOUSE section 3). Only the main frame of our own window is heard (Electron security checklist, item 17).
 * @module
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { type Api, dispatch, type FailureLog, type Reply, type Unsubscribe } from '../../contract/dispatch.ts';
import { stationContract } from '../../contract/station.ts';
import { wipeDigits } from '../../contract/wipe-digits.ts';
import { CALL_CHANNEL, PUSH_CHANNEL } from './channels.ts';

const MALFORMED: Reply = { ok: false, refusal: { code: 'REQUEST_MALFORMED' } };

/** The part of a window's contents that the shell uses. */
export type WindowContents = Pick<WebContents, 'send' | 'isDestroyed' | 'mainFrame'>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Serves calls and pushes of one window until the returned function is called, which also aborts what is under way. */
export function bindIpc(
  ipc: Pick<IpcMain, 'handle' | 'removeHandler'>,
  contents: WindowContents,
  api: Api<typeof stationContract>,
  log: FailureLog,
): Unsubscribe {
  const running = new Map<number, AbortController>();

  ipc.handle(CALL_CHANNEL, async (event: IpcMainInvokeEvent, message: unknown): Promise<Reply | undefined> => {
    if (event.senderFrame === null || event.senderFrame !== contents.mainFrame) return MALFORMED;
    if (!isObject(message)) return MALFORMED;
    if (typeof message['cancel'] === 'number') {
      running.get(message['cancel'])?.abort();
      return undefined;
    }
    const { id, name, input } = message;
    if (typeof id !== 'number' || running.has(id)) return MALFORMED;
    const controller = new AbortController();
    running.set(id, controller);
    try {
      return await dispatch(stationContract, api, name, input, log, controller.signal);
    } finally {
      running.delete(id);
      wipeDigits(input);
    }
  });

  const push = (name: string) => (event: unknown) => {
    if (!contents.isDestroyed()) contents.send(PUSH_CHANNEL, name, event);
  };
  const undo: readonly Unsubscribe[] = [api.subscribe.state(push('state')), api.subscribe.tray(push('tray'))];

  return () => {
    for (const unsubscribe of undo) unsubscribe();
    ipc.removeHandler(CALL_CHANNEL);
    for (const controller of running.values()) controller.abort();
  };
}
