/**
 * What was signed, where it is now, and how long it took.
 * @module
 */
import { CircleAlert, CircleCheck, FileCheck2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ClinicFlow, StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { shortId } from '../../ui/calendar.ts';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { PrintPaper } from '../../ui/print-paper.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { PickupSlip } from './pickup-slip.tsx';

/** Says plainly when something has not arrived yet. */
export function Receipt({
  desk,
  flow,
  description,
  onNext,
}: {
  readonly desk: DeskHandle;
  readonly flow: ClinicFlow & { step: 'signed' };
  readonly description: StationDescription;
  readonly onNext: () => void;
}) {
  const { t } = useTranslation();
  const { slip, acknowledged, onCard } = flow;
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
          {t('clinic.signedTitle')}
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
        </ul>
        {slip === undefined ? null : (
          <PrintPaper desk={desk} rxId={slip.rxId} printed={slip.printed} name={t('paper.printSlip')}>
            <PickupSlip slip={slip} acknowledged={acknowledged} onCard={onCard} description={description} />
          </PrintPaper>
        )}
        <PressButton look="primary" keyName="Esc" autoFocus onPress={onNext}>
          {t('clinic.next')}
        </PressButton>
      </div>
      <StageList stages={flow.stages} compact />
    </section>
  );
}
