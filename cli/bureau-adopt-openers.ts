/**
 * `imis bureau adopt-openers`: puts the outcome of an officers' ceremony into force.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauAdoptOpeners: Command = {
  words: ['bureau', 'adopt-openers'],
  summary: 'countersign an opener set and put it into force; a serving bureau is started again',
  options: {
    dir: required('D', 'the bureau’s folder'),
    'opener-set': required('FILE', 'opener-set.json of the ceremony'),
  },
  async run(given) {
    const { adoptOpenerSet } = await import('../main/app/bureau-openers.ts');
    print(await adoptOpenerSet(given.value('dir'), given.value('opener-set')));
  },
};
