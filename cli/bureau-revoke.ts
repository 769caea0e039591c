/**
 * `imis bureau revoke`: a certificate of the bureau's authority is good no longer, at once.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const bureauRevoke: Command = {
  words: ['bureau', 'revoke'],
  summary: 'revoke a certificate',
  options: {
    dir: required('D', 'the bureau’s folder'),
    serial: required('HEX', 'serial number, 32 hexadecimal digits'),
  },
  async run(given) {
    const [{ revoke }, { systemClock }] = await Promise.all([
      import('../main/app/administer-bureau.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    await revoke(given.value('dir'), given.value('serial'), systemClock);
    print({ revoked: given.value('serial') });
  },
};
