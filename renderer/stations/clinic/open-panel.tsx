/**
 * Before a visit: both cards, then the doctor's PIN.
 * @module
 */
import { CircleCheck, CreditCard, KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeskState } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { holds } from '../../ui/card-indicator.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';

/** The pad wakes up when both cards are in. */
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
  useKeys({ Escape: refusal === undefined ? undefined : clear });
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
          <li className={patient && doctor ? 'step step--now' : 'step'}>
            <KeyRound aria-hidden="true" />
            <span>{t('clinic.needPin')}</span>
          </li>
        </ol>
        {refusal === undefined ? null : (
          <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
            <PressButton look="quiet" keyName="Esc" onPress={clear}>
              {t('key.clear')}
            </PressButton>
          </ErrorPanel>
        )}
        <p className="gate__why">{t('clinic.openWhy')}</p>
      </section>
      <section className="gate__pad">
        <PinPad
          label={t('pin.label')}
          confirm={t('clinic.open')}
          isDisabled={desk.model.busy || !patient || !doctor}
          onPin={(pin) => desk.send({ call: 'openVisit', pin })}
        />
      </section>
    </div>
  );
}
