/**
 * Runs in the sandboxed window before the screens: exposes one global, `station`, and nothing of Electron. Bundled as CommonJS.
 * The global is a Bridge whose signal is replaced by a call's number, because an AbortSignal cannot cross into the screens' world.
 * @module
 */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { CALL_CHANNEL, type CallMessage, type CancelMessage, PUSH_CHANNEL } from './channels.ts';

contextBridge.exposeInMainWorld('station', {
  call: (name: string, input: unknown, id: number): Promise<unknown> =>
    ipcRenderer.invoke(CALL_CHANNEL, { id, name, input } satisfies CallMessage),
  cancel: (id: number): void => {
    void ipcRenderer.invoke(CALL_CHANNEL, { cancel: id } satisfies CancelMessage);
  },
  on: (listener: (name: string, event: unknown) => void): (() => void) => {
    // The wrapper is what must be removed; it also keeps Electron's event object on this side.
    const wrapper = (_event: IpcRendererEvent, name: string, event: unknown): void => {
      listener(name, event);
    };
    ipcRenderer.on(PUSH_CHANNEL, wrapper);
    return () => {
      ipcRenderer.removeListener(PUSH_CHANNEL, wrapper);
    };
  },
});
