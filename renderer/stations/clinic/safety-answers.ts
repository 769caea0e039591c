/**
 * Findings and the reasons against them, as the review handles them. What is signed is the station's own review of the draft, and the station
 * refuses what is not answered; this only says where an answer is missing.
 * @module
 */

import type { ClinicFlow, VisitDraft } from '../../../contract/clinic-desk.ts';
import { type Finding, type Override, wantsReason } from '../../../contract/safety.ts';

/** What the station found about a draft. */
export type Review = NonNullable<(ClinicFlow & { step: 'opened' })['review']>;

/** Reasons as typed, by the finding's id. */
export type Reasons = Readonly<Record<string, string>>;

/** The station's review where it is of this very draft; both come out of one schema, so equal drafts have equal texts. */
export const reviewOf = (review: Review | undefined, draft: VisitDraft): Review | undefined =>
  review !== undefined && JSON.stringify(review.draft) === JSON.stringify(draft) ? review : undefined;

const reasonFor = (reasons: Reasons, { id }: Finding): string => reasons[id]?.trim() ?? '';

/** Findings that want a reason and have none, in the order in which they are shown. */
export const unanswered = ({ findings }: Pick<Review, 'findings'>, reasons: Reasons): readonly Finding[] =>
  findings.filter((finding) => wantsReason(finding) && reasonFor(reasons, finding) === '');

/** The draft with the reasons that belong to what was found; reasons against findings of before are left behind. */
export function answeredDraft({ draft, findings }: Pick<Review, 'draft' | 'findings'>, reasons: Reasons): VisitDraft {
  const overrides = findings.flatMap((finding): Override[] => {
    const reason = reasonFor(reasons, finding);
    return reason === '' ? [] : [{ finding: finding.id, reason }];
  });
  return overrides.length === 0 ? draft : { ...draft, overrides };
}
