/**
 * `imis scanner list`: the scanners that a desk's drivers find, and whose keys it has.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const scannerList: Command = {
  words: ['scanner', 'list'],
  summary: 'list the fingerprint scanners of a desk and whether it has their keys; prints {"scanners"}',
  options: {
    config: required('FILE', 'settings of the desk, as for kiosk'),
    'store-pin-file': optional('FILE', 'file with the start-up PIN; without it the terminal asks'),
  },
  async run(given) {
    const [{ listScanners }, { machineScanners }] = await Promise.all([
      import('../main/app/scanner-keys.ts'),
      import('../main/app/finger-scanners.ts'),
    ]);
    const desk = { configFile: given.value('config'), pinFile: given.optional('store-pin-file') };
    print({ scanners: await listScanners(desk, machineScanners()) });
  },
};
