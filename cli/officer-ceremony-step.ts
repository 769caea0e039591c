/**
 * `imis officer ceremony step`: the officer's next step, whichever is due; again and again until it prints `done`.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const officerCeremonyStep: Command = {
  words: ['officer', 'ceremony', 'step'],
  summary: 'take the step that is due in a key ceremony; prints {"ceremony","step"}',
  options: {
    dir: required('C', 'the ceremony’s folder'),
    officer: required('D', 'the officer’s folder'),
    'passphrase-file': required('FILE', 'file with the officer’s passphrase'),
  },
  async run(given) {
    const [{ takeStep }, { readPassphrase }] = await Promise.all([
      import('../main/app/officers/officer-ceremony-step.ts'),
      import('../main/app/officers/sealed-secret.ts'),
    ]);
    const passphrase = readPassphrase(given.value('passphrase-file'));
    print(await takeStep(given.value('dir'), given.value('officer'), passphrase));
  },
};
