/**
 * `imis dispute combine`: the bureau takes the shares in, combines them and writes the proof.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const disputeCombine: Command = {
  words: ['dispute', 'combine'],
  summary: 'combine the openers’ shares to a proof',
  options: {
    dir: required('D', 'the bureau’s folder'),
    case: required('ID', 'case number'),
    shares: optional('LIST', 'share files, with commas between; those the bureau has already count too'),
    out: required('FILE', 'the proof file to make'),
  },
  async run(given) {
    const [{ combineCase, writeNew }, { systemClock }] = await Promise.all([
      import('../main/app/dispute-files.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const files = (given.optional('shares') ?? '').split(',').filter((file) => file !== '');
    const proof = await combineCase(given.value('dir'), given.value('case'), files, systemClock);
    writeNew(given.value('out'), proof);
    print({ case: given.value('case'), file: given.value('out') });
  },
};
