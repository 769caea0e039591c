/**
 * `imis card renew`: issue a card in place of one that ends within 60 days. The same holder, new keys.
 * @module
 */
import { ISSUE_OPTIONS, issueAndPrint } from './card-issue.ts';
import type { Command } from './command.ts';
import { CARD_OPTIONS } from './office-arguments.ts';

export const cardRenew: Command = {
  words: ['card', 'renew'],
  summary: 'issue a card in place of one that ends within 60 days',
  options: { ...ISSUE_OPTIONS, ...CARD_OPTIONS },
  run: (given) =>
    issueAndPrint(given, {
      event: 'renew',
      serial: given.value('serial').toLowerCase(),
      reason: given.optional('reason') ?? '',
    }),
};
