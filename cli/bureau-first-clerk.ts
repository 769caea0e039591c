/**
 * `imis bureau first-clerk`: a clerk's card out of a blank staff card, by whoever holds the bureau's folder; also while the bureau runs.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const bureauFirstClerk: Command = {
  words: ['bureau', 'first-clerk'],
  summary: 'make the first clerk’s card; prints its PIN and PUK once',
  options: {
    dir: required('D', 'the bureau’s folder'),
    reader: required('NAME', 'reader slot with a blank staff card'),
    name: required('TEXT', 'the clerk’s name'),
    'pin-letter': optional('FILE', 'file to make for PIN and PUK, instead of printing them'),
  },
  async run(given) {
    const [{ issueFirstClerk }, { systemClock }] = await Promise.all([
      import('../main/app/issue-first-clerk.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const clerk = { reader: given.value('reader'), name: given.value('name'), pinLetter: given.optional('pin-letter') };
    await issueFirstClerk(given.value('dir'), clerk, systemClock);
    print({ issued: 'staff', role: 'clerk' });
  },
};
