/**
 * A question that somebody answers with the PIN of a card.
 * @module
 */
import { AskDialog } from './ask-dialog.tsx';
import { PinPad } from './pin-pad.tsx';
import { PressButton } from './press-button.tsx';

/** `label` says whose PIN. The digits of the keyboard go to the pad; Escape means no. */
export function AskPin({
  title,
  text,
  label,
  yes,
  no,
  onPin,
  onNo,
}: {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly yes: string;
  readonly no: string;
  readonly onPin: (pin: number[]) => void;
  readonly onNo: () => void;
}) {
  return (
    <AskDialog
      title={title}
      text={text}
      body={<PinPad label={label} confirm={yes} isDisabled={false} onPin={onPin} />}
      onDismiss={onNo}
    >
      <PressButton autoFocus keyName="Esc" onPress={onNo}>
        {no}
      </PressButton>
    </AskDialog>
  );
}
