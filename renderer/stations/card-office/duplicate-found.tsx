/**
 * Somebody else has these fingers: a person has to look into it, and says what was found before they are sent again.
 * @module
 */
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

const MOST = 200;

/** One field; what it says is kept with the decision. */
export function DuplicateFound({
  isDisabled,
  onSettle,
}: {
  readonly isDisabled: boolean;
  readonly onSettle: (found: string) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [found, setFound] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (found.trim() !== '') onSettle(found.trim());
  };
  return (
    <form className="duplicate" onSubmit={submit}>
      <p>{t('fingerprints.duplicate')}</p>
      <label htmlFor={id}>{t('fingerprints.found')}</label>
      <input
        id={id}
        className="field"
        type="text"
        autoComplete="off"
        maxLength={MOST}
        value={found}
        onChange={(change) => setFound(change.target.value)}
      />
      <button type="submit" className="button button--plain" disabled={isDisabled || found.trim() === ''}>
        <span className="button__text">{t('fingerprints.settle')}</span>
      </button>
    </form>
  );
}
