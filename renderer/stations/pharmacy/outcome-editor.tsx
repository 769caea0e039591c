/**
 * Line by line: given, substituted, changed, refused, or owed, each with what it needs.
 * @module
 */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import type { Term } from '../../../contract/station.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { termName } from '../../ui/term-search.ts';
import { CHOICES, checkOutcomes, type OutcomeForm, type OutcomeProblem, openForms } from './outcome-form.ts';

/** `onDone` gets what was chosen; `onBack` leaves everything as it was. */
export function OutcomeEditor({
  prescription,
  medications,
  busy,
  onDone,
  onBack,
}: {
  readonly prescription: PrescriptionView;
  readonly medications: readonly Term[];
  readonly busy: boolean;
  readonly onDone: (lines: readonly LineOutcome[]) => void;
  readonly onBack: () => void;
}) {
  const { t, i18n } = useTranslation();
  const [forms, setForms] = useState(() => openForms(prescription));
  const [problems, setProblems] = useState<readonly OutcomeProblem[]>([]);
  const change = (line: number, change: Partial<OutcomeForm>): void => {
    setForms(forms.map((form) => (form.line === line ? { ...form, ...change } : form)));
    setProblems(problems.filter((problem) => problem.line !== line || !(problem.field in change)));
  };
  const done = (): void => {
    const checked = checkOutcomes(forms);
    setProblems(checked.ok ? [] : checked.problems);
    if (checked.ok) onDone(checked.lines);
  };
  const text = (form: OutcomeForm, field: 'code' | 'dose' | 'timesPerDay' | 'reason', name: string) => (
    <label className={`outcome__${field}`}>
      {t(`pharmacy.outcome.${field}`)}
      <input
        className="field"
        autoComplete="off"
        aria-label={`${name}, ${t(`pharmacy.outcome.${field}`)}`}
        aria-invalid={problems.some((one) => one.line === form.line && one.field === field)}
        value={form[field]}
        maxLength={field === 'reason' ? 200 : 10}
        onChange={(event) => change(form.line, { [field]: event.target.value })}
      />
    </label>
  );
  return (
    <form
      className="outcomes"
      onSubmit={(event) => {
        event.preventDefault();
        done();
      }}
    >
      {forms.map((form) => {
        const name = termName(medications, prescription.lines[form.line - 1]?.code ?? '', i18n.language);
        const { choice } = form;
        return (
          <fieldset key={form.line} className="outcome">
            <legend>{name}</legend>
            <select
              className="field"
              aria-label={`${name}, ${t('pharmacy.outcome.choice')}`}
              value={choice}
              onChange={(event) => {
                const chosen = CHOICES.find((one) => one === event.target.value);
                if (chosen !== undefined) change(form.line, { choice: chosen });
              }}
            >
              {CHOICES.map((one) => (
                <option key={one} value={one}>
                  {t(`pharmacy.choice.${one}`)}
                </option>
              ))}
            </select>
            {choice === 'substituted' ? text(form, 'code', name) : null}
            {choice === 'dose-changed' ? text(form, 'dose', name) : null}
            {choice === 'dose-changed' ? text(form, 'timesPerDay', name) : null}
            {choice === 'given' || choice === 'owed' ? null : text(form, 'reason', name)}
          </fieldset>
        );
      })}
      {problems.length === 0 ? null : (
        <p className="field-error" role="alert">
          {t(problems.some(({ field }) => field === 'lines') ? 'pharmacy.nothingGiven' : 'pharmacy.outcomeMissing')}
        </p>
      )}
      <div className="rx__foot">
        <PressButton look="quiet" onPress={onBack}>
          {t('pharmacy.asWritten')}
        </PressButton>
        <PressButton look="primary" isDisabled={busy} onPress={done}>
          {t('pharmacy.handOutSo')}
        </PressButton>
      </div>
    </form>
  );
}
