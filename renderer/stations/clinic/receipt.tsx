/**
 * What was signed, where it is now, and how long it took.
 * @module
 */
import { CircleAlert, CircleCheck, FileCheck2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ClinicFlow } from '../../../contract/station.ts';
import { shortId } from '../../ui/calendar.ts';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { StageList } from '../../ui/stage-list.tsx';

/** Says plainly when something has not arrived yet. */
export function Receipt({
  flow,
  onNext,
}: {
  readonly flow: ClinicFlow & { step: 'signed' };
  readonly onNext: () => void;
}) {
  const { t } = useTranslation();
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
        <PressButton look="primary" keyName="Esc" autoFocus onPress={onNext}>
          {t('clinic.next')}
        </PressButton>
      </div>
      <StageList stages={flow.stages} compact />
    </section>
  );
}
