/**
 * The only platform names pure code may use: present in Node, browsers and workers alike.
 * Part of tsconfig.pure.json alone; the other projects have them from their platform's types.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
