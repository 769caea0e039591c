/**
 * How often each sheet was printed at this desk, kept through a restart: a sheet is an original once (contract/paper.ts). Counted are
 * sheets, not hand-outs: a line that was taken back and given again has had its label.
 * @module
 */
import { dayAfter, dayOf } from '../../contract/calendar.ts';
import type { LineOutcome } from '../../contract/messages.ts';
import type { HandOutPaper, PickupSlip } from '../../contract/paper.ts';
import type { DeskPorts, PrintedSheet } from './ports.ts';

/** What one print is of. */
export type Sheet = Pick<PrintedSheet, 'paper' | 'rxId' | 'part' | 'line'>;

/** A prescription of three parts is over after a hundred days; then nobody prints of it any more. */
const KEEP_DAYS = 120;

const keyOf = ({ paper, rxId, part, line }: Sheet): string => `${paper}/${rxId}/${part}/${line}`;

/** The counts of one desk. */
export interface PrintCounts {
  of(sheet: Sheet): number;
  /** Counts one print of each, on disk before it resolves. */
  add(sheets: readonly Sheet[], signal: AbortSignal): Promise<void>;
}

/** Reads what the desk has printed before, without what is too old to matter. */
export async function createPrintCounts(
  { store, clock }: Pick<DeskPorts, 'clock'> & { readonly store: PrintStore },
  signal: AbortSignal,
): Promise<PrintCounts> {
  await store.dropPrinted(dayAfter(clock.now(), -KEEP_DAYS), signal);
  const counts = new Map((await store.printedSheets(signal)).map((sheet) => [keyOf(sheet), sheet.count]));
  const of = (sheet: Sheet): number => counts.get(keyOf(sheet)) ?? 0;
  return {
    of,
    add: async (sheets, until) => {
      const day = dayOf(clock.now());
      const counted = sheets.map((sheet): PrintedSheet => ({ ...sheet, version: 1, count: of(sheet) + 1, day }));
      // Before the disk has it: what is lost there may make an original a copy, never the other way round.
      for (const sheet of counted) counts.set(keyOf(sheet), sheet.count);
      await store.keepPrinted(counted, until);
    },
  };
}

/** The part of the desk's store that this needs. */
export type PrintStore = Pick<DeskPorts['store'], 'keepPrinted' | 'printedSheets' | 'dropPrinted'>;

/** The sheet of a pickup slip. */
export const slipSheet = ({ rxId }: Pick<PickupSlip, 'rxId'>): Sheet => ({
  paper: 'pickup-slip',
  rxId,
  part: 0,
  line: 0,
});

/** A part that was handed out. */
export interface HandOutPart {
  readonly rxId: string;
  readonly part: number;
  readonly owed: readonly number[];
}

const labelSheet = ({ rxId, part }: HandOutPart, line: number): Sheet => ({ paper: 'label', rxId, part, line });
// What is owed only ever shrinks: its length tells one slip of a part from the next.
const owedSheet = ({ rxId, part, owed }: HandOutPart): Sheet => ({
  paper: 'owed-slip',
  rxId,
  part,
  line: owed.length,
});

/** What is printed of a hand-out on a day: nothing for a line that was refused, and none of what is owed but the slip that says so. */
export function handOutPaper(
  counts: Pick<PrintCounts, 'of'>,
  part: HandOutPart,
  outcomes: readonly LineOutcome[],
  day: string,
): HandOutPaper {
  const labels = outcomes
    .filter(({ outcome }) => outcome !== 'refused')
    .map(({ line }) => ({ line, printed: counts.of(labelSheet(part, line)) }))
    .toSorted((a, b) => a.line - b.line);
  return {
    day,
    labels,
    ...(part.owed.length === 0 ? {} : { owedSlip: { printed: counts.of(owedSheet(part)) } }),
  };
}

/** Every sheet of it. */
export const sheetsOf = (part: HandOutPart, { labels, owedSlip }: HandOutPaper): readonly Sheet[] => [
  ...labels.map(({ line }) => labelSheet(part, line)),
  ...(owedSlip === undefined ? [] : [owedSheet(part)]),
];
