/**
 * How a prescription is handed out: in how many parts, and whether it holds a controlled drug. Who may not prescribe one is told before
 * anything is signed (product.md 3).
 * @module
 */
import { Check } from 'lucide-react';
import { Checkbox } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { type DraftForm, PARTS, supplyOf } from './draft-form.ts';

/** `mayControl`: whether the doctor's card has the class. */
export function RefillFields({
  form,
  mayControl,
  onEdit,
}: {
  readonly form: DraftForm;
  readonly mayControl: boolean;
  readonly onEdit: (form: DraftForm) => void;
}) {
  const { t } = useTranslation();
  const supply = supplyOf(form);
  return (
    <div className="draft__refill">
      <label htmlFor="parts">{t('clinic.parts')}</label>
      <select
        id="parts"
        className="field"
        value={form.parts}
        aria-describedby="parts-hint"
        onChange={(event) => onEdit({ ...form, parts: Number(event.target.value) })}
      >
        {PARTS.map((parts) => (
          <option key={parts} value={parts}>
            {t('clinic.partsChoice', { count: parts })}
          </option>
        ))}
      </select>
      <p className="draft__hint" id="parts-hint">
        {form.parts === 1 || supply === undefined
          ? t('clinic.partsOnce')
          : t('clinic.partsHint', { parts: form.parts, days: supply.part, all: supply.all })}
      </p>
      <Checkbox
        className="tick"
        isSelected={form.controlled}
        isDisabled={!mayControl}
        onChange={(controlled) => onEdit({ ...form, controlled })}
      >
        <span className="tick__box" aria-hidden="true">
          <Check />
        </span>
        <span>
          {t('clinic.controlled')}
          <small>{t(mayControl ? 'clinic.controlledHint' : 'clinic.controlledNo')}</small>
        </span>
      </Checkbox>
    </div>
  );
}
