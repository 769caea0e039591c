/**
 * What became of each line that was not plainly given, and what is owed.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import type { Term } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';

/** Nothing when everything was given as written. */
export function OutcomeList({
  prescription,
  outcomes,
  medications,
}: {
  readonly prescription: PrescriptionView;
  readonly outcomes: readonly LineOutcome[];
  readonly medications: readonly Term[];
}) {
  const { t, i18n } = useTranslation();
  const nameOf = (line: number): string =>
    termName(medications, prescription.lines[line - 1]?.code ?? '', i18n.language);
  const detail = (outcome: LineOutcome): string => {
    switch (outcome.outcome) {
      case 'given':
        return '';
      case 'substituted':
        return `${termName(medications, outcome.code, i18n.language)} (${outcome.code}): ${outcome.reason}`;
      case 'dose-changed':
        return `${outcome.dose} × ${t('line.timesPerDay', { times: outcome.timesPerDay })}: ${outcome.reason}`;
      case 'refused':
        return outcome.reason;
    }
  };
  const told = outcomes.filter(({ outcome }) => outcome !== 'given');
  if (told.length === 0 && prescription.owed.length === 0) return null;
  return (
    <ul className="outcome-list">
      {told.map((outcome) => (
        <li key={outcome.line}>
          <strong>
            {nameOf(outcome.line)} · {t(`pharmacy.choice.${outcome.outcome}`)}
          </strong>{' '}
          {detail(outcome)}
        </li>
      ))}
      {prescription.owed.map((line) => (
        <li key={line}>
          <strong>
            {nameOf(line)} · {t('pharmacy.choice.owed')}
          </strong>
        </li>
      ))}
    </ul>
  );
}
