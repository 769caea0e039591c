/**
 * `imis officer ceremony show`: what the officers compare before they take part.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const officerCeremonyShow: Command = {
  words: ['officer', 'ceremony', 'show'],
  summary: 'print a ceremony’s hash, and its participants with their fingerprints',
  options: { dir: required('C', 'the ceremony’s folder') },
  async run(given) {
    const [{ loadCeremony }, { describeCeremony }] = await Promise.all([
      import('../main/app/officers/officer-ceremony-files.ts'),
      import('../main/app/officers/officer-ceremony-start.ts'),
    ]);
    const { file, ceremony } = await loadCeremony(given.value('dir'));
    print(describeCeremony(file, ceremony.plan));
  },
};
