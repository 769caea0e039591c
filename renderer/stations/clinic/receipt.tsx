/**
 * What was signed, where it is now, and how long it took.
 * @module
 */
import { Ban, CircleAlert, CircleCheck, CircleX, FileCheck2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClinicFlow } from '../../../contract/clinic-desk.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { shortId } from '../../ui/calendar.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { PrintPaper } from '../../ui/print-paper.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { AskCancel } from './ask-cancel.tsx';
import { PickupSlip } from './pickup-slip.tsx';

/** Says plainly when something has not arrived yet. F7 cancels the prescription that was signed just now. */
export function Receipt({
  desk,
  state,
  flow,
  description,
  onNext,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'clinic' };
  readonly flow: ClinicFlow & { step: 'signed' };
  readonly description: StationDescription;
  readonly onNext: () => void;
}) {
  const { t } = useTranslation();
  const { slip, acknowledged, onCard, rxId, cancelled } = flow;
  const [asking, setAsking] = useState(false);
  const refusal = shownRefusal(desk.model);
  const mayCancel = rxId !== undefined && !cancelled && !desk.model.busy && !asking;
  const ask = (): void => setAsking(true);
  useKeys({ F7: mayCancel ? ask : undefined });
  const mark = (good: boolean, words: string) => (
    <li className={good ? 'mark mark--ok' : 'mark mark--warn'}>
      {good ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
      {words}
    </li>
  );
  return (
    <section className="receipt">
      <div className="receipt__sheet">
        <h1 className="receipt__title">
          <FileCheck2 aria-hidden="true" />
          {t(cancelled ? 'clinic.signedCancelled' : 'clinic.signedTitle')}
        </h1>
        <Person person={flow.person} />
        <dl className="facts">
          <div className="fact">
            <dt>{t('clinic.fingerprint')}</dt>
            <dd className="code code--large">{flow.fingerprint}</dd>
          </div>
          <div className="fact">
            <dt>{t('clinic.recordId')}</dt>
            <dd className="code">{flow.recordId.length > 16 ? shortId(flow.recordId) : flow.recordId}</dd>
          </div>
          <div className="fact">
            <dt>{t('clinic.rxId')}</dt>
            <dd className="code">{flow.rxId === undefined ? t('clinic.noRx') : shortId(flow.rxId)}</dd>
          </div>
        </dl>
        <ul className="marks">
          {mark(flow.acknowledged, t(flow.acknowledged ? 'clinic.acknowledged' : 'clinic.notAcknowledged'))}
          {mark(flow.onCard, t(flow.onCard ? 'clinic.onCard' : 'clinic.notOnCard'))}
          {cancelled ? (
            <li className="mark mark--warn">
              <CircleX aria-hidden="true" />
              {t('clinic.cancelled')}
            </li>
          ) : null}
        </ul>
        {refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={desk.model.attempt} />}
        {slip === undefined || cancelled ? null : (
          <PrintPaper desk={desk} rxId={slip.rxId} printed={slip.printed} name={t('paper.printSlip')}>
            <PickupSlip slip={slip} acknowledged={acknowledged} onCard={onCard} description={description} />
          </PrintPaper>
        )}
        {rxId === undefined || cancelled ? null : (
          <PressButton
            look="quiet"
            keyName="F7"
            icon={<Ban aria-hidden="true" />}
            isDisabled={desk.model.busy}
            onPress={ask}
          >
            {t('clinic.cancelThis')}
          </PressButton>
        )}
        <PressButton look="primary" keyName="Esc" autoFocus onPress={onNext}>
          {t('clinic.next')}
        </PressButton>
      </div>
      <StageList stages={flow.stages} compact />
      {asking && rxId !== undefined ? (
        <AskCancel
          text={t('clinic.cancelNow', { person: flow.person.name, rx: shortId(rxId) })}
          endsComfort={state.comfort !== undefined}
          onNo={() => setAsking(false)}
          onYes={(reason, pin) => {
            setAsking(false);
            desk.send({ call: 'cancelPrescription', rxId, reason, pin });
          }}
        />
      ) : null}
    </section>
  );
}
