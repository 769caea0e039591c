/**
 * One question before something is done at the card office: what will happen in plain words, and the reason, which is kept.
 * @module
 */
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { PressButton } from '../../ui/press-button.tsx';

const REASON_MAX = 200;

/** Enter in the field moves on to the answer, so that no single key does it. */
export function ReasonDialog({
  title,
  text,
  yes,
  harmless,
  children,
  onReason,
  onDismiss,
}: {
  readonly title: string;
  readonly text: string;
  /** The answer that does it. */
  readonly yes: string;
  /** Whether it can be taken back. */
  readonly harmless: boolean;
  readonly children?: ReactNode;
  /** The reason, without blanks round it. */
  readonly onReason: (reason: string) => void;
  readonly onDismiss: () => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);

  const given = (): boolean => {
    const isGiven = reason.trim() !== '';
    setMissing(!isGiven);
    if (!isGiven) field.current?.focus();
    return isGiven;
  };
  const moveOn = (pressed: KeyboardEvent): void => {
    // An Enter that ends what an input method composes is the method's own.
    if (pressed.key !== 'Enter' || pressed.nativeEvent.isComposing) return;
    pressed.preventDefault();
    if (given()) confirm.current?.focus();
  };
  const take = (): void => {
    if (given()) onReason(reason.trim());
  };
  return (
    <AskDialog
      title={title}
      text={text}
      onDismiss={onDismiss}
      body={
        <>
          {children}
          <p className={harmless ? 'office-ask__mild' : 'office-ask__grave'}>
            {t(harmless ? 'cardOffice.canBeUndone' : 'cardOffice.cannotBeUndone')}
          </p>
          <div className="office-ask__reason">
            <label htmlFor={id}>{t('cardOffice.reason')}</label>
            <input
              ref={field}
              id={id}
              className="field"
              type="text"
              autoComplete="off"
              maxLength={REASON_MAX}
              // The dialog is for this field.
              autoFocus
              value={reason}
              onChange={(change) => setReason(change.target.value)}
              onKeyDown={moveOn}
              aria-invalid={missing}
              aria-describedby={`${id}-hint`}
            />
            <p
              id={`${id}-hint`}
              className={missing ? 'field-error' : 'office-find__hint'}
              role={missing ? 'alert' : undefined}
            >
              {t(missing ? 'cardOffice.reasonMissing' : 'cardOffice.reasonHint')}
            </p>
          </div>
        </>
      }
    >
      <PressButton look={harmless ? 'primary' : 'danger'} buttonRef={confirm} onPress={take}>
        {yes}
      </PressButton>
      <PressButton keyName="Esc" onPress={onDismiss}>
        {t('key.back')}
      </PressButton>
    </AskDialog>
  );
}
