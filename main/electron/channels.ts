/**
 * What crosses between the window and the main process: one channel for calls, one for pushes.
 * @module
 */

/** The window invokes it with a `CallMessage` or a `CancelMessage`. */
export const CALL_CHANNEL = 'imis:call';
/** The main process sends (name, event) on it. */
export const PUSH_CHANNEL = 'imis:push';

/** One call. `id` is unique in the window and names the call to cancel. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** Takes back the call of that id; an AbortSignal itself cannot cross processes. */
export interface CancelMessage {
  readonly cancel: number;
}
