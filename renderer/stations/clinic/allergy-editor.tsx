/**
 * Allergies that are recorded at this visit: a class of the safety table, a drug, or words of the doctor's own.
 * @module
 */
import { X } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { type AllergyDraft, Criticality, substanceKey } from '../../../contract/safety.ts';
import type { StationDescription, Term } from '../../../contract/station.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { wordedAllergen } from './draft-form.ts';
import { substanceName } from './substance-name.ts';
import { TermPicker } from './term-picker.tsx';

const MOST = 10;

/** Hands every change up; holds nothing but words that are being typed. */
export function AllergyEditor({
  allergies,
  description,
  onEdit,
}: {
  readonly allergies: readonly AllergyDraft[];
  readonly description: StationDescription;
  readonly onEdit: (allergies: readonly AllergyDraft[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const [words, setWords] = useState('');
  const { allergens, medications } = description;
  const worded = wordedAllergen(words);
  const full = allergies.length >= MOST;
  const keyOf = ({ substance }: AllergyDraft): string => substanceKey(substance);
  const add = (allergy: AllergyDraft): void => {
    if (!allergies.some((other) => keyOf(other) === keyOf(allergy))) onEdit([...allergies, allergy]);
  };
  const pick = (term: Term): void => {
    const kind = allergens.includes(term) ? 'class' : 'atc';
    add({ substance: { kind, code: term.code }, criticality: 'unable-to-assess' });
  };
  return (
    <fieldset className="draft__part">
      <legend>{t('clinic.allergy.record')}</legend>
      {allergies.length === 0 ? null : (
        <ul className="allergy-edit">
          {allergies.map((allergy) => {
            const name = substanceName(allergy.substance, description, i18n.language);
            const others = allergies.filter((other) => other !== allergy);
            return (
              <li key={keyOf(allergy)}>
                <span className="allergy__name">{name}</span>
                <select
                  className="field"
                  aria-label={t('clinic.allergy.risk', { item: name })}
                  value={allergy.criticality}
                  onChange={(event) => {
                    const criticality = Criticality.parse(event.target.value);
                    onEdit(allergies.map((other) => (other === allergy ? { ...allergy, criticality } : other)));
                  }}
                >
                  {Criticality.options.map((criticality) => (
                    <option key={criticality} value={criticality}>
                      {t(`clinic.allergy.criticality.${criticality}`)}
                    </option>
                  ))}
                </select>
                <Button
                  className="icon-button"
                  aria-label={t('clinic.removeItem', { item: name })}
                  onPress={() => onEdit(others)}
                >
                  <X aria-hidden="true" />
                </Button>
              </li>
            );
          })}
        </ul>
      )}
      <div className="allergy-add">
        <TermPicker
          label={t('clinic.allergy.record')}
          placeholder={t('clinic.allergy.search')}
          terms={[...allergens, ...medications]}
          taken={allergies.map(({ substance }) => substance.code)}
          isDisabled={full}
          onPick={pick}
        />
        <input
          className="field"
          aria-label={t('clinic.allergy.words')}
          placeholder={t('clinic.allergy.wordsHint')}
          aria-invalid={words.trim() !== '' && worded === undefined}
          disabled={full}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <PressButton
          look="quiet"
          isDisabled={full || worded === undefined}
          onPress={() => {
            if (worded === undefined) return;
            add(worded);
            setWords('');
          }}
        >
          {t('clinic.allergy.add')}
        </PressButton>
      </div>
    </fieldset>
  );
}
