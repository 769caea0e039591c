/**
 * The start of the card office: one field for a national number or a serial number, the card in the reader, the cards that are suspended.
 * @module
 */
import { CirclePause, CreditCard, Fingerprint, ScanLine, Search } from 'lucide-react';
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CardInReader, CardQuery } from '../../../contract/card-office-desk.ts';
import { shortId } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { queryOf } from './query-of.ts';

/** `trouble` is why the last search came to nothing; it takes the focus then, else the field has it. */
export function FindForm({
  inReaders,
  trouble,
  onFind,
  onFingerprints,
}: {
  readonly inReaders: readonly CardInReader[];
  readonly trouble: ReactNode;
  readonly onFind: (query: CardQuery) => void;
  readonly onFingerprints: () => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [unclear, setUnclear] = useState(false);
  const calm = trouble === null;
  useLayoutEffect(() => {
    if (calm) field.current?.focus();
  }, [calm]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget).get('who');
    const query = queryOf(typeof entered === 'string' ? entered : '');
    setUnclear(query === undefined);
    if (query === undefined) field.current?.focus();
    else onFind(query);
  };
  return (
    <section className="office-find">
      {trouble}
      <h1 className="office-find__title">
        <ScanLine aria-hidden="true" />
        {t('cardOffice.findTitle')}
      </h1>
      <form className="office-find__form" onSubmit={submit}>
        <label htmlFor={id}>{t('cardOffice.field')}</label>
        <input
          ref={field}
          id={id}
          name="who"
          className="field"
          type="text"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={60}
          aria-invalid={unclear}
          aria-describedby={`${id}-hint`}
        />
        <button type="submit" className="button button--primary">
          <Search aria-hidden="true" />
          <span className="button__text">{t('cardOffice.find')}</span>
          <kbd className="button__key">Enter</kbd>
        </button>
        <p
          id={`${id}-hint`}
          className={unclear ? 'field-error' : 'office-find__hint'}
          role={unclear ? 'alert' : undefined}
        >
          {t(unclear ? 'cardOffice.unclear' : 'cardOffice.fieldHint')}
        </p>
      </form>
      <div className="office-find__others">
        <PressButton keyName="F2" icon={<CreditCard aria-hidden="true" />} onPress={() => onFind({ by: 'reader' })}>
          {t('cardOffice.fromReader')}
        </PressButton>
        <PressButton
          keyName="F4"
          icon={<CirclePause aria-hidden="true" />}
          onPress={() => onFind({ by: 'status', status: 'suspended' })}
        >
          {t('cardOffice.suspended')}
        </PressButton>
        <PressButton keyName="F9" icon={<Fingerprint aria-hidden="true" />} onPress={onFingerprints}>
          {t('fingerprints.open')}
        </PressButton>
      </div>
      <p className="office-find__hint">
        {inReaders.length === 0
          ? t('cardOffice.noneInReader')
          : inReaders.map(({ kind, serial }) => (
              <span key={serial}>
                {t('cardOffice.inReader', { kind: t(`card.${kind}`) })} <span className="code">{shortId(serial)}</span>
              </span>
            ))}
      </p>
    </section>
  );
}
