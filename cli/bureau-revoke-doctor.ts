/**
 * `imis bureau revoke-doctor`: a doctor gets no credential from the next epoch on; with `--at-once yes` the present epoch ends now.
 * @module
 */
import { type Command, optional, print, readYes, required } from './command.ts';

export const bureauRevokeDoctor: Command = {
  words: ['bureau', 'revoke-doctor'],
  summary: 'a doctor signs no more from the next epoch on',
  options: {
    dir: required('D', 'the bureau’s folder'),
    doctor: required('ID', 'the doctor’s identifier, as in the certificate the doctor joined with'),
    'at-once': optional('yes', 'end the present epoch now; until desks are on line again they do not know'),
  },
  async run(given) {
    const atOnce = readYes('at-once', given.optional('at-once'));
    const [{ revokeDoctor }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const doctor = given.value('doctor');
    print({ revoked: doctor, ...(await revokeDoctor(given.value('dir'), doctor, atOnce, systemClock)) });
  },
};
