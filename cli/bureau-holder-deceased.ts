/**
 * `imis bureau holder-deceased`: every card of a patient stops and the standing ends; open prescriptions stay in the books.
 * @module
 */
import { type Command, optional, print, required, UsageError } from './command.ts';

export const bureauHolderDeceased: Command = {
  words: ['bureau', 'holder-deceased'],
  summary: 'a patient has died: all cards stop, the standing ends',
  options: {
    dir: required('D', 'the bureau’s folder'),
    pid: optional('P', 'the pseudonym, 32 hex digits'),
    'national-id': optional('ID', 'or the national number'),
    reason: optional('TEXT', 'for the log of the cards'),
  },
  async run(given) {
    const [pid, nationalId] = [given.optional('pid'), given.optional('national-id')];
    if ((pid === undefined) === (nationalId === undefined)) throw new UsageError('--pid or --national-id');
    const [{ reportDeceased }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const who = pid === undefined ? { nationalId: nationalId ?? '' } : { pid };
    print(await reportDeceased(given.value('dir'), who, given.optional('reason') ?? '', systemClock));
  },
};
