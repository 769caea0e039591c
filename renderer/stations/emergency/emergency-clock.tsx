/**
 * Until when the screen shows anything, and the button that says somebody is still there.
 * @module
 */
import { Timer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { clockTime } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';

/** Both times are said: the one that a touch puts off, and the last. */
export function EmergencyClock({
  clearsAt,
  endsAt,
  isDisabled,
  onStay,
}: {
  readonly clearsAt: string;
  readonly endsAt: string;
  readonly isDisabled: boolean;
  readonly onStay: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="er-clock">
      <p>
        <Timer aria-hidden="true" /> {t('emergency.clears', { time: clockTime(clearsAt) })}{' '}
        <small>{t('emergency.ends', { time: clockTime(endsAt) })}</small>
      </p>
      <PressButton size="kiosk" keyName="F9" isDisabled={isDisabled} onPress={onStay}>
        {t('emergency.stay')}
      </PressButton>
    </div>
  );
}
