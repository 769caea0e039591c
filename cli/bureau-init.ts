/**
 * `imis bureau init`: the key ceremony of a bureau, for demonstration and for a bureau on a single machine.
 * @module
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type Command, optional, print, readDays, required, UsageError } from './command.ts';

const DEMONSTRATION_ONLY =
  '僅供示範：開啟者通行詞與分持放在同一資料夾 (openers/)。\n' +
  'DEMONSTRATION ONLY: in openers/ each share lies beside its passphrase; whoever reads them can open signatures.\n';

const notErased = (path: string): string =>
  `請自行銷毀 ${path}：簽發者祕密的第二份未能抹除。\n` +
  `Destroy ${path} yourself: the second copy of the issuer’s secret could not be erased.\n`;

/** Erases the issuer's copy of the secret, and says which; a medium that takes no writing does not undo the bureau. */
async function erase(issuer: string, eraseSecret: (dir: string) => Promise<string>) {
  try {
    return { erased: await eraseSecret(issuer) };
  } catch (cause) {
    const path = join(issuer, 'issuer.secret');
    process.stderr.write(`${notErased(path)}${cause instanceof Error ? cause.message : String(cause)}\n`);
    return { notErased: path };
  }
}

export const bureauInit: Command = {
  words: ['bureau', 'init'],
  summary: 'make the folder of a bureau with all its keys',
  options: {
    dir: required('D', 'the folder to make'),
    name: optional('TEXT', 'name of the bureau'),
    names: optional('LIST', 'names or addresses of this machine that desks will use, with commas between'),
    'opener-passphrase-file': optional('FILE', 'file with the passphrase that seals the openers’ shares'),
    issuer: optional('D', 'folder of `make-issuer`: the officers generated the opening key themselves'),
    'opener-set': optional('FILE', 'opener-set.json of their ceremony'),
    'epoch-days': optional('N', 'length of an epoch of the group signature (1)'),
  },
  async run(given) {
    const days = given.optional('epoch-days');
    const name = given.optional('name');
    const hosts = (given.optional('names') ?? '').split(',').filter((host) => host !== '');
    const epochDays = days === undefined ? undefined : readDays(days);
    const [issuer, openerSet] = [given.optional('issuer'), given.optional('opener-set')];
    const passphraseFile = given.optional('opener-passphrase-file');
    if ((issuer === undefined) !== (openerSet === undefined)) {
      throw new UsageError('--issuer and --opener-set belong together');
    }
    if (issuer !== undefined && passphraseFile !== undefined) {
      throw new UsageError('with --issuer the shares are with their officers: no --opener-passphrase-file');
    }
    const [{ createBureauFolder }, { systemClock }, openers, { readPassphrase }] = await Promise.all([
      import('../main/app/bureau-folder.ts'),
      import('../main/app/system-clock.ts'),
      import('../main/app/bureau-openers.ts'),
      import('../main/app/officers/sealed-secret.ts'),
    ]);
    const dir = given.value('dir');
    await createBureauFolder(dir, {
      clock: systemClock,
      hosts: { ip: hosts.filter((host) => isIP(host) !== 0), dns: hosts.filter((host) => isIP(host) === 0) },
      ...(name === undefined ? {} : { name }),
      ...(epochDays === undefined ? {} : { epochDays }),
      ...(passphraseFile === undefined ? {} : { openerPassphrase: readPassphrase(passphraseFile) }),
      ...(issuer === undefined || openerSet === undefined
        ? {}
        : { group: await openers.readGeneratedGroup(issuer, openerSet) }),
    });
    // The folder stands and holds the secret: from here on another copy is of no use to anybody who should have it.
    const erased = issuer === undefined ? {} : await erase(issuer, openers.eraseIssuerSecret);
    if (openerSet !== undefined) await openers.adoptOpenerSet(dir, openerSet);
    else if (passphraseFile === undefined) process.stderr.write(DEMONSTRATION_ONLY);
    print({ bureau: dir, ...erased });
  },
};
