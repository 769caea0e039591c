/**
 * How the state of a prescription on the work list looks.
 * @module
 */
import type { WorkItemState } from '../../../contract/work-list.ts';

/** Colour of its badge; the words say it too. */
export const WORK_BADGES: Readonly<Record<WorkItemState, 'ok' | 'warn' | 'calm'>> = {
  open: 'calm',
  here: 'ok',
  elsewhere: 'warn',
  early: 'warn',
};
