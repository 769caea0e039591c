/**
 * The virtual NHI card: a scanner reads the QR code on the patient's telephone; where there is none, the code can be typed or pasted.
 * @module
 */
import { QrCode } from 'lucide-react';
import { type FormEvent, type RefObject, useId } from 'react';
import { useTranslation } from 'react-i18next';

/** `field` is the screen's, so that a key and a scan can reach it. What was entered is sent once and kept nowhere; while busy the focus stays. */
export function VirtualCardField({
  field,
  isBusy,
  onRead,
}: {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly isBusy: boolean;
  readonly onRead: (qr: string) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const entered = new FormData(form).get('qr');
    form.reset();
    const qr = typeof entered === 'string' ? entered.trim() : '';
    if (qr === '') field.current?.focus();
    else onRead(qr);
  };
  return (
    <form className="virtual" onSubmit={submit}>
      <QrCode className="virtual__icon" aria-hidden="true" />
      <label className="virtual__label" htmlFor={id}>
        {t('virtual.label')} <kbd className="button__key">F4</kbd>
      </label>
      <input
        ref={field}
        id={id}
        name="qr"
        className="virtual__input"
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={4096}
        readOnly={isBusy}
        aria-describedby={`${id}-hint`}
        aria-keyshortcuts="F4"
      />
      <button type="submit" className="button button--plain virtual__send" aria-disabled={isBusy}>
        {t('virtual.read')}
      </button>
      <p className="virtual__hint" id={`${id}-hint`}>
        {t('virtual.hint')}
      </p>
    </form>
  );
}
