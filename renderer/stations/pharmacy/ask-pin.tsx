/**
 * A question that the patient answers with the PIN of the health card.
 * @module
 */
import { useTranslation } from 'react-i18next';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PressButton } from '../../ui/press-button.tsx';

/** The digits of the keyboard go to the pad; Escape means no. */
export function AskPin({
  title,
  text,
  yes,
  no,
  onPin,
  onNo,
}: {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly onPin: (pin: number[]) => void;
  readonly onNo: () => void;
}) {
  const { t } = useTranslation();
  return (
    <AskDialog
      title={title}
      text={text}
      body={<PinPad label={t('pharmacy.patientPin')} confirm={yes} isDisabled={false} onPin={onPin} />}
      onDismiss={onNo}
    >
      <PressButton autoFocus keyName="Esc" onPress={onNo}>
        {no}
      </PressButton>
    </AskDialog>
  );
}
