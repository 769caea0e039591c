/**
 * `imis bureau enrol-terminal`: a desk folder with keys of its own; also while the bureau runs.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const bureauEnrolTerminal: Command = {
  words: ['bureau', 'enrol-terminal'],
  summary: 'make the folder of a desk and register its terminal',
  options: {
    dir: required('D', 'the bureau’s folder'),
    institution: required('CODE', 'ten digits'),
    role: required('ROLE', 'registration, clinic, pharmacy, emergency, bureau or insurer'),
    name: required('TEXT', 'name of the terminal'),
    out: required('D', 'the desk’s folder to make'),
    'share-key-of': optional('D', 'desk folder that holds the institution’s decryption key'),
  },
  async run(given) {
    const [{ enrolTerminal }, { systemClock }] = await Promise.all([
      import('../main/app/enrol-terminal.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const shareKeyOf = given.optional('share-key-of');
    const request = {
      institution: given.value('institution'),
      role: given.value('role'),
      name: given.value('name'),
      out: given.value('out'),
      ...(shareKeyOf === undefined ? {} : { shareKeyOf }),
    };
    print(await enrolTerminal(given.value('dir'), request, systemClock));
  },
};
