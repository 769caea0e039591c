/**
 * What a clinic's desk issued, as a list: which of it is shown, what the bureau says of each, what has had its time. Pure.
 * @module
 */
import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { IssuedPrescription } from '../../contract/clinic-desk.ts';
import { ISSUED_PAGE, type IssuedScope, type IssuedState } from '../../contract/issued.ts';
import type { KeptIssue } from './ports.ts';

/** How long a hand-out may be taken back, ms: so long it may become open again (product.md 3). */
const TAKEN_BACK_WITHIN = 24 * 3_600_000;

/** The bureau's word of one. */
export interface IssueStanding {
  readonly state: IssuedState;
  readonly used: number;
}

/** Can nothing become of it any more? */
function isOver({ over, expires }: KeptIssue, now: number): boolean {
  if (expires < dayOf(now)) return true;
  if (over === undefined) return false;
  return over.state !== 'dispensed' || now - Date.parse(over.at) > TAKEN_BACK_WITHIN;
}

/** What nobody asks for any more: over, and not of today. */
export const outOfDate = (issues: readonly KeptIssue[], now: number): readonly KeptIssue[] =>
  issues.filter((issue) => isOver(issue, now) && dayOf(Date.parse(issue.at)) < dayOf(now));

/** A page of what a scope means, newest first, the last one where there are not as many. */
export function issuesOn(
  issues: readonly KeptIssue[],
  { scope, page }: { readonly scope: IssuedScope; readonly page: number },
  now: number,
): { readonly items: readonly KeptIssue[]; readonly page: number; readonly pages: number; readonly total: number } {
  const means = (issue: KeptIssue): boolean => {
    switch (scope) {
      case 'today':
        return dayOf(Date.parse(issue.at)) === dayOf(now);
      case 'open':
        return !isOver(issue, now);
    }
  };
  const all = issues.filter(means).toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const pages = Math.max(1, Math.ceil(all.length / ISSUED_PAGE));
  const shown = Math.min(page, pages);
  return { items: all.slice((shown - 1) * ISSUED_PAGE, shown * ISSUED_PAGE), page: shown, pages, total: all.length };
}

/** What is kept of an issue after the bureau was asked; the same one where that is nothing new. */
export function heard(issue: KeptIssue, { state }: IssueStanding, now: number): KeptIssue {
  const { over, ...open } = issue;
  switch (state) {
    case 'dispensed':
    case 'cancelled':
    case 'expired':
      return over?.state === state ? issue : { ...open, over: { state, at: instantOf(now) } };
    case 'issued':
    case 'accepted':
    case 'partly-dispensed':
    case 'owing':
      return over === undefined ? issue : open;
    case 'not-there':
    case 'unknown':
      return issue;
  }
}

/** As the doctor sees it. */
export const issuedView = (
  { version: _version, pid: _pid, over: _over, ...issue }: KeptIssue,
  { state, used }: IssueStanding,
): IssuedPrescription => ({ ...issue, state, used });
