/**
 * Medication lines as a dense table of fields.
 * @module
 */
import { Trash2 } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { MedicationLine } from '../../../contract/medication-line.ts';
import type { Term } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';
import type { LineForm, Problem } from './draft-form.ts';

/** Hands every change up; holds nothing itself. */
export function LineEditor({
  lines,
  problems,
  medications,
  onEdit,
}: {
  readonly lines: readonly LineForm[];
  readonly problems: readonly Problem[];
  readonly medications: readonly Term[];
  readonly onEdit: (lines: readonly LineForm[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const change = (key: number, change: Partial<LineForm>): void => {
    onEdit(lines.map((line) => (line.key === key ? { ...line, ...change } : line)));
  };
  const numberField = (
    line: LineForm,
    i: number,
    field: 'dose' | 'timesPerDay' | 'days',
    label: string,
    name: string,
  ) => {
    const invalid = problems.some((problem) => problem.field === field && problem.line === i);
    return (
      <input
        className="field field--number"
        inputMode="decimal"
        autoComplete="off"
        aria-label={`${name}, ${label}`}
        aria-invalid={invalid}
        value={line[field]}
        onChange={(event) => change(line.key, { [field]: event.target.value })}
      />
    );
  };
  return (
    <table className="lines lines--edit">
      <thead>
        <tr>
          <th scope="col">{t('clinic.drug')}</th>
          <th scope="col">{t('clinic.dose')}</th>
          <th scope="col">{t('clinic.unit')}</th>
          <th scope="col">{t('clinic.times')}</th>
          <th scope="col">{t('clinic.days')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {lines.map((line, i) => {
          const name = termName(medications, line.code, i18n.language);
          const own = problems.filter((problem) => problem.line === i);
          return (
            <tr key={line.key}>
              <th scope="row">
                {name}
                <small className="code">{line.code}</small>
                {own.map(({ field }) =>
                  field === 'dose' || field === 'timesPerDay' || field === 'days' ? (
                    <span key={field} className="field-error">
                      {t(`clinic.problem.${field}`, { drug: name })}
                    </span>
                  ) : null,
                )}
              </th>
              <td>{numberField(line, i, 'dose', t('clinic.dose'), name)}</td>
              <td>
                <select
                  className="field"
                  aria-label={`${name}, ${t('clinic.unit')}`}
                  value={line.unit}
                  onChange={(event) => change(line.key, { unit: MedicationLine.shape.unit.parse(event.target.value) })}
                >
                  {MedicationLine.shape.unit.options.map((unit) => (
                    <option key={unit} value={unit}>
                      {t(`unitName.${unit}`)}
                    </option>
                  ))}
                </select>
              </td>
              <td>{numberField(line, i, 'timesPerDay', t('clinic.times'), name)}</td>
              <td>{numberField(line, i, 'days', t('clinic.days'), name)}</td>
              <td>
                <Button
                  className="icon-button"
                  aria-label={t('clinic.removeItem', { item: name })}
                  onPress={() => onEdit(lines.filter((other) => other.key !== line.key))}
                >
                  <Trash2 aria-hidden="true" />
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
