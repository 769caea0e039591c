/**
 * The draft as it is typed, and what is still wrong with it. What is signed is the draft that this check hands out, nothing else.
 * @module
 */

import { VisitDraft } from '../../../contract/clinic-desk.ts';
import type { MedicationLine } from '../../../contract/medication-line.ts';
import { MAX_PARTS } from '../../../contract/refill.ts';
import { type AllergyDraft, SubstanceText } from '../../../contract/safety.ts';

/** One line as typed: numbers are text until they are checked. */
export interface LineForm {
  /** Tells lines apart on the screen; never leaves it. */
  readonly key: number;
  readonly code: string;
  readonly dose: string;
  readonly unit: MedicationLine['unit'];
  readonly timesPerDay: string;
  readonly days: string;
}

/** The draft as typed; an empty pharmacy names none. */
export interface DraftForm {
  readonly diagnoses: readonly string[];
  readonly note: string;
  readonly lines: readonly LineForm[];
  readonly pharmacy: string;
  /** How often the lines are handed out. */
  readonly parts: number;
  readonly controlled: boolean;
  readonly allergies: readonly AllergyDraft[];
}

/** What is wrong, and in which line. */
export interface Problem {
  readonly field: 'diagnoses' | 'note' | 'lines' | 'dose' | 'timesPerDay' | 'days' | 'pharmacy';
  readonly line?: number;
}

/** The draft to sign, or what keeps it from being one. */
export type CheckedDraft =
  | { readonly ok: true; readonly draft: VisitDraft }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Nothing filled in. */
export const EMPTY_DRAFT: DraftForm = {
  diagnoses: [],
  note: '',
  lines: [],
  pharmacy: '',
  parts: 1,
  controlled: false,
  allergies: [],
};

/** What can be chosen. */
export const PARTS: readonly number[] = Array.from({ length: MAX_PARTS }, (_, i) => i + 1);

/** The days of one part, which the longest line gives, and of all; undefined while no line says any. */
export function supplyOf({ lines, parts }: DraftForm): { readonly part: number; readonly all: number } | undefined {
  const days = lines.map((line) => toNumber(line.days)).filter((one) => one > 0);
  const part = Math.max(...days);
  return days.length === 0 ? undefined : { part, all: part * parts };
}

/** A new line: one unit once a day for a week, the unit by what the code usually comes as. */
export function newLine(code: string, name: string, lines: readonly LineForm[]): LineForm {
  const key = lines.reduce((most, line) => Math.max(most, line.key), 0) + 1;
  const unit = /capsule/iu.test(name) ? 'capsule' : /inhaler|spray/iu.test(name) ? 'puff' : 'tablet';
  return { key, code, dose: '1', unit, timesPerDay: '1', days: '7' };
}

const FIELDS = ['diagnoses', 'note', 'lines', 'dose', 'timesPerDay', 'days', 'pharmacy'] as const;

/** Checks with the contract's own schema, so that the screen never disagrees with the station. */
export function checkDraft(form: DraftForm): CheckedDraft {
  const parsed = VisitDraft.safeParse({
    diagnoses: form.diagnoses,
    note: form.note,
    lines: form.lines.map(({ key: _key, ...line }) => ({
      ...line,
      dose: toNumber(line.dose),
      timesPerDay: toNumber(line.timesPerDay),
      days: toNumber(line.days),
    })),
    ...(form.pharmacy === '' ? {} : { pharmacy: form.pharmacy }),
    // Without a drug there is nothing to repeat.
    ...(form.lines.length === 0 || form.parts === 1 ? {} : { parts: form.parts }),
    ...(form.lines.length > 0 && form.controlled ? { controlled: true } : {}),
    ...(form.allergies.length === 0 ? {} : { allergies: form.allergies }),
  });
  if (parsed.success) return { ok: true, draft: parsed.data };
  const problems = parsed.error.issues.map(({ path }): Problem => {
    const field = FIELDS.find((name) => name === path.at(-1)) ?? FIELDS.find((name) => name === path[0]) ?? 'lines';
    return typeof path[1] === 'number' && path[0] === 'lines' ? { field, line: path[1] } : { field };
  });
  return { ok: false, problems };
}

/** An empty field is no number, where Number() would say 0. */
const toNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** An allergen in the doctor's own words; undefined when it is empty or too long for the health card. */
export function wordedAllergen(text: string): AllergyDraft | undefined {
  const code = SubstanceText.safeParse(text.trim());
  return code.success ? { substance: { kind: 'text', code: code.data }, criticality: 'unable-to-assess' } : undefined;
}
