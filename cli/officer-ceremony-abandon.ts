/**
 * `imis officer ceremony abandon`: erases what an officer keeps for a ceremony that will not be finished.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const officerCeremonyAbandon: Command = {
  words: ['officer', 'ceremony', 'abandon'],
  summary: 'erase the officer’s secrets of an unfinished key ceremony',
  options: { dir: required('C', 'the ceremony’s folder'), officer: required('D', 'the officer’s folder') },
  async run(given) {
    const { abandonCeremony } = await import('../main/app/officers/officer-ceremony-step.ts');
    print({ abandoned: await abandonCeremony(given.value('dir'), given.value('officer')) });
  },
};
