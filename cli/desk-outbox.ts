/**
 * `imis desk outbox`: what a desk has not delivered, from its sealed store.
 * @module
 */
import { type Command, optional, print, required } from './command.ts';

export const deskOutbox: Command = {
  words: ['desk', 'outbox'],
  summary: 'list what waits at a desk or was refused for good; prints {"items"}',
  options: {
    config: required('FILE', 'settings of the desk, as for kiosk'),
    'store-pin-file': optional('FILE', 'file with the start-up PIN; without it the terminal asks'),
  },
  async run(given) {
    const { listOutbox } = await import('../main/app/desk-data.ts');
    print({ items: await listOutbox(given.value('config'), given.optional('store-pin-file')) });
  },
};
