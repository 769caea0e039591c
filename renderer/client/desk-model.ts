/**
 * What a screen knows of its desk: the last state, the call under way, the last refusal. A pure reducer; the station decides everything
 * else. Calls and pushes travel separately, so an answer may be older than a push: an answer counts only if no push came since its call, and a
 * call whose outcome was pushed is over for the person before its answer is here.
 * @module
 */
import type { Refusal } from '../../contract/errors.ts';
import type { DeskState } from '../../contract/station.ts';

/** The screen's picture of one desk. */
export interface DeskModel {
  readonly state: DeskState | undefined;
  /** Counts pushes. */
  readonly pushes: number;
  /** Counts calls asked by the person; names the call under way, and a new attempt for the announcement of errors. */
  readonly attempt: number;
  readonly busy: boolean;
  /** Why the last call was refused, until the next one. */
  readonly refusal: Refusal | undefined;
}

/** What happens to it. */
export type DeskInput =
  | { readonly type: 'pushed'; readonly state: DeskState }
  | { readonly type: 'asked' }
  /** `attempt` names the call; left out by what the person did not ask of the desk, which ends no call. */
  | { readonly type: 'answered'; readonly state: DeskState; readonly pushes: number; readonly attempt?: number }
  | { readonly type: 'refused'; readonly refusal: Refusal; readonly attempt?: number }
  | { readonly type: 'dismissed' };

/** Before the first state. */
export const NO_DESK: DeskModel = { state: undefined, pushes: 0, attempt: 0, busy: false, refusal: undefined };

/** Whether this push ends the work that the desk was at: what came of it is on the screen. */
export function endsWork(before: DeskState | undefined, pushed: DeskState): boolean {
  return before?.flow.step === 'working' && pushed.flow.step !== 'working';
}

/** The next picture. */
export function reduceDesk(model: DeskModel, input: DeskInput): DeskModel {
  switch (input.type) {
    case 'pushed': {
      // A desk that went back to idle or on to work has left the refusal of its last call behind.
      const moved = model.state !== undefined && model.state.flow.step !== input.state.flow.step;
      return {
        ...model,
        state: input.state,
        pushes: model.pushes + 1,
        busy: model.busy && !endsWork(model.state, input.state),
        refusal: moved && !model.busy ? undefined : model.refusal,
      };
    }
    case 'asked':
      return { ...model, busy: true, refusal: undefined, attempt: model.attempt + 1 };
    case 'answered':
      return {
        ...model,
        busy: model.busy && input.attempt !== model.attempt,
        state: input.pushes === model.pushes ? input.state : model.state,
      };
    case 'refused':
      // Of a call that another has followed, the person has seen what came of it.
      if (input.attempt !== undefined && input.attempt < model.attempt) return model;
      return { ...model, busy: model.busy && input.attempt === undefined, refusal: input.refusal };
    case 'dismissed':
      return { ...model, refusal: undefined };
  }
}

/** The one refusal to show: what the flow says comes before what the last call was told, and a failed sign-on only before anybody is on. */
export function shownRefusal(model: DeskModel): Refusal | undefined {
  const state = model.state;
  if (model.busy || state === undefined) return undefined;
  if ('refusal' in state.flow && state.flow.refusal !== undefined) return state.flow.refusal;
  if (model.refusal !== undefined) return model.refusal;
  return state.operator === undefined ? state.signOnRefusal : undefined;
}
