/**
 * `imis card resume`: let a suspended card go again.
 * @module
 */
import { type Command, print } from './command.ts';
import { CARD_OPTIONS, OFFICE_OPTIONS, officeOf } from './office-arguments.ts';

export const cardResume: Command = {
  words: ['card', 'resume'],
  summary: 'let a suspended card go again',
  options: { ...OFFICE_OPTIONS, ...CARD_OPTIONS },
  async run(given) {
    const { cardStepAt } = await import('../main/app/card-office.ts');
    const about = { serial: given.value('serial'), reason: given.optional('reason') ?? '' };
    print(await cardStepAt(await officeOf(given), 'resume', about));
  },
};
