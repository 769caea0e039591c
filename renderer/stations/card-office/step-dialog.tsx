/**
 * One question before a step is taken with a card: what will happen in plain words, and the reason, which the log keeps.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { CardStep, CardView, ClerkEvent } from '../../../contract/card-life.ts';
import { shortId } from '../../ui/calendar.ts';
import { isHarmless } from './card-words.ts';
import { ReasonDialog } from './reason-dialog.tsx';

/** A step that was asked for; `by` is the serial number of the card that would take the place. */
export type AskedStep =
  | { readonly event: Exclude<ClerkEvent, 'replace' | 'renew'> }
  | { readonly event: 'replace' | 'renew'; readonly by: string };

/** The step goes out with its reason. */
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
  const { event } = asked;
  return (
    <ReasonDialog
      title={t(`cardOffice.ask.${event}.title`, { kind: t(`card.${card.kind}`), serial: shortId(card.serial) })}
      text={t(`cardOffice.ask.${event}.text`)}
      yes={t(`cardOffice.ask.${event}.yes`)}
      harmless={isHarmless(event)}
      onReason={(reason) => onTake({ ...asked, reason })}
      onDismiss={onDismiss}
    >
      {'by' in asked ? (
        <p className="office-ask__by">
          {t('cardOffice.successor')} <span className="code">{shortId(asked.by)}</span>
        </p>
      ) : null}
    </ReasonDialog>
  );
}
