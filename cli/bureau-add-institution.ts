/**
 * `imis bureau add-institution`: a hospital, pharmacy or insurer that the bureau knows.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauAddInstitution: Command = {
  words: ['bureau', 'add-institution'],
  summary: 'register an institution',
  options: {
    dir: required('D', 'the bureau’s folder'),
    code: required('CODE', 'ten digits'),
    name: required('TEXT', 'its name'),
    kind: required('KIND', 'hospital, pharmacy, insurer or bureau'),
  },
  async run(given) {
    const { addInstitution } = await import('../main/app/administer-bureau.ts');
    const institution = { code: given.value('code'), name: given.value('name'), kind: given.value('kind') };
    await addInstitution(given.value('dir'), institution);
    print(institution);
  },
};
