/**
 * What is printed of a hand-out, sheet by sheet: a label for every line that was given, then what is owed, a few lines a sheet. Pure.
 * @module
 */

import type { MedicationLine } from '../../../contract/medication-line.ts';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { PharmacyFlow } from '../../../contract/pharmacy-desk.ts';

/** Label of one medicine. */
export interface LabelSheet {
  readonly kind: 'label';
  /** Number of the line, from 1, and of how many. */
  readonly line: number;
  readonly of: number;
  /** As it was given: drug, dose, times, days. */
  readonly given: MedicationLine;
  /** Code of the drug that was prescribed, where another was given. */
  readonly insteadOf: string | undefined;
  readonly doseChanged: boolean;
  readonly printed: number;
}

/** What is owed; `sheet` of `sheets`. */
export interface OwedSheet {
  readonly kind: 'owed';
  /** Codes of drugs. */
  readonly codes: readonly string[];
  readonly sheet: number;
  readonly sheets: number;
  readonly printed: number;
}

/** Most owed lines on one sheet of 70 × 50 mm. */
export const OWED_PER_SHEET = 3;

/** A line as it was given; undefined when it was not. */
function givenAs(prescribed: MedicationLine, outcome: LineOutcome): MedicationLine | undefined {
  switch (outcome.outcome) {
    case 'given':
      return prescribed;
    case 'substituted':
      return { ...prescribed, code: outcome.code };
    case 'dose-changed':
      return { ...prescribed, dose: outcome.dose, timesPerDay: outcome.timesPerDay };
    case 'refused':
      return undefined;
  }
}

/** The sheets in the order in which they come out. */
export function sheetsOf({
  prescription,
  outcomes,
  paper,
}: Pick<PharmacyFlow & { step: 'dispensed' }, 'prescription' | 'outcomes' | 'paper'>): readonly (
  | LabelSheet
  | OwedSheet
)[] {
  const { lines, owed } = prescription;
  const labels = paper.labels.flatMap(({ line, printed }): readonly LabelSheet[] => {
    const prescribed = lines[line - 1];
    const outcome = outcomes.find((one) => one.line === line);
    if (prescribed === undefined || outcome === undefined) return [];
    const given = givenAs(prescribed, outcome);
    if (given === undefined) return [];
    const insteadOf = outcome.outcome === 'substituted' ? prescribed.code : undefined;
    const doseChanged = outcome.outcome === 'dose-changed';
    return [{ kind: 'label', line, of: lines.length, given, insteadOf, doseChanged, printed }];
  });
  const { owedSlip } = paper;
  if (owedSlip === undefined) return labels;
  const codes = owed.flatMap((line) => lines[line - 1]?.code ?? []);
  const sheets = Math.ceil(codes.length / OWED_PER_SHEET);
  const slips = Array.from(
    { length: sheets },
    (_, i): OwedSheet => ({
      kind: 'owed',
      codes: codes.slice(i * OWED_PER_SHEET, (i + 1) * OWED_PER_SHEET),
      sheet: i + 1,
      sheets,
      printed: owedSlip.printed,
    }),
  );
  return [...labels, ...slips];
}
