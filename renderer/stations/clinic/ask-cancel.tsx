/**
 * The one question before a prescription is cancelled: why, and the doctor's PIN.
 * @module
 */
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PressButton } from '../../ui/press-button.tsx';

/** Enter after the reason goes on to the PIN. `text` says what is cancelled. */
export function AskCancel({
  text,
  endsComfort,
  onYes,
  onNo,
}: {
  readonly text: string;
  readonly endsComfort: boolean;
  readonly onYes: (reason: string, pin: number[]) => void;
  readonly onNo: () => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const pad = useRef<HTMLDivElement>(null);
  const given = reason.trim();
  return (
    <AskDialog
      title={t('clinic.cancelTitle')}
      text={text}
      onDismiss={onNo}
      body={
        <>
          <p className="ask__text">
            {t('clinic.cancelText')} {endsComfort ? t('clinic.cancelEndsComfort') : null}
          </p>
          <label className="ask__field">
            {t('clinic.cancelReason')}
            <input
              className="field"
              autoComplete="off"
              maxLength={200}
              // The question was asked by a key press; typing goes on here.
              // oxlint-disable-next-line jsx-a11y/no-autofocus
              autoFocus
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || given === '') return;
                event.preventDefault();
                pad.current?.focus();
              }}
            />
            <small>{t('clinic.cancelReasonHint')}</small>
          </label>
          <div className="ask__pad" ref={pad} tabIndex={-1}>
            <PinPad
              label={t('clinic.needPin')}
              confirm={t('clinic.cancel')}
              isDisabled={given === ''}
              onPin={(pin) => onYes(given, pin)}
            />
          </div>
        </>
      }
    >
      <PressButton keyName="Esc" onPress={onNo}>
        {t('clinic.cancelKeep')}
      </PressButton>
    </AskDialog>
  );
}
