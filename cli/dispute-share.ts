/**
 * `imis dispute share`: an opening officer, on a machine of their own, checks the order and makes a share.
 * @module
 */
import { type Command, print, required } from './command.ts';

export const disputeShare: Command = {
  words: ['dispute', 'share'],
  summary: 'check a case and make one opener’s share',
  options: {
    case: required('FILE', 'the case file'),
    opener: required('FILE', 'the officer’s sealed share of the opening key (opener.json)'),
    'passphrase-file': required('FILE', 'file with the officer’s passphrase'),
    'bureau-ca': required('FILE', 'certificate of the bureau’s authority, PEM or DER'),
    out: required('FILE', 'the share file to make'),
  },
  async run(given) {
    const [{ makeShare, writeNew }, { readPassphrase }] = await Promise.all([
      import('../main/app/dispute-files.ts'),
      import('../main/app/officers/sealed-secret.ts'),
    ]);
    const passphrase = readPassphrase(given.value('passphrase-file'));
    const made = await makeShare({
      caseFile: given.value('case'),
      openerFile: given.value('opener'),
      passphrase,
      bureauCa: given.value('bureau-ca'),
    });
    writeNew(given.value('out'), made.share);
    print({ case: made.share.caseId, reason: made.reason, opener: made.index, file: given.value('out') });
  },
};
