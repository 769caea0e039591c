/**
 * Fingerprints of the holder of the card in the reader: what they are for in plain words, what was taken, and the holder's own decision, signed by the
 * card after its PIN. To refuse is a decision like another.
 * @module
 */
import { CircleCheck, Fingerprint, RotateCcw } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dayOf } from '../../../contract/calendar.ts';
import type { CardOfficeFlow } from '../../../contract/card-office-desk.ts';
import { IMPRESSIONS, impressionsOf, isWholeSet } from '../../../contract/fingerprint-desk.ts';
import type { FingerprintDecision, Photo } from '../../../contract/fingerprints.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { FingerPicker } from '../../ui/finger-picker.tsx';
import { nameKey } from '../../ui/finger-words.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { TakenFingers } from '../../ui/taken-fingers.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { ChoosePhoto } from './choose-photo.tsx';
import { DuplicateFound } from './duplicate-found.tsx';
import { TakePhoto } from './take-photo.tsx';

type Flow = Extract<CardOfficeFlow, { step: 'fingerprints' }>;
type Decision = FingerprintDecision['decision'];

const BADGES = { undecided: 'calm', enrolled: 'ok', refused: 'warn', withdrawn: 'warn' } as const;

/** F3 opens the camera; F2 gives, F6 refuses, F8 withdraws, each after the holder's PIN; Escape goes back. */
export function FingerprintSheet({
  desk,
  flow,
  trouble,
  photo,
  onPhoto,
}: {
  readonly desk: DeskHandle;
  readonly flow: Flow;
  readonly trouble: ReactNode;
  readonly photo: Photo | undefined;
  readonly onPhoto: (photo: Photo | undefined) => void;
}) {
  const { t, i18n } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const { busy } = desk.model;
  const { standing, taken, waiting, done, duplicate } = flow;
  const [asked, setAsked] = useState<Decision>();
  const [isTakingPhoto, setIsTakingPhoto] = useState(false);
  useLayoutEffect(() => {
    if (!busy) heading.current?.focus();
  }, [busy]);
  const isEnrolled = standing.state === 'enrolled';
  const free = !busy && asked === undefined && !isTakingPhoto;
  const ask = (decision: Decision, may: boolean) => (free && may ? () => setAsked(decision) : undefined);
  const giving = ask('enrol', isWholeSet(taken) && photo !== undefined && duplicate === undefined);
  const refusing = ask('refuse', !isEnrolled && standing.state !== 'refused');
  const withdrawing = ask('withdraw', isEnrolled);
  const clear = (): void => desk.send({ call: 'clear' });
  const openCamera = (): void => setIsTakingPhoto(true);
  useKeys({
    F2: giving,
    F3: free ? openCamera : undefined,
    F6: refusing,
    F8: withdrawing,
    Escape: free ? clear : undefined,
  });
  const names = standing.fingers.map((finger) => t(nameKey(finger))).join(t('fingerprints.and'));
  return (
    <section className="office-card">
      <header className="list__head">
        <h1 className="office-card__title" tabIndex={-1} ref={heading}>
          <Fingerprint aria-hidden="true" /> {t('fingerprints.title')}{' '}
          <span className="code" title={standing.pid}>
            {shortId(standing.pid)}
          </span>
        </h1>
        <span className={`badge badge--${BADGES[standing.state]}`}>{t(`fingerprints.state.${standing.state}`)}</span>
        {standing.renewalDue ? <span className="badge badge--bad">{t('fingerprints.renewalDue')}</span> : null}
        <span className="office-card__ways">
          <PressButton
            look="quiet"
            keyName="Esc"
            icon={<RotateCcw aria-hidden="true" />}
            isDisabled={busy}
            onPress={clear}
          >
            {t('cardOffice.another')}
          </PressButton>
        </span>
      </header>
      {trouble}
      {done === undefined || busy ? null : (
        <p className="pin-done" role="status">
          <CircleCheck aria-hidden="true" />
          {t(`fingerprints.done.${done}`)}
        </p>
      )}
      {duplicate === undefined ? null : (
        <DuplicateFound isDisabled={busy} onSettle={(found) => desk.send({ call: 'settleDuplicate', found })} />
      )}
      <div className="office-card__body">
        <div className="office-card__sheet">
          <h2 className="section-title">{t('fingerprints.consentTitle')}</h2>
          <ul className="consent">
            {(['what', 'kept', 'who', 'free', 'back'] as const).map((part) => (
              <li key={part}>{t(`fingerprints.consent.${part}`)}</li>
            ))}
          </ul>
          {standing.since === null ? null : (
            <p className="office-find__hint">
              {t('fingerprints.since', { day: rocDay(dayOf(Date.parse(standing.since)), i18n.language) })}
              {names === '' ? null : ` ${t('fingerprints.fingers', { names })}`}
            </p>
          )}
          {standing.inForce ? null : <p className="office-find__hint">{t('fingerprints.notYet')}</p>}
          <div className="office-steps">
            <PressButton look="primary" keyName="F2" isDisabled={giving === undefined} onPress={() => giving?.()}>
              {t(isEnrolled ? 'fingerprints.renew' : 'fingerprints.give')}
            </PressButton>
            {isEnrolled ? (
              <PressButton keyName="F8" isDisabled={withdrawing === undefined} onPress={() => withdrawing?.()}>
                {t('fingerprints.withdraw')}
              </PressButton>
            ) : (
              <PressButton keyName="F6" isDisabled={refusing === undefined} onPress={() => refusing?.()}>
                {t('fingerprints.refuse')}
              </PressButton>
            )}
          </div>
          <p className="office-find__hint">{t('fingerprints.needed')}</p>
          <ChoosePhoto photo={photo} isDisabled={busy} onCamera={openCamera} onChoose={onPhoto} />
          <ol className="office-log">
            {standing.events.map(({ event, words, at }) => (
              <li key={`${at} ${event}`} className="office-log__line">
                <span>{t(`fingerprints.event.${event}`)}</span>
                {words === '' ? null : <span className="office-log__reason">{words}</span>}
                <span className="office-log__by">{rocDay(dayOf(Date.parse(at)), i18n.language)}</span>
              </li>
            ))}
          </ol>
        </div>
        <div className="office-card__sheet">
          <h2 className="section-title">{t('fingerprints.takeTitle')}</h2>
          <FingerPicker
            counts={impressionsOf(taken)}
            wanted={IMPRESSIONS}
            waiting={waiting}
            isDisabled={!free}
            isEmergency={false}
            onTake={(finger) => desk.send({ call: 'takeFinger', finger })}
            onCancel={desk.cancel}
          />
          <TakenFingers
            taken={taken}
            size="desk"
            isDisabled={busy}
            onDrop={(index) => desk.send({ call: 'dropFinger', index })}
          />
        </div>
      </div>
      {isTakingPhoto ? (
        <TakePhoto
          onDismiss={() => setIsTakingPhoto(false)}
          onPhoto={(chosen) => {
            setIsTakingPhoto(false);
            onPhoto(chosen);
          }}
        />
      ) : null}
      {asked === undefined ? null : (
        <AskPin
          title={t(`fingerprints.ask.${asked}.title`)}
          text={t(`fingerprints.ask.${asked}.text`)}
          label={t('fingerprints.pin')}
          yes={t(`fingerprints.ask.${asked}.yes`)}
          no={t('key.back')}
          onNo={() => setAsked(undefined)}
          onPin={(pin) => {
            setAsked(undefined);
            desk.send({
              call: 'decideFingerprints',
              decision: asked,
              pin,
              ...(asked === 'enrol' && photo !== undefined ? { photo } : {}),
            });
          }}
        />
      )}
    </section>
  );
}
