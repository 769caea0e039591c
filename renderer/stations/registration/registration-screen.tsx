/**
 * Registration: a kiosk that a member of staff opens in the morning; then card in -> checked in.
 * @module
 */
import { LifeBuoy } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ERRORS } from '../../../contract/errors.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { useScan } from '../../client/use-scan.ts';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { holds, leftBehind } from '../../ui/card-indicator.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { OnDuty, SignOn } from '../../ui/sign-on.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { Working } from '../../ui/working.tsx';
import { Attract } from './attract.tsx';
import { CheckedIn } from './checked-in.tsx';
import { IdentityPanel, OtherPerson } from './identity-panel.tsx';
import { useIdle } from './use-idle.ts';
import { VirtualCardField } from './virtual-card-field.tsx';

/** Renders the flow; every decision is the station's. */
export function RegistrationScreen({
  desk,
  state,
  description,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'registration' };
  readonly description: StationDescription;
}) {
  const { t } = useTranslation();
  const [helping, setHelping] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { flow, identity } = state;
  const refusal = shownRefusal(desk.model);
  const clear = (): void => desk.send({ call: 'clear' });
  const retry = (): void => desk.send({ call: 'checkIn' });
  const resting = flow.step !== 'working';
  const readCard = (): void => desk.send({ call: 'readNhiCard' });
  const readVirtual = (qr: string): void => {
    if (field.current !== null) field.current.value = '';
    desk.send({ call: 'readVirtualCard', qr });
  };
  const takesVirtual = state.virtualCards && state.operator !== undefined && resting && !desk.model.busy;
  const rereads = flow.step === 'idle' && identity.state === 'refused' && identity.source === 'nhi-card';
  useScan(takesVirtual, readVirtual);
  useKeys({
    F2: flow.step === 'refused' || refusal !== undefined ? retry : rereads ? readCard : undefined,
    F4: takesVirtual ? () => field.current?.focus() : undefined,
    Escape: resting && (flow.step !== 'idle' || identity.state !== 'none') ? clear : undefined,
  });
  const hasPerson = identity.state === 'shown' || identity.state === 'refused';
  const left = useIdle(flow.step === 'checked-in' || flow.step === 'refused' || hasPerson, clear);

  const content = () => {
    if (state.operator === undefined) return <SignOn desk={desk} state={state} />;
    if (refusal !== undefined) {
      const again = ERRORS[refusal.code].retry;
      return (
        <section className="trouble">
          <h1 className="visually-hidden">{t('error.title')}</h1>
          <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
            <PressButton look={again ? 'primary' : 'plain'} size="kiosk" keyName="F2" onPress={retry}>
              {t('key.retry')}
            </PressButton>
            <PressButton look={again ? 'plain' : 'primary'} size="kiosk" keyName="Esc" onPress={clear}>
              {t('key.clear')}
            </PressButton>
          </ErrorPanel>
          {flow.step === 'refused' ? <StageList stages={flow.stages} compact /> : null}
        </section>
      );
    }
    switch (flow.step) {
      case 'idle':
      case 'refused':
        if (flow.step === 'idle' && identity.state !== 'none')
          return <IdentityPanel identity={identity} attempt={desk.model.attempt} onRead={readCard} onClear={clear} />;
        return <Attract left={leftBehind(state) && (holds(state, 'patient') || holds(state, 'nhi'))} />;
      case 'working':
        return <Working task={flow.task} stages={flow.stages} onCancel={desk.cancel} size="kiosk" />;
      case 'checked-in':
        if (identity.state !== 'shown')
          return <CheckedIn flow={flow} agreement={undefined} description={description} onFinish={clear} />;
        if (identity.agreement === 'other')
          return <OtherPerson flow={flow} identity={identity} attempt={desk.model.attempt} onClear={clear} />;
        return <CheckedIn flow={flow} agreement={identity.agreement} description={description} onFinish={clear} />;
    }
  };

  return (
    <div className="screen screen--kiosk">
      <div className="screen__body">{content()}</div>
      {state.operator === undefined ? null : (
        <div className="screen__foot">
          <PressButton
            size="kiosk"
            icon={<LifeBuoy aria-hidden="true" />}
            onPress={() => {
              setHelping(true);
            }}
          >
            {t('app.help')}
          </PressButton>
          {state.virtualCards ? <VirtualCardField field={field} isBusy={!takesVirtual} onRead={readVirtual} /> : null}
          <OnDuty desk={desk} state={state} />
        </div>
      )}
      {helping ? (
        <AskDialog title={t('app.helpTitle')} text={t('app.helpText')} onDismiss={() => setHelping(false)}>
          <PressButton look="primary" size="kiosk" autoFocus onPress={() => setHelping(false)}>
            {t('app.close')}
          </PressButton>
        </AskDialog>
      ) : null}
      {left === undefined ? null : (
        <AskDialog
          title={t('registration.idleTitle')}
          text={t('registration.idleText', { count: left })}
          onDismiss={() => undefined}
        >
          <PressButton look="primary" size="kiosk" autoFocus onPress={() => undefined}>
            {t('registration.idleStay')}
          </PressButton>
          <PressButton size="kiosk" onPress={clear}>
            {t('key.clear')}
          </PressButton>
        </AskDialog>
      )}
    </div>
  );
}
