/**
 * Comfort signing is open: said for as long as it is, with what is left of it and the way to end it (product.md 4).
 * @module
 */
import { LockKeyhole, PenLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ComfortView } from '../../../contract/clinic-desk.ts';
import { dayTime } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';

/** Nothing while it is closed. The region stays, so that opening and ending are announced. */
export function SigningOpen({
  comfort,
  isDisabled,
  onEnd,
}: {
  readonly comfort: ComfortView | undefined;
  readonly isDisabled: boolean;
  readonly onEnd: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="signing-open-place">
      <p className="visually-hidden" role="status">
        {comfort === undefined ? '' : t('clinic.comfortTitle')}
      </p>
      {comfort === undefined ? null : (
        <div className="signing-open">
          <PenLine aria-hidden="true" />
          <span>
            <strong>{t('clinic.comfortTitle')}</strong>
            <small>
              {t('clinic.comfortLeft', { count: comfort.remaining })} ·{' '}
              {t('clinic.comfortUntil', { time: dayTime(comfort.until) })}
            </small>
          </span>
          <PressButton icon={<LockKeyhole aria-hidden="true" />} isDisabled={isDisabled} onPress={onEnd}>
            {t('clinic.comfortEnd')}
          </PressButton>
        </div>
      )}
    </div>
  );
}
