/**
 * The two ways a screen reaches its station, built for the contract suite: Electron's IPC with structured clone on every hop, and the
 * real loopback shell over HTTP.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IpcMain, IpcMainInvokeEvent, WebFrameMain } from 'electron';
import type { Api, Bridge, FailureLog } from '../../contract/dispatch.ts';
import type { stationContract } from '../../contract/station.ts';
import { bindIpc } from '../../main/electron/bind-ipc.ts';
import { CALL_CHANNEL } from '../../main/electron/channels.ts';
import { startLoopback } from '../../main/loopback/start-loopback.ts';
import { createHttpBridge, type HttpPlatform } from '../../renderer/client/http-bridge.ts';
import { createWindowBridge, type ExposedStation } from '../../renderer/client/window-bridge.ts';

/** A bridge under test and its end. */
export interface Harness {
  readonly bridge: Bridge;
  close(): Promise<void>;
}

type Station = Api<typeof stationContract>;

/** Electron's IPC, faked: every argument, answer and push is cloned as the real one does. */
export function createFakeIpc(station: Station, log: FailureLog) {
  type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;
  const handlers = new Map<string, Handler>();
  const windowListeners = new Set<(name: string, event: unknown) => void>();
  // Stands for the main frame of the window; only its identity is looked at.
  const mainFrame = {} as WebFrameMain;
  const ipc: Pick<IpcMain, 'handle' | 'removeHandler'> = {
    handle: (channel, handler) => {
      handlers.set(channel, handler);
    },
    removeHandler: (channel) => {
      handlers.delete(channel);
    },
  };
  const contents = {
    mainFrame,
    isDestroyed: () => false,
    send: (_channel: string, ...args: unknown[]) => {
      const [name, event] = structuredClone(args);
      for (const listener of windowListeners) listener(String(name), event);
    },
  };
  const invoke = async (message: unknown, senderFrame: WebFrameMain | null = mainFrame): Promise<unknown> => {
    const handler = handlers.get(CALL_CHANNEL);
    if (handler === undefined) throw new Error(`No handler registered for '${CALL_CHANNEL}'`);
    // The shell reads nothing else of Electron's event.
    return structuredClone(await handler({ senderFrame } as IpcMainInvokeEvent, structuredClone(message)));
  };
  const exposed: ExposedStation = {
    call: (name, input, id) => invoke({ id, name, input }),
    cancel: (id) => {
      void invoke({ cancel: id });
    },
    on: (listener) => {
      windowListeners.add(listener);
      return () => {
        windowListeners.delete(listener);
      };
    },
  };
  const unbind = bindIpc(ipc, contents, station, log);
  return { exposed, invoke, unbind, handlers };
}

/** A station behind the fake IPC. */
export async function overIpc(station: Station, log: FailureLog): Promise<Harness> {
  const { exposed, unbind } = createFakeIpc(station, log);
  return { bridge: createWindowBridge(exposed), close: async () => unbind() };
}

/** Spends the launch token; returns the session cookie. */
export async function launch(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** A folder with a page, standing for the built screens. */
export async function makeScreens(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'imis-screens-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>screens</title>');
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** What a browser does for the screens, over Node's fetch: cookie, Origin, and an event stream read line by line. */
function nodePlatform(origin: string, cookie: string): HttpPlatform {
  return {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie, origin } }),
    openEvents: (url, to) => {
      const stop = new AbortController();
      const read = async (): Promise<void> => {
        const answer = await fetch(url, { headers: { cookie }, signal: stop.signal });
        let rest = '';
        for await (const chunk of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
          if (rest === '') to.link('up');
          const blocks = (rest + String(chunk)).split('\n\n');
          rest = blocks.pop() ?? '';
          for (const block of blocks) if (block.startsWith('data: ')) to.data(block.slice(6));
        }
      };
      read().catch(() => {
        to.link('down');
      });
      return () => {
        stop.abort();
      };
    },
  };
}

/** A station behind the real loopback shell. */
export async function overHttp(station: Station, log: FailureLog): Promise<Harness> {
  const screens = await makeScreens();
  const loopback = await startLoopback({ station, screens: screens.folder, log });
  const cookie = await launch(loopback.url);
  const origin = `http://127.0.0.1:${loopback.port}`;
  const bridge = createHttpBridge(origin, nodePlatform(origin, cookie));
  // Events that come before the stream is up would be lost.
  await new Promise<void>((resolve) => {
    bridge.onLink((link) => {
      if (link === 'up') resolve();
    });
  });
  return {
    bridge,
    async close() {
      bridge.close();
      await loopback.close();
      await screens.remove();
    },
  };
}
