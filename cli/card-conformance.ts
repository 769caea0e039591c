/**
 * `imis card conformance`: does a card keep the specification? For card makers; works on any reader and any card that claims one of our
 * applications (card/conformance/README.md).
 * @module
 */
import type { ConformanceOutcome } from '../main/app/card-conformance-protocol.ts';
import { type Command, optional, print, ReportedFault, readYes, required, UsageError } from './command.ts';

const MARK = { passed: '✓', failed: '✗', skipped: '–' } as const;

/** A row of the report; where a card fails, the clause and what it did. */
const rowOf = ({ id, clause, what, result, detail }: ConformanceOutcome): string => {
  const reason = result === 'skipped' ? ` (${detail})` : '';
  const fault = result === 'failed' ? `\n    ${detail}\n    ${clause}` : '';
  return `${MARK[result]} ${id.padEnd(32)} ${what}${reason}${fault}\n`;
};

function summaryOf(outcomes: readonly ConformanceOutcome[]): string {
  const count = (wanted: ConformanceOutcome['result']): number =>
    outcomes.filter(({ result }) => result === wanted).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return `\n符合 ${passed} 項，不符 ${failed} 項，未測 ${skipped} 項。\n${passed} passed, ${failed} failed, ${skipped} skipped.\n`;
}

const WARNING =
  '⚠ 這張卡片將被測試用的發卡機構寫入並鎖住，之後不能再使用。\n⚠ The card is personalised by an authority made up for the test, and blocked at the end: it is of no use afterwards.\n\n';

export const cardConformance: Command = {
  words: ['card', 'conformance'],
  summary: 'check a card against the specification, clause by clause',
  options: {
    reader: required('NAME', 'reader slot with the card, by its exact name'),
    desk: optional('D', 'folder of a desk whose terminal the card accepts; without it only what needs no channel'),
    'pin-file': optional('FILE', 'file with the PIN of the card; risks one wrong try of a full number'),
    blank: optional('consume', 'a blank card plays its whole life with a test authority, and IS CONSUMED BY IT'),
    json: optional('yes', 'one line of JSON for each check'),
  },
  async run(given) {
    const asJson = readYes('json', given.optional('json'));
    const [desk, file, blank] = [given.optional('desk'), given.optional('pin-file'), given.optional('blank')];
    if (blank !== undefined && blank !== 'consume') throw new UsageError('--blank is consume or left out');
    if (blank !== undefined && (desk !== undefined || file !== undefined))
      throw new UsageError('--blank makes its own desks and PIN: no --desk and no --pin-file');
    const [{ runCardConformance }, { readPinFile }] = await Promise.all([
      import('../main/app/run-card-conformance.ts'),
      import('../main/app/card-secrets.ts'),
    ]);
    const request = {
      reader: given.value('reader'),
      blank: blank !== undefined,
      ...(desk === undefined ? {} : { desk }),
      ...(file === undefined ? {} : { pin: readPinFile(file) }),
    };
    if (request.blank) process.stderr.write(WARNING);
    const outcomes = await runCardConformance(request, (outcome) => {
      if (asJson) print(outcome);
      else process.stdout.write(rowOf(outcome));
    });
    if (!asJson) process.stdout.write(summaryOf(outcomes));
    if (outcomes.some(({ result }) => result === 'failed')) throw new ReportedFault();
  },
};
