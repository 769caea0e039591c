/**
 * The result of handing out: what was collected, and whether the bureau knows yet.
 * @module
 */
import { CircleAlert, CircleCheck, PackageCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PharmacyFlow } from '../../../contract/pharmacy-desk.ts';
import type { StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { shortId } from '../../ui/calendar.ts';
import { MedicationTable } from '../../ui/medication-table.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { PrintPaper } from '../../ui/print-paper.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { Labels } from './labels.tsx';
import { OutcomeList } from './outcome-list.tsx';

/** Says plainly when the record still waits. */
export function HandedOut({
  desk,
  flow,
  description,
  onNext,
}: {
  readonly desk: DeskHandle;
  readonly flow: PharmacyFlow & { step: 'dispensed' };
  readonly description: StationDescription;
  readonly onNext: () => void;
}) {
  const { t } = useTranslation();
  const { prescription, acknowledged, paper } = flow;
  const { medications, institutions } = description;
  const pharmacy = institutions.find(({ desk: name }) => name === 'pharmacy')?.name ?? '';
  const printed = paper.labels.reduce((sum, label) => sum + label.printed, paper.owedSlip?.printed ?? 0);
  return (
    <section className="receipt">
      <div className="receipt__sheet">
        <h1 className="receipt__title">
          <PackageCheck aria-hidden="true" />
          {t('pharmacy.dispensedTitle')}
          <span className="receipt__id">
            {t('clinic.rxId')} <span className="code">{shortId(prescription.rxId)}</span>
          </span>
        </h1>
        <p>{t(prescription.owed.length > 0 ? 'pharmacy.owingText' : 'pharmacy.dispensedText')}</p>
        <MedicationTable lines={prescription.lines} terms={medications} />
        <OutcomeList prescription={prescription} outcomes={flow.outcomes} medications={medications} />
        <ul className="marks">
          <li className={acknowledged ? 'mark mark--ok' : 'mark mark--warn'}>
            {acknowledged ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
            {t(acknowledged ? 'clinic.acknowledged' : 'clinic.notAcknowledged')}
          </li>
        </ul>
        {paper.labels.length === 0 && paper.owedSlip === undefined ? null : (
          <PrintPaper desk={desk} rxId={prescription.rxId} printed={printed} name={t('paper.printLabels')}>
            <Labels flow={flow} pharmacy={pharmacy} medications={medications} />
          </PrintPaper>
        )}
        <PressButton look="primary" keyName="Esc" autoFocus onPress={onNext}>
          {t('pharmacy.next')}
        </PressButton>
      </div>
      <StageList stages={flow.stages} compact />
    </section>
  );
}
