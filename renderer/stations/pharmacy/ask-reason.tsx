/**
 * A question that needs a reason, or a choice, before its answer is taken.
 * @module
 */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RefillException } from '../../../contract/prescription-state.ts';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { PressButton } from '../../ui/press-button.tsx';

/** Why a part that was handed out is taken back. */
export function AskTakeBack({ onYes, onNo }: { readonly onYes: (reason: string) => void; readonly onNo: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const given = reason.trim();
  return (
    <AskDialog title={t('pharmacy.takeBackTitle')} text={t('pharmacy.takeBackText')} onDismiss={onNo}>
      <label className="ask__field">
        {t('pharmacy.outcome.reason')}
        <input
          className="field"
          autoComplete="off"
          maxLength={200}
          // The question was asked by a key press; typing goes on here.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <PressButton onPress={onNo}>{t('pharmacy.keep')}</PressButton>
      <PressButton look="danger" isDisabled={given === ''} onPress={() => onYes(given)}>
        {t('pharmacy.takeBack')}
      </PressButton>
    </AskDialog>
  );
}

/** What the patient declares to get a part before its window. */
export function AskException({
  opensOn,
  onYes,
  onNo,
}: {
  readonly opensOn: string;
  readonly onYes: (exception: RefillException) => void;
  readonly onNo: () => void;
}) {
  const { t } = useTranslation();
  const [exception, setException] = useState<RefillException>('abroad');
  return (
    <AskDialog title={t('pharmacy.earlyTitle')} text={t('pharmacy.earlyText', { day: opensOn })} onDismiss={onNo}>
      <label className="ask__field">
        {t('pharmacy.exception')}
        <select
          className="field"
          value={exception}
          onChange={(event) => setException(RefillException.parse(event.target.value))}
        >
          {RefillException.options.map((one) => (
            <option key={one} value={one}>
              {t(`pharmacy.exceptions.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <PressButton onPress={onNo}>{t('pharmacy.waitForWindow')}</PressButton>
      <PressButton look="danger" onPress={() => onYes(exception)}>
        {t('pharmacy.handOutEarly')}
      </PressButton>
    </AskDialog>
  );
}
