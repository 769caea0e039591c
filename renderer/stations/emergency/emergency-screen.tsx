/**
 * The emergency desk: why, fingers, candidates, record. Big targets for gloves, every step by keyboard too.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PinRemedy } from '../../ui/pin-service.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { Working } from '../../ui/working.tsx';
import { CaseForm } from './case-form.tsx';
import { EmergencyCandidates } from './emergency-candidates.tsx';
import { EmergencyClock } from './emergency-clock.tsx';
import { EmergencyFingers } from './emergency-fingers.tsx';
import { RecordSheet } from './record-sheet.tsx';

/** F9 says that somebody is still there. */
export function EmergencyScreen({
  desk,
  state,
  description,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'emergency' };
  readonly description: StationDescription;
}) {
  const { t } = useTranslation();
  const { flow } = state;
  const { busy, attempt } = desk.model;
  const refusal = shownRefusal(desk.model);
  const stay = (): void => desk.send({ call: 'stay' });
  useKeys({ F9: 'about' in flow && !busy ? stay : undefined });
  const trouble =
    refusal === undefined ? null : (
      <ErrorPanel refusal={refusal} attempt={attempt}>
        <PinRemedy desk={desk} code={refusal.code} />
      </ErrorPanel>
    );
  const content = () => {
    switch (flow.step) {
      case 'idle':
      case 'refused':
        return <CaseForm desk={desk} state={state} trouble={trouble} />;
      case 'working':
        return <Working task={flow.task} stages={flow.stages} size="kiosk" onCancel={desk.cancel} />;
      case 'fingers':
        return <EmergencyFingers desk={desk} flow={flow} trouble={trouble} />;
      case 'candidates':
        return <EmergencyCandidates desk={desk} state={state} flow={flow} trouble={trouble} />;
      case 'emergency-record':
        return <RecordSheet desk={desk} flow={flow} description={description} />;
    }
  };
  return (
    <div className="screen screen--er">
      <div className="screen__body">{content()}</div>
      {'about' in flow ? (
        <div className="screen__foot">
          <p className="er-about">
            <strong>{t('emergency.triageShort', { level: flow.about.triage })}</strong> {flow.about.reason.words}
          </p>
          <EmergencyClock clearsAt={flow.clearsAt} endsAt={flow.endsAt} isDisabled={busy} onStay={stay} />
        </div>
      ) : null}
    </div>
  );
}
