/**
 * What is Electron's alone: who may call, and what the preload script gives to the screens. Electron itself is mocked; the real module
 * would download its binary.
 * @module
 */
import type { WebFrameMain } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { wipeDigits } from '../../contract/wipe-digits.ts';
import { CALL_CHANNEL, PUSH_CHANNEL } from '../../main/electron/channels.ts';
import type { ExposedStation } from '../../renderer/client/window-bridge.ts';
import { createFakeIpc } from './bridges.ts';
import { createFakeStation } from './fake-station.ts';

type PushListener = (event: unknown, ...args: unknown[]) => void;

const electron = vi.hoisted(() => ({
  globals: new Map<string, unknown>(),
  listeners: new Map<string, Set<PushListener>>(),
  invoked: [] as { channel: string; message: unknown }[],
}));

vi.mock('electron', () => ({
  contextBridge: {
    exposeInMainWorld: (name: string, value: unknown) => electron.globals.set(name, value),
  },
  ipcRenderer: {
    invoke: async (channel: string, message: unknown) => {
      electron.invoked.push({ channel, message });
      return { ok: true, value: {} };
    },
    on: (channel: string, listener: PushListener) => {
      const set = electron.listeners.get(channel) ?? new Set();
      electron.listeners.set(channel, set.add(listener));
    },
    removeListener: (channel: string, listener: PushListener) => electron.listeners.get(channel)?.delete(listener),
  },
}));

describe('preload', () => {
  beforeEach(async () => {
    electron.globals.clear();
    electron.listeners.clear();
    electron.invoked.length = 0;
    vi.resetModules();
    await import('../../main/electron/preload.ts');
  });
  // The mock keeps what the preload script exposed under that name.
  const exposed = (): ExposedStation => electron.globals.get('station') as ExposedStation;

  it('exposes exactly one global with exactly three functions', () => {
    expect([...electron.globals.keys()]).toEqual(['station']);
    expect(Object.keys(exposed()).sort()).toEqual(['call', 'cancel', 'on']);
  });

  it('uses the one channel for calls and cancels', async () => {
    await exposed().call('state', { desk: 'clinic' }, 7);
    exposed().cancel(7);
    expect(electron.invoked).toEqual([
      { channel: CALL_CHANNEL, message: { id: 7, name: 'state', input: { desk: 'clinic' } } },
      { channel: CALL_CHANNEL, message: { cancel: 7 } },
    ]);
  });

  it('passes name and event on, never the event object of Electron', () => {
    const heard: unknown[][] = [];
    exposed().on((...args) => heard.push(args));
    for (const listener of electron.listeners.get(PUSH_CHANNEL) ?? []) listener({ sender: 'secret' }, 'tray', []);
    expect(heard).toEqual([['tray', []]]);
  });

  it('removes the listener it added', () => {
    const undo = exposed().on(() => undefined);
    const other = exposed().on(() => undefined);
    expect(electron.listeners.get(PUSH_CHANNEL)?.size).toBe(2);
    undo();
    expect(electron.listeners.get(PUSH_CHANNEL)?.size).toBe(1);
    other();
    expect(electron.listeners.get(PUSH_CHANNEL)?.size).toBe(0);
  });
});

describe('bindIpc', () => {
  const REFUSED = { ok: false, refusal: { code: 'REQUEST_MALFORMED' } };
  const call = { id: 1, name: 'describe', input: {} };

  it('hears only the main frame of its own window', async () => {
    const { invoke } = createFakeIpc(createFakeStation().station, () => undefined);
    expect(await invoke(call)).toMatchObject({ ok: true });
    // Another frame is another object; nothing else of it is read.
    expect(await invoke(call, {} as WebFrameMain)).toEqual(REFUSED);
    expect(await invoke(call, null)).toEqual(REFUSED);
  });

  it.each([[undefined], ['describe'], [{ name: 'describe', input: {} }], [{ id: 'x', name: 'describe', input: {} }]])(
    'refuses the message %j',
    async (message) => {
      const { invoke } = createFakeIpc(createFakeStation().station, () => undefined);
      expect(await invoke(message)).toEqual(REFUSED);
    },
  );

  it('removes its handler and its subscriptions', () => {
    const fake = createFakeStation();
    const { unbind, handlers } = createFakeIpc(fake.station, () => undefined);
    expect(handlers.size).toBe(1);
    unbind();
    expect(handlers.size).toBe(0);
    expect(fake.listeners()).toBe(0);
  });

  it('wipes arrays of digits and nothing else', () => {
    const input = { pin: [1, 2, 3, 4], draft: { diagnoses: ['I10'] }, words: ['a'] };
    wipeDigits(input);
    expect(input).toEqual({ pin: [0, 0, 0, 0], draft: { diagnoses: ['I10'] }, words: ['a'] });
    expect(() => wipeDigits(null)).not.toThrow();
  });
});
