/**
 * What the clinic's screen keeps while the desk works: the content stays in front of the doctor until signing has ended. Everything is
 * forgotten as soon as the desk is idle or another visit is opened.
 * @module
 */
import type { ClinicFlow } from '../../../contract/clinic-desk.ts';
import { type DraftForm, EMPTY_DRAFT } from './draft-form.ts';

/** The visit in front of the doctor, what has been filled in, and whether it is being read over before signing. */
export interface ClinicView {
  readonly visit: (ClinicFlow & { step: 'opened' }) | undefined;
  readonly form: DraftForm;
  readonly reviewing: boolean;
  /** Why it is to be signed in spite of a finding, by the finding's id; kept while the draft is mended. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** What happens to it. */
export type ClinicInput =
  | { readonly type: 'flow'; readonly flow: ClinicFlow }
  | { readonly type: 'edited'; readonly form: DraftForm }
  | { readonly type: 'reason'; readonly finding: string; readonly text: string }
  | { readonly type: 'review' }
  | { readonly type: 'back' };

/** Nothing in front of the doctor. */
export const NO_VISIT: ClinicView = { visit: undefined, form: EMPTY_DRAFT, reviewing: false, reasons: {} };

/** The next view. */
export function reduceClinic(view: ClinicView, input: ClinicInput): ClinicView {
  switch (input.type) {
    case 'edited':
      return { ...view, form: input.form };
    case 'reason':
      return { ...view, reasons: { ...view.reasons, [input.finding]: input.text } };
    case 'review':
      return view.visit === undefined ? view : { ...view, reviewing: true };
    case 'back':
      return { ...view, reviewing: false };
    case 'flow': {
      const { flow } = input;
      switch (flow.step) {
        case 'opened':
          return flow.visitId === view.visit?.visitId ? { ...view, visit: flow } : { ...NO_VISIT, visit: flow };
        case 'working':
          // Only signing works on the visit that is open.
          return flow.task === 'signing' ? view : NO_VISIT;
        case 'idle':
        case 'signed':
        case 'issued':
        case 'refused':
          return NO_VISIT;
      }
    }
  }
}
