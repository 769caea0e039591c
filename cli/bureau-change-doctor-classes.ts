/**
 * `imis bureau change-doctor-classes`: a doctor holds other classes from the next epoch on, with the same card.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauChangeDoctorClasses: Command = {
  words: ['bureau', 'change-doctor-classes'],
  summary: 'give a doctor other classes from the next epoch on; the card stays',
  options: {
    dir: required('D', 'the bureau’s folder'),
    doctor: required('ID', 'the doctor’s identifier'),
    classes: required('LIST', 'numbers with commas between, the primary one first'),
  },
  async run(given) {
    const [{ changeDoctorClasses }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const [doctor, classes] = [given.value('doctor'), given.value('classes')];
    await changeDoctorClasses(given.value('dir'), doctor, classes, systemClock);
    print({ doctor, classes });
  },
};
