/**
 * `imis card list`: cards in the bureau's register, by holder, kind and state.
 * @module
 */
import { CardStatus } from '../contract/card-life.ts';
import { CardKind } from '../contract/card-service.ts';
import { type Command, type Given, optional, print, UsageError } from './command.ts';
import { OFFICE_OPTIONS, officeOf } from './office-arguments.ts';

function filterOf(given: Given) {
  const kind = CardKind.optional().safeParse(given.optional('kind'));
  const status = CardStatus.optional().safeParse(given.optional('status'));
  if (!kind.success) throw new UsageError(`--kind is ${CardKind.options.join(', ')}`);
  if (!status.success) throw new UsageError(`--status is ${CardStatus.options.join(', ')}`);
  const [holder, nationalId] = [given.optional('holder'), given.optional('national-id')];
  return { holder, nationalId, kind: kind.data, status: status.data };
}

export const cardList: Command = {
  words: ['card', 'list'],
  summary: 'cards in the bureau’s register, newest first',
  options: {
    ...OFFICE_OPTIONS,
    holder: optional('ID', 'pseudonym, or a doctor’s or a member of staff’s identifier'),
    'national-id': optional('ID', 'a patient’s national number'),
    kind: optional('KIND', 'patient, doctor or staff'),
    status: optional('STATE', 'active, suspended, lost, stolen, replaced, expired, holder-deceased or returned'),
  },
  async run(given) {
    const filter = filterOf(given);
    const { atCardOffice } = await import('../main/app/card-office.ts');
    print({ cards: await atCardOffice(await officeOf(given), (office, signal) => office.list(filter, signal)) });
  },
};
