/**
 * `imis dispute show`: the case file of an order that was given, once more.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const disputeShow: Command = {
  words: ['dispute', 'show'],
  summary: 'write the case file of an order again',
  options: {
    dir: required('D', 'the bureau’s folder'),
    case: required('ID', 'case number'),
    out: required('FILE', 'the case file to make'),
  },
  async run(given) {
    const [{ showCase, writeNew }, { systemClock }] = await Promise.all([
      import('../main/app/dispute-files.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    writeNew(given.value('out'), await showCase(given.value('dir'), given.value('case'), systemClock));
    print({ case: given.value('case'), file: given.value('out') });
  },
};
