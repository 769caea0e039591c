/**
 * The screens' bridge to a station behind the loopback shell: fetch for calls, server-sent events for pushes.
 * @module
 */
import type { Bridge, Unsubscribe } from '../../contract/dispatch.ts';

/** Told when the stream of events is up (also after it was lost) and when it is lost. */
export type LinkListener = (link: 'up' | 'down') => void;

/** A bridge that can tell whether it still hears the station. */
export interface LinkedBridge extends Bridge {
  onLink(listener: LinkListener): Unsubscribe;
}

/** What the bridge needs of the browser. */
export interface HttpPlatform {
  readonly fetch: (
    url: string,
    init: { method: string; headers: Record<string, string>; body: string; signal?: AbortSignal },
  ) => Promise<{ json(): Promise<unknown> }>;
  /** Opens the stream of events and keeps it open; returns what closes it. */
  readonly openEvents: (url: string, to: { link: LinkListener; data: (text: string) => void }) => Unsubscribe;
}

const isPush = (value: unknown): value is { name: string; event: unknown } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'event' in value;

/** Opens the stream of events at once and keeps it for the life of the page. */
export function createHttpBridge(origin: string, platform: HttpPlatform): LinkedBridge & { close: Unsubscribe } {
  const listeners = new Set<(name: string, event: unknown) => void>();
  const links = new Set<LinkListener>();
  let link: 'up' | 'down' | undefined;
  const close = platform.openEvents(`${origin}/events`, {
    link: (now) => {
      link = now;
      for (const listener of links) listener(now);
    },
    data: (text) => {
      const push: unknown = JSON.parse(text);
      if (!isPush(push)) return;
      for (const listener of listeners) listener(push.name, push.event);
    },
  });
  return {
    close,
    async call(name, input, signal) {
      try {
        const answer = await platform.fetch(`${origin}/call/${encodeURIComponent(name)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(input),
          ...(signal === undefined ? {} : { signal }),
        });
        return await answer.json();
      } catch (cause) {
        if (signal?.aborted) return { ok: false, refusal: { code: 'CANCELLED' } };
        throw cause;
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    onLink(listener) {
      links.add(listener);
      if (link !== undefined) listener(link);
      return () => {
        links.delete(listener);
      };
    },
  };
}
