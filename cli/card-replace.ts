/**
 * `imis card replace`: issue a card in place of another, which stops. The same holder, new keys.
 * @module
 */
import { ISSUE_OPTIONS, issueAndPrint } from './card-issue.ts';
import type { Command } from './command.ts';
import { CARD_OPTIONS } from './office-arguments.ts';

export const cardReplace: Command = {
  words: ['card', 'replace'],
  summary: 'issue a card in place of another, which stops',
  options: { ...ISSUE_OPTIONS, ...CARD_OPTIONS },
  run: (given) =>
    issueAndPrint(given, {
      event: 'replace',
      serial: given.value('serial').toLowerCase(),
      reason: given.optional('reason') ?? '',
    }),
};
