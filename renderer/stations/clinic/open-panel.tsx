/**
 * Before a visit: both cards, then the doctor's PIN.
 * @module
 */
import { Check, CircleCheck, CreditCard, DoorOpen, KeyRound, ListX } from 'lucide-react';
import { useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { COMFORT_LIMIT } from '../../../contract/clinic-desk.ts';
import type { DeskState } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { holds } from '../../ui/card-indicator.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PinRemedy } from '../../ui/pin-service.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';

/** The pad wakes up when both cards are in; with comfort signing to be opened, the doctor's is enough. Once that is open, no pad is there. */
export function OpenPanel({
  desk,
  state,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'clinic' };
}) {
  const { t } = useTranslation();
  const patient = holds(state, 'patient');
  const doctor = holds(state, 'doctor');
  const refusal = shownRefusal(desk.model);
  const clear = (): void => (state.flow.step === 'refused' ? desk.send({ call: 'clear' }) : desk.dismiss());
  const [asksComfort, setAsksComfort] = useState(false);
  const { comfort } = state;
  const covered = comfort !== undefined && comfort.remaining > 0;
  const isReady = !desk.model.busy && patient && doctor;
  const openCovered = (): void => desk.send({ call: 'openVisit', pin: undefined });
  const [asksIssued, setAsksIssued] = useState(false);
  const openIssued = (pin?: number[]): void => {
    setAsksIssued(false);
    desk.send({ call: 'openIssued', scope: 'today', page: 1, ...(pin === undefined ? {} : { pin }) });
  };
  const mayList = doctor && !desk.model.busy && !asksIssued;
  const askIssued = (): void => (covered ? openIssued() : setAsksIssued(true));
  useKeys({
    F7: mayList ? askIssued : undefined,
    Escape: refusal === undefined ? undefined : clear,
    F2: covered && isReady ? openCovered : undefined,
  });
  const step = (done: boolean, words: string) => (
    <li className={done ? 'step step--done' : 'step step--now'}>
      {done ? <CircleCheck aria-hidden="true" /> : <CreditCard aria-hidden="true" />}
      <span>
        {words}
        <small>{t(done ? 'signOn.ready' : 'signOn.waiting')}</small>
      </span>
    </li>
  );
  return (
    <div className="gate">
      <section className="gate__text">
        <h1 className="gate__title">{t('clinic.openTitle')}</h1>
        <ol className="steps">
          {step(patient, t('clinic.needPatient'))}
          {step(doctor, t('clinic.needDoctor'))}
          {covered ? (
            <li className="step step--done">
              <CircleCheck aria-hidden="true" />
              <span>{t('clinic.comfortGiven')}</span>
            </li>
          ) : (
            <li className={patient && doctor ? 'step step--now' : 'step'}>
              <KeyRound aria-hidden="true" />
              <span>{t('clinic.needPin')}</span>
            </li>
          )}
        </ol>
        {refusal === undefined ? null : (
          <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
            <PinRemedy desk={desk} code={refusal.code} />
            <PressButton look="quiet" keyName="Esc" onPress={clear}>
              {t('key.clear')}
            </PressButton>
          </ErrorPanel>
        )}
        <p className="gate__why">{t('clinic.openWhy')}</p>
        <PressButton keyName="F7" icon={<ListX aria-hidden="true" />} isDisabled={!mayList} onPress={askIssued}>
          {t('clinic.issued.show')}
        </PressButton>
        {asksIssued ? (
          <AskPin
            title={t('clinic.issued.show')}
            text={t('clinic.issued.pinText')}
            label={t('clinic.needPin')}
            yes={t('clinic.issued.show')}
            no={t('key.back')}
            onNo={() => setAsksIssued(false)}
            onPin={openIssued}
          />
        ) : null}
      </section>
      <section className="gate__pad">
        {covered ? (
          <PressButton
            look="primary"
            keyName="F2"
            icon={<DoorOpen aria-hidden="true" />}
            isDisabled={!isReady}
            onPress={openCovered}
          >
            {t('clinic.open')}
          </PressButton>
        ) : (
          <>
            <PinPad
              label={t('pin.label')}
              confirm={t(asksComfort ? 'clinic.comfortOpen' : 'clinic.open')}
              isDisabled={desk.model.busy || asksIssued || !doctor || !(patient || asksComfort)}
              onPin={(pin) => desk.send({ call: asksComfort ? 'openComfort' : 'openVisit', pin })}
            />
            <Checkbox
              className="tick"
              isSelected={asksComfort}
              isDisabled={desk.model.busy}
              onChange={(wanted) => setAsksComfort(wanted)}
            >
              <span className="tick__box" aria-hidden="true">
                <Check />
              </span>
              <span>
                {t('clinic.comfortAsk')}
                <small>{t('clinic.comfortWhy', { count: COMFORT_LIMIT })}</small>
              </span>
            </Checkbox>
          </>
        )}
      </section>
    </div>
  );
}
