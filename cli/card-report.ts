/**
 * `imis card report`: a card is lost, stolen, or was handed in. There is no way back.
 * @module
 */
import { type Command, print, required } from './command.ts';
import { CARD_OPTIONS, OFFICE_OPTIONS, officeOf, oneOf } from './office-arguments.ts';

const STEPS = { lost: 'lost', stolen: 'stolen', returned: 'takeBack' } as const;

export const cardReport: Command = {
  words: ['card', 'report'],
  summary: 'a card is lost, stolen or handed in: it is revoked for good',
  options: { ...OFFICE_OPTIONS, ...CARD_OPTIONS, what: required('WORD', 'lost, stolen or returned') },
  async run(given) {
    const what = oneOf(given, 'what', ['lost', 'stolen', 'returned']);
    const { cardStepAt } = await import('../main/app/card-office.ts');
    const about = { serial: given.value('serial'), reason: given.optional('reason') ?? '' };
    print(await cardStepAt(await officeOf(given), STEPS[what], about));
  },
};
