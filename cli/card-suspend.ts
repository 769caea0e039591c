/**
 * `imis card suspend`: stop a card until it is let go again.
 * @module
 */
import { type Command, print } from './command.ts';
import { CARD_OPTIONS, OFFICE_OPTIONS, officeOf } from './office-arguments.ts';

export const cardSuspend: Command = {
  words: ['card', 'suspend'],
  summary: 'stop a card until it is let go again',
  options: { ...OFFICE_OPTIONS, ...CARD_OPTIONS },
  async run(given) {
    const { cardStepAt } = await import('../main/app/card-office.ts');
    const about = { serial: given.value('serial'), reason: given.optional('reason') ?? '' };
    print(await cardStepAt(await officeOf(given), 'suspend', about));
  },
};
