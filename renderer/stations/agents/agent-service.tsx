/**
 * The agents of a card at registration and pharmacy: two people, one reader, and every step says whose card and whose PIN it wants.
 * @module
 */
import { CircleCheck, CreditCard, Printer, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AgentServiceView } from '../../../contract/agent-service.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { countOf, holds } from '../../ui/card-indicator.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { AgentAccepts } from './agent-accepts.tsx';
import { AgentList } from './agent-list.tsx';
import { ChooseScope } from './choose-scope.tsx';
import { ScopeWords } from './scope-words.tsx';

/** Escape leaves it. */
export function AgentService({
  desk,
  state,
  view,
  pharmacies,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState;
  readonly view: AgentServiceView;
  readonly pharmacies: StationDescription['pharmacies'];
}) {
  const { t } = useTranslation();
  const { busy, refusal: outright, attempt } = desk.model;
  const leave = (): void => desk.send({ call: 'clear' });
  useKeys({ Escape: busy ? undefined : leave });
  const isHere = holds(state, 'patient');
  const areBoth = countOf(state, 'patient') > 1;
  // A health card goes before it, at the station as here.
  const isCivil = holds(state, 'civil') && !isHere;
  const refusal = busy ? undefined : (('refusal' in view ? view.refusal : undefined) ?? outright);

  const content = () => {
    switch (view.state) {
      case 'waiting':
        return (
          <div className="gate__text">
            <ol className="steps">
              <li className="step step--now">
                <CreditCard aria-hidden="true" />
                <span>{t('agents.needCard')}</span>
              </li>
            </ol>
          </div>
        );
      case 'listed':
        return <AgentList desk={desk} state={state} view={view} pharmacies={pharmacies} />;
      case 'choosing':
        return (
          <div className="gate__text">
            <ChooseScope desk={desk} view={view} pharmacies={pharmacies} isCivil={holds(state, 'civil')} />
          </div>
        );
      case 'consenting':
        return (
          <>
            <div className="gate__text">
              <ScopeWords scope={view.scope} pharmacies={pharmacies} />
              <ol className="todo">
                <li>{t(view.scope.controlled === true ? 'agents.beside1' : 'agents.consent1')}</li>
                <li>{t(view.scope.controlled === true ? 'agents.beside2' : 'agents.consent2')}</li>
                <li>{t('agents.consent3')}</li>
              </ol>
              {view.scope.controlled === true && holds(state, 'civil') ? <p>{t('agents.controlledCivil')}</p> : null}
            </div>
            <div className="gate__pad">
              <PinPad
                key={isCivil ? 'civil' : 'own'}
                label={t(isCivil ? 'agents.pin.civil' : 'agents.pin.own')}
                confirm={t('pin.enter')}
                isDisabled={busy || !(view.scope.controlled === true ? areBoth : isHere || isCivil)}
                onPin={(pin) => desk.send({ call: 'consentAgent', pin })}
              />
            </div>
          </>
        );
      case 'accepting':
        return (
          <>
            <div className="gate__text">
              <ScopeWords scope={view.scope} pharmacies={pharmacies} />
              <p>{t(view.scope.controlled === true ? 'agents.acceptBeside' : 'agents.accept1')}</p>
              <p className="gate__why">{t('agents.accept2')}</p>
            </div>
            <div className="gate__pad">
              <AgentAccepts desk={desk} isHere={isHere} />
            </div>
          </>
        );
      case 'made':
        return (
          <div className="gate__text receipt__sheet" data-testid="agent-slip">
            <p className="pin-done" role="status">
              <CircleCheck aria-hidden="true" />
              {t('agents.made', { name: view.agent.name ?? '' })}
            </p>
            <ScopeWords scope={view.agent.scope} pharmacies={pharmacies} />
            <ul className="todo">
              <li>{t(view.agent.scope.controlled === true ? 'agents.slipBeside' : 'agents.slip1')}</li>
              <li>{t('agents.slip2')}</li>
              <li>{t('agents.slip3')}</li>
            </ul>
            <PressButton
              look="primary"
              icon={<Printer aria-hidden="true" />}
              onPress={() => {
                window.print();
              }}
            >
              {t('agents.print')}
            </PressButton>
          </div>
        );
    }
  };

  return (
    <div className="screen screen--dense">
      <div className="screen__body agents">
        <h1 className="gate__title">{t('agents.title')}</h1>
        {refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={attempt} />}
        <div className="gate">{content()}</div>
        <div className="gate__leave">
          <PressButton look="quiet" keyName="Esc" isDisabled={busy} onPress={leave}>
            {t('pinService.leave')}
          </PressButton>
        </div>
      </div>
    </div>
  );
}

/** The way in, in the bar of registration and pharmacy, once somebody is on duty. */
export function AgentServiceButton({ desk, state }: { readonly desk: DeskHandle; readonly state: DeskState }) {
  const { t } = useTranslation();
  const serves = state.desk === 'registration' || state.desk === 'pharmacy';
  if (!serves || state.operator === undefined) return null;
  const isOpen = state.agentService !== undefined || state.pinService !== undefined;
  return (
    <PressButton
      icon={<Users aria-hidden="true" />}
      isDisabled={desk.model.busy || isOpen || state.flow.step === 'working'}
      onPress={() => desk.send({ call: 'openAgentService' })}
    >
      {t('agents.enter')}
    </PressButton>
  );
}
