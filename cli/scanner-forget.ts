/**
 * `imis scanner forget`: a desk knows the key of a scanner no more.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const scannerForget: Command = {
  words: ['scanner', 'forget'],
  summary: 'take a scanner’s key out of a desk’s store; the scanner keeps its own',
  options: {
    config: required('FILE', 'settings of the desk, as for kiosk'),
    scanner: required('ID', 'the scanner, as scanner list names it'),
    'store-pin-file': optional('FILE', 'file with the start-up PIN; without it the terminal asks'),
  },
  async run(given) {
    const { forgetScanner } = await import('../main/app/scanner-keys.ts');
    const desk = { configFile: given.value('config'), pinFile: given.optional('store-pin-file') };
    await forgetScanner(desk, given.value('scanner'));
    print({ forgotten: given.value('scanner') });
  },
};
