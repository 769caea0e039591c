/**
 * `imis bureau readmit-doctor`: a doctor who was revoked may join again, with a new card.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauReadmitDoctor: Command = {
  words: ['bureau', 'readmit-doctor'],
  summary: 'let a revoked doctor join again with a new card',
  options: {
    dir: required('D', 'the bureau’s folder'),
    doctor: required('ID', 'the doctor’s identifier'),
  },
  async run(given) {
    const [{ readmitDoctor }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    await readmitDoctor(given.value('dir'), given.value('doctor'), systemClock);
    print({ readmitted: given.value('doctor') });
  },
};
