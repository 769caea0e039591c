/**
 * Sign-on of a member of staff: card in a reader of the desk, then the PIN. And the line that says who is on duty.
 * @module
 */
import { CircleCheck, CreditCard, KeyRound, LogOut, UserRoundCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeskState } from '../../contract/station.ts';
import { shownRefusal } from '../client/desk-model.ts';
import type { DeskHandle } from '../client/use-desk.ts';
import { clockTime } from './calendar.ts';
import { holds } from './card-indicator.ts';
import { ErrorPanel } from './error-panel.tsx';
import { PinPad } from './pin-pad.tsx';
import { PinRemedy } from './pin-service.tsx';
import { PressButton } from './press-button.tsx';

/** Shown while nobody is signed on. */
export function SignOn({
  desk,
  state,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'registration' | 'pharmacy' | 'card-office' };
}) {
  const { t } = useTranslation();
  const ready = holds(state, 'staff');
  const refusal = shownRefusal(desk.model);
  return (
    <div className="gate">
      <section className="gate__text">
        <h1 className="gate__title">{t(`signOn.title.${state.desk}`)}</h1>
        <ol className="steps">
          <li className={ready ? 'step step--done' : 'step step--now'}>
            {ready ? <CircleCheck aria-hidden="true" /> : <CreditCard aria-hidden="true" />}
            <span>
              {t('signOn.step1')}
              <small>{ready ? t('signOn.ready') : t('signOn.waiting')}</small>
            </span>
          </li>
          <li className={ready ? 'step step--now' : 'step'}>
            <KeyRound aria-hidden="true" />
            <span>{t('signOn.step2')}</span>
          </li>
        </ol>
        {refusal === undefined ? null : (
          <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
            <PinRemedy desk={desk} code={refusal.code} />
          </ErrorPanel>
        )}
        <p className="gate__why">{t(`signOn.why.${state.desk}`)}</p>
      </section>
      <section className="gate__pad">
        <PinPad
          label={t('pin.label')}
          confirm={t('pin.enter')}
          isDisabled={desk.model.busy || !ready}
          onPin={(pin) => {
            desk.send({ call: 'signOn', pin });
          }}
        />
      </section>
    </div>
  );
}

/** Who is on duty and until when, with the way out. */
export function OnDuty({ desk, state }: { readonly desk: DeskHandle; readonly state: DeskState }) {
  const { t } = useTranslation();
  if (state.operator === undefined) return null;
  return (
    <div className="duty">
      <UserRoundCheck aria-hidden="true" />
      <span>
        {t('signOn.on', { role: t(`signOn.role.${state.operator.role}`) })}
        <small>
          {t('signOn.until', { time: clockTime(state.operator.until) })}
          {state.operator.offLine ? ` · ${t('signOn.offLine')}` : ''}
        </small>
      </span>
      <PressButton
        look="quiet"
        icon={<LogOut aria-hidden="true" />}
        isDisabled={desk.model.busy}
        onPress={() => {
          desk.send({ call: 'signOff' });
        }}
      >
        {t('signOn.signOff')}
      </PressButton>
    </div>
  );
}
