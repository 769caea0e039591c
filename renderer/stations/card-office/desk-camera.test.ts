import { describe, expect, it, vi } from 'vitest';
import { createDeskCamera, troubleOf } from './desk-camera.ts';

/** A stream of one track, as a browser would give it. */
function fakeStream() {
  const listeners = new Set<() => void>();
  const track = {
    live: true,
    stop: () => {
      track.live = false;
    },
    addEventListener: (_type: 'ended', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'ended', listener: () => void) => void listeners.delete(listener),
  };
  return {
    track,
    listeners,
    unplug: () => {
      track.live = false;
      for (const listener of listeners) listener();
    },
    getTracks: () => [track],
  };
}

const failing = (name: string) => () => Promise.reject(new DOMException('', name));

describe('the camera of the desk', () => {
  it('is off until it is started, and off again when it is stopped', async () => {
    const stream = fakeStream();
    const camera = createDeskCamera(async () => stream);
    expect(camera.view()).toEqual({ state: 'off' });
    const started = camera.start();
    expect(camera.view()).toEqual({ state: 'starting' });
    await started;
    expect(camera.view()).toEqual({ state: 'live', stream });
    expect(stream.track.live).toBe(true);
    camera.stop();
    expect(stream.track.live).toBe(false);
    expect(stream.listeners.size).toBe(0);
    expect(camera.view()).toEqual({ state: 'off' });
  });

  it('switches off what comes after it was stopped: the light does not stay on behind a closed dialog', async () => {
    const stream = fakeStream();
    const { promise, resolve } = Promise.withResolvers<typeof stream>();
    const camera = createDeskCamera(() => promise);
    const started = camera.start();
    camera.stop();
    resolve(stream);
    await started;
    expect(stream.track.live).toBe(false);
    expect(camera.view()).toEqual({ state: 'off' });
  });

  it('leaves one stream on when it is started again', async () => {
    const streams = [fakeStream(), fakeStream()];
    const waiting = [...streams];
    const camera = createDeskCamera(async () => waiting.shift() ?? fakeStream());
    await camera.start();
    await camera.start();
    expect(streams.map(({ track }) => track.live)).toEqual([false, true]);
    expect(camera.view()).toEqual({ state: 'live', stream: streams[1] });
  });

  it('says that it was unplugged, and starts anew', async () => {
    const stream = fakeStream();
    const camera = createDeskCamera(async () => stream);
    await camera.start();
    stream.unplug();
    expect(camera.view()).toEqual({ state: 'failed', trouble: 'unplugged' });
    expect(stream.listeners.size).toBe(0);
    await camera.start();
    expect(camera.view().state).toBe('live');
  });

  it.each([
    ['NotAllowedError', 'refused'],
    ['SecurityError', 'refused'],
    ['NotFoundError', 'absent'],
    ['OverconstrainedError', 'absent'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
  ] as const)('after %s it is %s', async (name, trouble) => {
    const camera = createDeskCamera(failing(name));
    await camera.start();
    expect(camera.view()).toEqual({ state: 'failed', trouble });
  });

  it('takes what is no error for a camera that does not start', () => {
    expect(troubleOf('NotAllowedError')).toBe('busy');
  });

  it('says nothing of a refusal that comes after it was stopped', async () => {
    const camera = createDeskCamera(failing('NotAllowedError'));
    const started = camera.start();
    camera.stop();
    await started;
    expect(camera.view()).toEqual({ state: 'off' });
  });

  it('tells its listeners until they leave', async () => {
    const camera = createDeskCamera(async () => fakeStream());
    const listener = vi.fn();
    const undo = camera.subscribe(listener);
    await camera.start();
    expect(listener).toHaveBeenCalledTimes(2);
    undo();
    camera.stop();
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
