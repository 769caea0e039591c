/**
 * The part of AbortSignal that layers without DOM and Node types may name. A real AbortSignal satisfies it.
 * @module
 */

/** Asked between steps; `throwIfAborted` throws the caller's reason. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  throwIfAborted(): void;
}
