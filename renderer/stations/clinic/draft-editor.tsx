/**
 * The doctor's draft: diagnoses, note, medication, pharmacy. Everything by keyboard.
 * @module
 */
import { X } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { StationDescription } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';
import { AllergyEditor } from './allergy-editor.tsx';
import { type DraftForm, newLine, type Problem } from './draft-form.ts';
import { LineEditor } from './line-editor.tsx';
import { RefillFields } from './refill-fields.tsx';
import { TermPicker } from './term-picker.tsx';

/** `problems` are shown beside their fields once the doctor has asked to review. */
export interface DraftEditorProps {
  readonly form: DraftForm;
  readonly problems: readonly Problem[];
  readonly description: StationDescription;
  /** Whether the doctor's card may prescribe controlled drugs. */
  readonly mayControl: boolean;
  readonly onEdit: (form: DraftForm) => void;
}

/** Edits in place; holds nothing itself. */
export function DraftEditor({ form, problems, description, mayControl, onEdit }: DraftEditorProps) {
  const { t, i18n } = useTranslation();
  const { conditions, medications, pharmacies } = description;
  const wrong = (field: Problem['field']): boolean =>
    problems.some((problem) => problem.field === field && problem.line === undefined);
  return (
    <div className="draft">
      <fieldset className="draft__part">
        <legend>{t('clinic.diagnoses')}</legend>
        {form.diagnoses.length === 0 ? null : (
          <ul className="chips">
            {form.diagnoses.map((code, i) => (
              <li key={code} className="chip">
                {i === 0 ? <span className="chip__main">{t('clinic.mainDiagnosis')}</span> : null}
                <span className="code">{code}</span>
                <span>{termName(conditions, code, i18n.language)}</span>
                <Button
                  className="chip__remove"
                  aria-label={t('clinic.removeItem', { item: termName(conditions, code, i18n.language) })}
                  onPress={() => onEdit({ ...form, diagnoses: form.diagnoses.filter((other) => other !== code) })}
                >
                  <X aria-hidden="true" />
                </Button>
              </li>
            ))}
          </ul>
        )}
        <TermPicker
          label={t('clinic.diagnosisAdd')}
          placeholder={t('clinic.searchDiagnosis')}
          terms={conditions}
          taken={form.diagnoses}
          isDisabled={form.diagnoses.length >= 6}
          onPick={(term) => onEdit({ ...form, diagnoses: [...form.diagnoses, term.code] })}
        />
        {wrong('diagnoses') ? <p className="field-error">{t('clinic.problem.diagnoses')}</p> : null}
      </fieldset>

      <fieldset className="draft__part">
        <legend>
          <label htmlFor="note">{t('clinic.note')}</label>
        </legend>
        <textarea
          id="note"
          className="field draft__note"
          rows={2}
          maxLength={2000}
          placeholder={t('clinic.noteHint')}
          value={form.note}
          onChange={(event) => onEdit({ ...form, note: event.target.value })}
        />
        {wrong('note') ? <p className="field-error">{t('clinic.problem.note')}</p> : null}
      </fieldset>

      <fieldset className="draft__part">
        <legend>{t('clinic.lines')}</legend>
        {form.lines.length === 0 ? (
          <p className="draft__empty">{t('clinic.noLines')}</p>
        ) : (
          <LineEditor
            lines={form.lines}
            problems={problems}
            medications={medications}
            onEdit={(lines) => onEdit({ ...form, lines })}
          />
        )}
        <TermPicker
          label={t('clinic.lineAdd')}
          placeholder={t('clinic.searchDrug')}
          terms={medications}
          taken={form.lines.map((line) => line.code)}
          isDisabled={form.lines.length >= 10}
          onPick={(term) => onEdit({ ...form, lines: [...form.lines, newLine(term.code, term.en, form.lines)] })}
        />
        {form.lines.length === 0 ? null : <RefillFields form={form} mayControl={mayControl} onEdit={onEdit} />}
      </fieldset>

      <AllergyEditor
        allergies={form.allergies}
        description={description}
        onEdit={(allergies) => onEdit({ ...form, allergies })}
      />

      <fieldset className="draft__part draft__part--pharmacy">
        <legend>
          <label htmlFor="pharmacy">{t('clinic.pharmacy')}</label>
        </legend>
        <select
          id="pharmacy"
          className="field"
          value={form.pharmacy}
          aria-describedby="pharmacy-hint"
          onChange={(event) => onEdit({ ...form, pharmacy: event.target.value })}
        >
          <option value="">{t('clinic.noPharmacy')}</option>
          {pharmacies.map((pharmacy) => (
            <option key={pharmacy.code} value={pharmacy.code}>
              {`${pharmacy.name}（${pharmacy.code}）`}
            </option>
          ))}
        </select>
        <p className="draft__hint" id="pharmacy-hint">
          {t('clinic.pharmacyHint')}
        </p>
      </fieldset>
    </div>
  );
}
