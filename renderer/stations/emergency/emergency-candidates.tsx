/**
 * Who it may be: photo, sex, age band, likeness in words. A person decides, and a second one confirms with a card; where nobody is found it says what
 * was not searched and what to do next.
 * @module
 */
import { Fingerprint, UserRoundCheck, UserRoundX } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EmergencyCandidate } from '../../../contract/emergency.ts';
import type { DeskState, EmergencyFlow } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { clockTime } from '../../ui/calendar.ts';
import { holds } from '../../ui/card-indicator.ts';
import { BADGE_OF_LIKENESS } from '../../ui/finger-words.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';

/** The digits choose a candidate, F4 leads back to the fingers, Escape ends the emergency. */
export function EmergencyCandidates({
  desk,
  state,
  flow,
  trouble,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'emergency' };
  readonly flow: Extract<EmergencyFlow, { step: 'candidates' }>;
  readonly trouble: ReactNode;
}) {
  const { t, i18n } = useTranslation();
  const { busy } = desk.model;
  const { candidates, searched, enrolled, fingers, confirmBefore } = flow;
  const [chosen, setChosen] = useState<EmergencyCandidate>();
  const staff = holds(state, 'staff');
  const missed = enrolled - searched;
  const count = (n: number): string => n.toLocaleString(i18n.language);
  const mayChoose = !busy && staff && chosen === undefined;
  const more = (): void => desk.send({ call: 'moreFingers' });
  const clear = (): void => desk.send({ call: 'clear' });
  useKeys({
    ...Object.fromEntries(
      candidates.map((candidate, i) => [String(i + 1), mayChoose ? () => setChosen(candidate) : undefined]),
    ),
    F4: busy || chosen !== undefined ? undefined : more,
    Escape: busy || chosen !== undefined ? undefined : clear,
  });
  return (
    <section className="er-candidates">
      {trouble}
      <h1 className="er-title">
        {candidates.length === 0 ? <UserRoundX aria-hidden="true" /> : <UserRoundCheck aria-hidden="true" />}
        {t(candidates.length === 0 ? 'emergency.nobody' : 'emergency.whoTitle')}
      </h1>
      {missed > 0 ? (
        <p className="er-missed" role="alert">
          {t('emergency.missed', { searched: count(searched), enrolled: count(enrolled), missed: count(missed) })}
        </p>
      ) : (
        <p className="er-why">{t('emergency.searchedAll', { count: enrolled, enrolled: count(enrolled) })}</p>
      )}
      {candidates.length === 0 ? (
        <ul className="er-next">
          {fingers.poor > 0 ? <li>{t('emergency.nextPoor', { count: fingers.poor, sent: fingers.sent })}</li> : null}
          <li>{t('emergency.nextOthers')}</li>
          {missed > 0 ? <li>{t('emergency.nextMissed')}</li> : null}
          <li>{t('emergency.nextUnknown')}</li>
        </ul>
      ) : (
        <>
          <p className="er-why">{t('emergency.secondPerson', { time: clockTime(confirmBefore) })}</p>
          {staff ? null : (
            <p className="er-need" role="status">
              {t('emergency.needStaff')}
            </p>
          )}
          <ol className="er-people">
            {candidates.map((candidate, i) => (
              <li key={candidate.handle} className="er-person">
                <img
                  className="er-person__photo"
                  src={`data:${candidate.photo.mime};base64,${candidate.photo.data}`}
                  alt={t('emergency.photo', { number: i + 1 })}
                />
                <div className="er-person__words">
                  <span className={`badge badge--${BADGE_OF_LIKENESS[candidate.likeness]}`}>
                    {t(`emergency.likeness.${candidate.likeness}`)}
                  </span>
                  <strong>
                    {t(`person.${candidate.sex}`)} · {t(`emergency.age.${candidate.ageBand}`)}
                  </strong>
                  <small>
                    {candidate.oneIn === null
                      ? t('emergency.beyond')
                      : t('emergency.oneIn', { number: count(candidate.oneIn) })}
                  </small>
                  <PressButton
                    look="primary"
                    size="kiosk"
                    keyName={String(i + 1)}
                    isDisabled={!mayChoose}
                    onPress={() => setChosen(candidate)}
                  >
                    {t('emergency.thisOne')}
                  </PressButton>
                </div>
              </li>
            ))}
          </ol>
        </>
      )}
      <div className="er-actions">
        <PressButton
          size="kiosk"
          look={candidates.length === 0 ? 'primary' : 'plain'}
          keyName="F4"
          icon={<Fingerprint aria-hidden="true" />}
          isDisabled={busy}
          onPress={more}
        >
          {t('emergency.otherFingers')}
        </PressButton>
        <PressButton size="kiosk" look="quiet" keyName="Esc" isDisabled={busy} onPress={clear}>
          {t('emergency.unknownPerson')}
        </PressButton>
      </div>
      {chosen === undefined ? null : (
        <AskPin
          title={t('emergency.confirmTitle')}
          text={t('emergency.confirmText')}
          label={t('emergency.confirmLabel')}
          yes={t('emergency.confirmYes')}
          no={t('key.back')}
          onNo={() => setChosen(undefined)}
          onPin={(pin) => {
            setChosen(undefined);
            desk.send({ call: 'confirmCandidate', handle: chosen.handle, pin });
          }}
        />
      )}
    </section>
  );
}
