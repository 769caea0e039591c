/**
 * The camera of the desk: on only while somebody looks at its picture (W3C Media Capture and Streams, sections 4.3 and 10.2). The names of what can go
 * wrong are those of `getUserMedia`.
 *
 *     const camera = createDeskCamera(() => navigator.mediaDevices.getUserMedia({ video: true }));
 *     await camera.start(); // camera.view(): { state: 'live', stream }
 *     camera.stop(); // every track has ended, the light is off
 * @module
 */

/** `absent`: there is none. `refused`: by the person, the browser or the system. `busy`: it does not start. `unplugged`: it was on and went away. */
export type CameraTrouble = 'absent' | 'refused' | 'busy' | 'unplugged';

/** What is used of a MediaStream. */
export interface CameraStream {
  getTracks(): readonly {
    stop(): void;
    addEventListener(type: 'ended', listener: () => void): void;
    removeEventListener(type: 'ended', listener: () => void): void;
  }[];
}

/** What the camera does now. */
export type CameraView<S> =
  | { readonly state: 'off' }
  | { readonly state: 'starting' }
  | { readonly state: 'live'; readonly stream: S }
  | { readonly state: 'failed'; readonly trouble: CameraTrouble };

/** One camera, on or off. */
export interface DeskCamera<S> {
  /** The same object until something changes. */
  view(): CameraView<S>;
  /** `listener` is called after every change; returns its own undo. */
  subscribe(listener: () => void): () => void;
  /** Starts it anew. Never rejects: what went wrong is in the view. */
  start(): Promise<void>;
  /** Off, also where it is only starting. */
  stop(): void;
}

/** What a refusal of `getUserMedia` means; whatever else keeps a camera from starting is mended as if it were in use. */
export function troubleOf(cause: unknown): CameraTrouble {
  switch (cause instanceof Error ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'absent';
    default:
      return 'busy';
  }
}

/** `open` asks for the stream. */
export function createDeskCamera<S extends CameraStream>(open: () => Promise<S>): DeskCamera<S> {
  const listeners = new Set<() => void>();
  let view: CameraView<S> = { state: 'off' };
  /** Grows with every start and stop: what an earlier start brings later is switched off at once. */
  let turn = 0;
  let release = (): void => undefined;

  const show = (next: CameraView<S>): void => {
    view = next;
    for (const listener of listeners) listener();
  };
  const end = (): number => {
    release();
    release = () => undefined;
    turn += 1;
    return turn;
  };
  const hold = (stream: S): void => {
    const gone = (): void => {
      end();
      show({ state: 'failed', trouble: 'unplugged' });
    };
    const tracks = stream.getTracks();
    for (const track of tracks) track.addEventListener('ended', gone);
    release = () => {
      for (const track of tracks) {
        track.removeEventListener('ended', gone);
        track.stop();
      }
    };
    show({ state: 'live', stream });
  };

  return {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    start: async () => {
      const mine = end();
      show({ state: 'starting' });
      try {
        const stream = await open();
        if (mine === turn) hold(stream);
        else for (const track of stream.getTracks()) track.stop();
      } catch (cause) {
        if (mine === turn) show({ state: 'failed', trouble: troubleOf(cause) });
      }
    },
    stop: () => {
      end();
      if (view.state !== 'off') show({ state: 'off' });
    },
  };
}
