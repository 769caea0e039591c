/**
 * What becomes of each line as the pharmacist fills it in, and what is still missing. What is sent is what this check hands out.
 * @module
 */
import { LineOutcome } from '../../../contract/messages.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';

/** What can be chosen for a line; `owed` is no outcome: the line comes later. */
export const CHOICES = ['given', 'substituted', 'dose-changed', 'refused', 'owed'] as const;
export type Choice = (typeof CHOICES)[number];

/** One line as typed. */
export interface OutcomeForm {
  /** From 1. */
  readonly line: number;
  readonly choice: Choice;
  /** ATC code of a substitute. */
  readonly code: string;
  readonly dose: string;
  readonly timesPerDay: string;
  readonly reason: string;
}

/** What is wrong in a line; `lines`: nothing is handed out at all. */
export interface OutcomeProblem {
  readonly line: number;
  readonly field: 'code' | 'dose' | 'timesPerDay' | 'reason' | 'lines';
}

export type CheckedOutcomes =
  | { readonly ok: true; readonly lines: readonly LineOutcome[] }
  | { readonly ok: false; readonly problems: readonly OutcomeProblem[] };

/** Every line that is still open, given. */
export const openForms = ({ lines, owed, state }: PrescriptionView): readonly OutcomeForm[] =>
  lines
    .map(({ dose, timesPerDay }, i) => ({
      line: i + 1,
      choice: 'given' as const,
      code: '',
      dose: String(dose),
      timesPerDay: String(timesPerDay),
      reason: '',
    }))
    .filter(({ line }) => state !== 'owing' || owed.includes(line));

function outcomeOf({ line, choice, code, dose, timesPerDay, reason }: OutcomeForm): unknown {
  switch (choice) {
    case 'given':
      return { line, outcome: choice };
    case 'substituted':
      return { line, outcome: choice, code: code.trim().toUpperCase(), reason: reason.trim() };
    case 'dose-changed':
      return { line, outcome: choice, dose: number(dose), timesPerDay: number(timesPerDay), reason: reason.trim() };
    case 'refused':
      return { line, outcome: choice, reason: reason.trim() };
    case 'owed':
      return undefined;
  }
}

/** An empty field is no number, where Number() would say 0. */
const number = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const FIELDS = ['code', 'dose', 'timesPerDay', 'reason'] as const;

/** Checks with the contract's own schema. */
export function checkOutcomes(forms: readonly OutcomeForm[]): CheckedOutcomes {
  const lines: LineOutcome[] = [];
  const problems: OutcomeProblem[] = [];
  for (const form of forms) {
    const outcome = outcomeOf(form);
    if (outcome === undefined) continue;
    const parsed = LineOutcome.safeParse(outcome);
    if (parsed.success) lines.push(parsed.data);
    else
      for (const { path } of parsed.error.issues)
        problems.push({ line: form.line, field: FIELDS.find((name) => name === path[0]) ?? 'reason' });
  }
  if (problems.length === 0 && lines.length === 0) problems.push({ line: forms[0]?.line ?? 1, field: 'lines' });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, lines };
}
