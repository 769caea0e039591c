/**
 * `imis desk change-store-pin`: another start-up PIN for a desk's sealed store; its rows stay as they are.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const deskChangeStorePin: Command = {
  words: ['desk', 'change-store-pin'],
  summary: 'change the start-up PIN of a desk’s local store',
  options: {
    config: required('FILE', 'settings of the desk, as for kiosk'),
    'store-pin-file': optional('FILE', 'file with the present start-up PIN; without it the terminal asks'),
    'new-store-pin-file': optional('FILE', 'file with the new one; without it the terminal asks twice'),
  },
  async run(given) {
    const { changeStorePin } = await import('../main/app/desk-data.ts');
    await changeStorePin(given.value('config'), given.optional('store-pin-file'), given.optional('new-store-pin-file'));
    print({ changed: given.value('config') });
  },
};
