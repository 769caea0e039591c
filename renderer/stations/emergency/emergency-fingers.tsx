/**
 * Fingers of somebody who cannot speak: one after another, each with its picture and quality; search as soon as there is one, better with two.
 * @module
 */
import { Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { impressionsOf } from '../../../contract/fingerprint-desk.ts';
import type { EmergencyFlow } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { FingerPicker } from '../../ui/finger-picker.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { TakenFingers } from '../../ui/taken-fingers.tsx';
import { useKeys } from '../../ui/use-keys.ts';

/** F2 asks for the PIN of the doctor's card and searches; Escape ends the emergency, or calls the scanner off while it waits. */
export function EmergencyFingers({
  desk,
  flow,
  trouble,
}: {
  readonly desk: DeskHandle;
  readonly flow: Extract<EmergencyFlow, { step: 'fingers' }>;
  readonly trouble: ReactNode;
}) {
  const { t } = useTranslation();
  const { busy } = desk.model;
  const { taken, waiting, keptEarlier } = flow;
  const [asksPin, setAsksPin] = useState(false);
  const maySearch = taken.length > 0 && !busy;
  const clear = (): void => desk.send({ call: 'clear' });
  useKeys({
    F2: maySearch && !asksPin ? () => setAsksPin(true) : undefined,
    Escape: busy || asksPin ? undefined : clear,
  });
  const advice = (): string => {
    if (taken.length === 0) return t('emergency.takeFirst');
    if (taken.every(({ grade }) => grade === 'poor')) return t('emergency.allPoor');
    return t(taken.length === 1 ? 'emergency.oneMore' : 'emergency.enough');
  };
  return (
    <section className="er-fingers">
      {trouble}
      <h1 className="er-title">{t('emergency.fingersTitle')}</h1>
      <p className="er-why" role="status">
        {keptEarlier === undefined ? advice() : t('emergency.keptEarlier')}
      </p>
      <FingerPicker
        counts={impressionsOf(taken)}
        wanted={1}
        waiting={waiting}
        isDisabled={busy || asksPin}
        isEmergency
        onTake={(finger) => desk.send({ call: 'takeFinger', finger })}
        onCancel={desk.cancel}
      />
      <div className="er-actions">
        <PressButton
          look="primary"
          size="kiosk"
          keyName="F2"
          icon={<Search aria-hidden="true" />}
          isDisabled={!maySearch}
          onPress={() => setAsksPin(true)}
        >
          {t('emergency.search', { count: taken.length })}
        </PressButton>
        <PressButton size="kiosk" look="quiet" keyName="Esc" isDisabled={busy} onPress={clear}>
          {t('emergency.endCase')}
        </PressButton>
      </div>
      <TakenFingers
        taken={taken}
        size="kiosk"
        isDisabled={busy}
        onDrop={(index) => desk.send({ call: 'dropFinger', index })}
      />
      {asksPin ? (
        <AskPin
          title={t('emergency.pinTitle')}
          text={t('emergency.pinText')}
          label={t('emergency.pinLabel')}
          yes={t('emergency.pinYes')}
          no={t('key.back')}
          onNo={() => setAsksPin(false)}
          onPin={(pin) => {
            setAsksPin(false);
            desk.send({ call: 'searchFingers', pin });
          }}
        />
      ) : null}
    </section>
  );
}
