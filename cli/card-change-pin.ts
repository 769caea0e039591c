/**
 * `imis card change-pin`: the holder's PIN, old and new. Needs a desk's folder, whose terminal the card accepts, and a reader; the bureau need not answer.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const cardChangePin: Command = {
  words: ['card', 'change-pin'],
  summary: 'change the PIN of a card; the bureau need not answer',
  options: {
    desk: required('D', 'folder of a desk, whose terminal speaks to the card'),
    reader: required('NAME', 'reader slot with the card'),
    'pin-file': optional('FILE', 'file with the present PIN; without it the terminal asks'),
    'new-pin-file': optional('FILE', 'file with the new PIN; without it the terminal asks twice'),
  },
  async run(given) {
    const [{ changeCardPin }, { askNewPin, askPin, readPinFile }] = await Promise.all([
      import('../main/app/card-office.ts'),
      import('../main/app/card-secrets.ts'),
    ]);
    const [old, fresh] = [given.optional('pin-file'), given.optional('new-pin-file')];
    await changeCardPin(given.value('desk'), given.value('reader'), {
      pin: () => (old === undefined ? askPin('目前 PIN / Present PIN: ') : readPinFile(old)),
      next: () =>
        fresh === undefined ? askNewPin('新 PIN / New PIN: ', '再輸入一次 / Once more: ') : readPinFile(fresh),
    });
    print({ changed: given.value('reader') });
  },
};
