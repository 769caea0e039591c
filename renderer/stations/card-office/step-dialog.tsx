/**
 * One question before a step is taken: what will happen in plain words, and the reason, which the log keeps.
 * @module
 */
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CardStep, CardView, ClerkEvent } from '../../../contract/card-life.ts';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { shortId } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { isHarmless } from './card-words.ts';

/** A step that was asked for; `by` is the serial number of the card that would take the place. */
export type AskedStep =
  | { readonly event: Exclude<ClerkEvent, 'replace' | 'renew'> }
  | { readonly event: 'replace' | 'renew'; readonly by: string };

const REASON_MAX = 200;

/** Enter in the field moves on to the answer, so that no single key takes a step. */
export function StepDialog({
  card,
  asked,
  onTake,
  onDismiss,
}: {
  readonly card: CardView;
  readonly asked: AskedStep;
  readonly onTake: (step: CardStep) => void;
  readonly onDismiss: () => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const { event } = asked;
  const serial = shortId(card.serial);

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
    if (!given()) return;
    onTake({ ...asked, reason: reason.trim() });
  };
  return (
    <AskDialog
      title={t(`cardOffice.ask.${event}.title`, { kind: t(`card.${card.kind}`), serial })}
      text={t(`cardOffice.ask.${event}.text`)}
      onDismiss={onDismiss}
      body={
        <>
          {'by' in asked ? (
            <p className="office-ask__by">
              {t('cardOffice.successor')} <span className="code">{shortId(asked.by)}</span>
            </p>
          ) : null}
          <p className={isHarmless(event) ? 'office-ask__mild' : 'office-ask__grave'}>
            {t(isHarmless(event) ? 'cardOffice.canBeUndone' : 'cardOffice.cannotBeUndone')}
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
      <PressButton look={isHarmless(event) ? 'primary' : 'danger'} buttonRef={confirm} onPress={take}>
        {t(`cardOffice.ask.${event}.yes`)}
      </PressButton>
      <PressButton keyName="Esc" onPress={onDismiss}>
        {t('key.back')}
      </PressButton>
    </AskDialog>
  );
}
