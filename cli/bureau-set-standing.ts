/**
 * `imis bureau set-standing`: until when a pseudonym's insurance is paid.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauSetStanding: Command = {
  words: ['bureau', 'set-standing'],
  summary: 'set until when somebody’s insurance is paid',
  options: {
    dir: required('D', 'the bureau’s folder'),
    pid: required('HEX', 'pseudonym, 32 hexadecimal digits'),
    until: required('DAY', 'last day that is paid, YYYY-MM-DD'),
  },
  async run(given) {
    const { setStanding } = await import('../main/app/administer-bureau.ts');
    await setStanding(given.value('dir'), given.value('pid'), given.value('until'));
    print({ pid: given.value('pid'), paidUntil: given.value('until') });
  },
};
