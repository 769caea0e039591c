/**
 * `imis card unblock`: a new PIN by the PUK, ten times in a card's life. Needs a desk's folder, whose terminal the card accepts, and a reader; the bureau need not answer; a card that the bureau has blocked stays so.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const cardUnblock: Command = {
  words: ['card', 'unblock'],
  summary: 'set a new PIN by the PUK; the bureau need not answer',
  options: {
    desk: required('D', 'folder of a desk, whose terminal speaks to the card'),
    reader: required('NAME', 'reader slot with the card'),
    'puk-file': optional('FILE', 'file with the PUK; without it the terminal asks'),
    'new-pin-file': optional('FILE', 'file with the new PIN; without it the terminal asks twice'),
  },
  async run(given) {
    const [{ unblockCardPin }, { askNewPin, askPin, readPinFile }] = await Promise.all([
      import('../main/app/card-office.ts'),
      import('../main/app/card-secrets.ts'),
    ]);
    const [puk, fresh] = [given.optional('puk-file'), given.optional('new-pin-file')];
    await unblockCardPin(given.value('desk'), given.value('reader'), {
      puk: () => (puk === undefined ? askPin('PUK: ') : readPinFile(puk)),
      next: () =>
        fresh === undefined ? askNewPin('新 PIN / New PIN: ', '再輸入一次 / Once more: ') : readPinFile(fresh),
    });
    print({ unblocked: given.value('reader') });
  },
};
