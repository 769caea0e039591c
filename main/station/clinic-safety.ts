/**
 * Safety at the clinic: what a draft meets, shown before signing, and the answers without which it is not signed. The check itself is
 * record/check-safety.ts.
 * @module
 */
import { PATIENT_FILES } from '../../card/apps/card-profile.ts';
import { dayOf } from '../../contract/calendar.ts';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import { type Finding, type SafetyReview, wantsReason } from '../../contract/safety.ts';
import { activeCodes, checkSafety } from '../../record/check-safety.ts';
import { allergiesForCard, statedAllergies } from '../../record/merge-allergies.ts';
import type { OpenedVisit } from './clinic-opening.ts';
import type { DeskPorts } from './ports.ts';

/** Reviews a draft: what it meets, what could not be looked at, and which table said so. */
export function reviewDraft(
  { clock, safetyTable: table }: Pick<DeskPorts, 'clock' | 'safetyTable'>,
  visit: OpenedVisit,
  draft: VisitDraft,
): SafetyReview {
  const today = dayOf(clock.now());
  const drafted = draft.allergies ?? [];
  const relied = visit.records.filter(({ verified }) => verified);
  const therapy = relied.flatMap(({ day, lines, parts = 1 }) =>
    // A refill slip lasts as long as all its parts.
    lines.map(({ code, days }) => ({ code, day, days: days * parts })),
  );
  const { findings, unchecked } = checkSafety({
    codes: draft.lines.map(({ code }) => code),
    active: activeCodes(therapy, today),
    allergies: statedAllergies(visit.allergies, drafted, today),
    table,
  });
  const wanted = allergiesForCard(visit.allergies, drafted, today).length;
  return {
    findings: [...findings],
    unchecked: [...unchecked],
    unverifiedRecords: visit.records.length - relied.length,
    notOnCard: Math.max(0, visit.allergyRecords + wanted - PATIENT_FILES.allergies.records),
    ...(table === undefined ? {} : { table: table.head }),
  };
}

/**
 * Refuses SAFETY_UNANSWERED while a finding was not shown, or wants a reason and has none; SAFETY_OVERRIDE_UNKNOWN for a reason against
 * something that was not found, or two against one.
 */
export function demandAnswers(findings: readonly Finding[], draft: VisitDraft, shown: ReadonlySet<string>): void {
  const overrides = draft.overrides ?? [];
  const answered = new Set(overrides.map(({ finding }) => finding));
  const found = new Set(findings.map(({ id }) => id));
  const open = findings.find((one) => !shown.has(one.id) || (wantsReason(one) && !answered.has(one.id)));
  if (open !== undefined) throw new ImisError('SAFETY_UNANSWERED', `${open.kind} of severity ${open.severity}`);
  if (answered.size < overrides.length || overrides.some(({ finding }) => !found.has(finding)))
    throw new ImisError('SAFETY_OVERRIDE_UNKNOWN', 'a reason against something that was not found');
}
