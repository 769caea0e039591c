/**
 * `imis bureau make-issuer`: the issuer's key of a group whose opening key the officers generate themselves.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauMakeIssuer: Command = {
  words: ['bureau', 'make-issuer'],
  summary: 'make the issuer’s key; the officers need its issuer.json',
  options: { out: required('D', 'the folder to make') },
  async run(given) {
    const { makeIssuer } = await import('../main/app/bureau-openers.ts');
    await makeIssuer(given.value('out'));
    print({ issuer: given.value('out') });
  },
};
