/**
 * `imis bureau begin-epoch`: ends the epoch of the group signature and begins another at once, for an emergency.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauBeginEpoch: Command = {
  words: ['bureau', 'begin-epoch'],
  summary: 'end the present epoch and begin another now',
  options: { dir: required('D', 'the bureau’s folder') },
  async run(given) {
    const [{ beginEpoch }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    print(await beginEpoch(given.value('dir'), systemClock));
  },
};
