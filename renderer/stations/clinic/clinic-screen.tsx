/**
 * Clinic: both cards in -> opened -> signed.
 * @module
 */
import { useEffect, useReducer } from 'react';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { Working } from '../../ui/working.tsx';
import { NO_VISIT, reduceClinic } from './clinic-view.ts';
import { IssuedList } from './issued-list.tsx';
import { OpenPanel } from './open-panel.tsx';
import { Receipt } from './receipt.tsx';
import { SigningOpen } from './signing-open.tsx';
import { VisitDesk } from './visit-desk.tsx';

/** The visit stays in view while it is being signed; nothing of it stays afterwards. */
export function ClinicScreen({
  desk,
  state,
  description,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'clinic' };
  readonly description: StationDescription;
}) {
  const [view, change] = useReducer(reduceClinic, NO_VISIT);
  const { flow } = state;
  useEffect(() => {
    change({ type: 'flow', flow });
  }, [flow]);
  const clear = (): void => desk.send({ call: 'clear' });
  useKeys({ Escape: flow.step === 'signed' ? clear : undefined });

  const visit = flow.step === 'opened' ? flow : view.visit;
  const content = () => {
    switch (flow.step) {
      case 'idle':
      case 'refused':
        return <OpenPanel desk={desk} state={state} />;
      case 'signed':
        return <Receipt desk={desk} state={state} flow={flow} description={description} onNext={clear} />;
      case 'issued':
        return <IssuedList desk={desk} state={state} flow={flow} description={description} />;
      case 'opened':
      case 'working': {
        if (visit === undefined || (flow.step === 'working' && flow.task !== 'signing')) {
          const working = flow.step === 'working' ? flow : undefined;
          return <Working task={working?.task ?? 'opening'} stages={working?.stages ?? []} onCancel={desk.cancel} />;
        }
        return (
          <VisitDesk
            key={visit.visitId}
            desk={desk}
            view={view}
            visit={visit}
            comfort={state.comfort}
            stages={flow.step === 'working' ? flow.stages : undefined}
            description={description}
            change={change}
          />
        );
      }
    }
  };
  return (
    <div className="screen screen--dense screen--clinic">
      <SigningOpen
        comfort={state.comfort}
        isDisabled={desk.model.busy || flow.step === 'working'}
        onEnd={() => desk.send({ call: 'signOff' })}
      />
      <div className="screen__body">{content()}</div>
    </div>
  );
}
