/**
 * `imis bureau init`: the key ceremony of a bureau, for demonstration and for a bureau on a single machine.
 * @module
 */
import { isIP } from 'node:net';
import { type Command, optional, print, readDays, required } from './command.ts';

export const bureauInit: Command = {
  words: ['bureau', 'init'],
  summary: 'make the folder of a bureau with all its keys',
  options: {
    dir: required('D', 'the folder to make'),
    name: optional('TEXT', 'name of the bureau'),
    names: optional('LIST', 'names or addresses of this machine that desks will use, with commas between'),
    'epoch-days': optional('N', 'length of an epoch of the group signature (30)'),
  },
  async run(given) {
    const days = given.optional('epoch-days');
    const name = given.optional('name');
    const hosts = (given.optional('names') ?? '').split(',').filter((host) => host !== '');
    const epochDays = days === undefined ? undefined : readDays(days);
    const [{ createBureauFolder }, { systemClock }] = await Promise.all([
      import('../main/app/bureau-folder.ts'),
      import('../main/app/system-clock.ts'),
    ]);
    const dir = given.value('dir');
    await createBureauFolder(dir, {
      clock: systemClock,
      hosts: { ip: hosts.filter((host) => isIP(host) !== 0), dns: hosts.filter((host) => isIP(host) === 0) },
      ...(name === undefined ? {} : { name }),
      ...(epochDays === undefined ? {} : { epochDays }),
    });
    print({ bureau: dir });
  },
};
