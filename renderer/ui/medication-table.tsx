/**
 * Lines of a prescription as people read them: drug, dose, times, days, total.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { MedicationLine } from '../../contract/medication-line.ts';
import type { Term } from '../../contract/station.ts';
import { termName } from './term-search.ts';

/** `terms` gives the codes their names; a code without one stands for itself. */
export function MedicationTable({
  lines,
  terms,
}: {
  readonly lines: readonly MedicationLine[];
  readonly terms: readonly Term[];
}) {
  const { t, i18n } = useTranslation();
  return (
    <table className="lines">
      <thead>
        <tr>
          <th scope="col">{t('clinic.drug')}</th>
          <th scope="col">{t('clinic.dose')}</th>
          <th scope="col">{t('clinic.times')}</th>
          <th scope="col">{t('clinic.days')}</th>
          <th scope="col">{t('clinic.total')}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, i) => (
          // Two lines may be equal; their place tells them apart.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={i}>
            <th scope="row">
              {termName(terms, line.code, i18n.language)}
              <small className="code">{line.code}</small>
            </th>
            <td>{t(`unit.${line.unit}`, { count: line.dose })}</td>
            <td>{t('line.timesPerDay', { times: line.timesPerDay })}</td>
            <td>{t('line.days', { count: line.days })}</td>
            <td className="lines__total">
              {t(`unit.${line.unit}`, { count: line.dose * line.timesPerDay * line.days })}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
