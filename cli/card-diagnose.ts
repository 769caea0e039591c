/**
 * `imis card diagnose`: why a reader at a counter does not work, and what to do next. Needs no bureau and reads nothing personal.
 * @module
 */
import { type Command, optional, print, ReportedFault, readYes } from './command.ts';

export const cardDiagnose: Command = {
  words: ['card', 'diagnose'],
  summary: 'look at PC/SC, readers and cards, and say what to do next',
  options: {
    reader: optional('NAME', 'only this reader slot, by its exact name'),
    json: optional('yes', 'the findings as one line of JSON'),
  },
  async run(given) {
    const asJson = readYes('json', given.optional('json'));
    const [{ runCardDiagnosis }, { findingText }] = await Promise.all([
      import('../main/app/run-card-diagnosis.ts'),
      import('../main/app/diagnosis-copy.ts'),
    ]);
    const { usable, findings } = await runCardDiagnosis(given.optional('reader'));
    if (asJson) print({ usable, findings });
    else process.stdout.write(findings.map(findingText).join(''));
    if (!usable) throw new ReportedFault();
  },
};
