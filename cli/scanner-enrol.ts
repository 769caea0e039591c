/**
 * `imis scanner enrol`: a scanner gets a key, and the desk keeps it (docs/scanners.md).
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const scannerEnrol: Command = {
  words: ['scanner', 'enrol'],
  summary: 'give a scanner a key of its own, which proves its pictures to this desk',
  options: {
    config: required('FILE', 'settings of the desk, as for kiosk'),
    scanner: required('ID', 'the scanner, as scanner list names it'),
    'store-pin-file': optional('FILE', 'file with the start-up PIN; without it the terminal asks'),
  },
  async run(given) {
    const [{ enrolScanner }, { machineScanners }] = await Promise.all([
      import('../main/app/scanner-keys.ts'),
      import('../main/app/finger-scanners.ts'),
    ]);
    const desk = { configFile: given.value('config'), pinFile: given.optional('store-pin-file') };
    await enrolScanner(desk, given.value('scanner'), machineScanners());
    print({ enrolled: given.value('scanner') });
  },
};
