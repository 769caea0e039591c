/**
 * `imis officer keygen`: an opening officer's folder, on the officer's own machine.
 * @module
 */
import { type Command, optional, print, required, UsageError } from './command.ts';

export const officerKeygen: Command = {
  words: ['officer', 'keygen'],
  summary: 'make an opening officer’s keys; prints the fingerprint to read aloud',
  options: {
    out: required('D', 'the officer’s folder to make'),
    name: required('TEXT', 'the officer’s name'),
    'passphrase-file': required('FILE', 'file with the officer’s passphrase, at least 12 bytes'),
    share: optional('FILE', 'opener-N.json that `imis bureau init` made: taken over under the new passphrase'),
    'share-passphrase-file': optional('FILE', 'file with the passphrase of that share'),
  },
  async run(given) {
    const [share, sharePassphrase] = [given.optional('share'), given.optional('share-passphrase-file')];
    if ((share === undefined) !== (sharePassphrase === undefined)) {
      throw new UsageError('--share and --share-passphrase-file belong together');
    }
    const [{ createOfficerFolder }, { loadOpenerShare }, { readPassphrase }] = await Promise.all([
      import('../main/app/officers/officer-folder.ts'),
      import('../main/app/officers/opener-file.ts'),
      import('../main/app/officers/sealed-secret.ts'),
    ]);
    const [name, out] = [given.value('name'), given.value('out')];
    const passphrase = readPassphrase(given.value('passphrase-file'));
    const taken =
      share === undefined || sharePassphrase === undefined
        ? {}
        : { share: await loadOpenerShare(share, readPassphrase(sharePassphrase)) };
    print({ officer: out, name, fingerprint: await createOfficerFolder(out, { name, passphrase, ...taken }) });
  },
};
