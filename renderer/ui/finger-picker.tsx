/**
 * Both hands as buttons: which finger is taken next. While the scanner waits it says so instead, with the way to call it off.
 * @module
 */
import { Fingerprint } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AskedFinger, FingerPreview, ScannerWait } from '../../contract/taken-finger.ts';
import { HANDS, keyOfFinger, nameKey, USUAL } from './finger-words.ts';
import { PressButton } from './press-button.tsx';
import { useKeys } from './use-keys.ts';

export interface FingerPickerProps {
  /** How many impressions of a finger there are. */
  readonly counts: ReadonlyMap<number, number>;
  /** As many as are wanted of each. */
  readonly wanted: number;
  readonly waiting: ScannerWait | undefined;
  readonly isDisabled: boolean;
  /** Whether a finger can be taken that nobody can name, or one that is there already. */
  readonly isEmergency: boolean;
  readonly onTake: (finger: AskedFinger) => void;
  readonly onCancel: () => void;
}

/** What can be said of the window before the finger is taken. */
function WindowWords({ seen }: { readonly seen: FingerPreview['seen'] }) {
  const { t } = useTranslation();
  if (seen === 'nothing') return <p className="finger-wait__words">{t('finger.nothing')}</p>;
  if (seen.length === 0) return <p className="finger-wait__words finger-wait__words--good">{t('finger.wellLaid')}</p>;
  return <p className="finger-wait__words">{seen.map((problem) => t(`finger.problem.${problem}`)).join(' · ')}</p>;
}

/** The digits 1 to 0 ask for a finger, U for one that nobody can name, Escape calls the scanner off. */
export function FingerPicker({
  counts,
  wanted,
  waiting,
  isDisabled,
  isEmergency,
  onTake,
  onCancel,
}: FingerPickerProps) {
  const { t } = useTranslation();
  const size = isEmergency ? 'kiosk' : 'desk';
  const may = (finger: AskedFinger): boolean => !isDisabled && (isEmergency || (counts.get(finger) ?? 0) < wanted);
  const taking = (finger: AskedFinger) => (may(finger) ? () => onTake(finger) : undefined);
  const fingers = [...HANDS.left, ...HANDS.right];
  useKeys(
    waiting === undefined
      ? {
          ...Object.fromEntries(fingers.map((finger) => [keyOfFinger(finger), taking(finger)])),
          u: isEmergency ? taking(0) : undefined,
        }
      : { Escape: onCancel },
  );
  if (waiting !== undefined)
    return (
      <section className="finger-wait" aria-busy="true">
        {waiting.preview === undefined ? (
          <Fingerprint className={waiting.present ? 'finger-wait__on' : 'finger-wait__off'} aria-hidden="true" />
        ) : (
          <img className="finger-wait__picture" src={waiting.preview.picture} alt={t('finger.window')} />
        )}
        <div className="finger-wait__what" role="status">
          <p>
            {waiting.finger === 0
              ? t(waiting.present ? 'finger.presentAny' : 'finger.layAny')
              : t(waiting.present ? 'finger.present' : 'finger.lay', { finger: t(nameKey(waiting.finger)) })}
          </p>
          {waiting.preview === undefined ? null : <WindowWords seen={waiting.preview.seen} />}
        </div>
        <PressButton size={size} keyName="Esc" autoFocus onPress={onCancel}>
          {t('key.cancel')}
        </PressButton>
      </section>
    );
  return (
    <section className="hands" aria-label={t('finger.which')}>
      {(['left', 'right'] as const).map((side) => (
        <div key={side} className="hand">
          <h2 className="hand__name">{t(`finger.hand.${side}`)}</h2>
          <div className="hand__fingers">
            {HANDS[side].map((finger) => {
              const count = counts.get(finger) ?? 0;
              return (
                <PressButton
                  key={finger}
                  size={size}
                  look={USUAL.has(finger) || count > 0 ? 'plain' : 'quiet'}
                  keyName={keyOfFinger(finger)}
                  isDisabled={!may(finger)}
                  onPress={() => onTake(finger)}
                >
                  {t(`finger.short.${finger}`)}
                  {count === 0 || wanted === 1 ? null : (
                    <small className="hand__count">{t('finger.count', { count, wanted })}</small>
                  )}
                  {count > 0 && wanted === 1 ? (
                    <span>
                      <span aria-hidden="true"> ✓</span>
                      <span className="visually-hidden">{t('finger.taken')}</span>
                    </span>
                  ) : null}
                </PressButton>
              );
            })}
          </div>
        </div>
      ))}
      {isEmergency ? (
        <PressButton size={size} keyName="U" isDisabled={isDisabled} onPress={() => onTake(0)}>
          {t('finger.name.0')}
        </PressButton>
      ) : null}
    </section>
  );
}
