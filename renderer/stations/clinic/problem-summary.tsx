/**
 * What is missing before the draft can be signed: a summary that takes the focus, with the same words as beside the fields.
 * @module
 */
import { ListChecks } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { StationDescription } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';
import type { DraftForm, Problem } from './draft-form.ts';

/** `attempt` changes whenever the doctor asks to review again. */
export function ProblemSummary({
  problems,
  form,
  description,
  attempt,
}: {
  readonly problems: readonly Problem[];
  readonly form: DraftForm;
  readonly description: StationDescription;
  readonly attempt: number;
}) {
  const { t, i18n } = useTranslation();
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (attempt > 0) panel.current?.focus();
  }, [attempt]);
  return (
    <div className="error error--form" role="alert" tabIndex={-1} ref={panel}>
      <ListChecks className="error__icon" aria-hidden="true" />
      <div className="error__body">
        <p className="error__what">{t('clinic.problems')}</p>
        <ul className="error__list">
          {problems.map(({ field, line }) => {
            const code = line === undefined ? '' : (form.lines[line]?.code ?? '');
            return (
              <li key={`${field}-${line ?? ''}`}>
                {t(`clinic.problem.${field}`, { drug: termName(description.medications, code, i18n.language) })}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
