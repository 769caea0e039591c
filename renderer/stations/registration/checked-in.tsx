/**
 * The result of a check-in: the number, whose it is, how long the insurance is paid, and what to do next.
 * @module
 */
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RegistrationFlow } from '../../../contract/registration-desk.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { IdentityCheck } from './identity-panel.tsx';
import { OpenedRecords } from './opened-records.tsx';

/** The number is the biggest thing on the screen. */
export function CheckedIn({
  flow,
  agreement,
  description,
  onFinish,
}: {
  readonly flow: RegistrationFlow & { step: 'checked-in' };
  /** What an NHI card or a virtual card says to it, when there was one. */
  readonly agreement: 'same' | 'unsure' | undefined;
  readonly description: StationDescription;
  readonly onFinish: () => void;
}) {
  const { t, i18n } = useTranslation();
  return (
    <section className="checked">
      {agreement === undefined ? null : <IdentityCheck agreement={agreement} />}
      <div className="ticket">
        <p className="ticket__label">{t('registration.queue')}</p>
        <p className="ticket__number" data-testid="queue-number">
          {flow.queueNumber}
        </p>
      </div>
      <div className="checked__body">
        <h1 className="checked__title">
          <CircleCheck aria-hidden="true" />
          {t('registration.doneTitle')}
        </h1>
        <Person person={flow.person} />
        <dl className="facts">
          <div className="fact">
            <dt>{t('registration.paidUntil')}</dt>
            <dd>
              {rocDay(flow.paidUntil, i18n.language)} <span className="fact__iso">{flow.paidUntil}</span>
            </dd>
          </div>
          <div className="fact">
            <dt>{t('registration.visit')}</dt>
            <dd className="code">{shortId(flow.visitId)}</dd>
          </div>
        </dl>
        {flow.renewalDue ? (
          <p className="checked__renewal" role="status">
            {t('registration.renewalDue', { day: rocDay(flow.cardExpires, i18n.language) })}
          </p>
        ) : null}
        {flow.notices === undefined ? null : <OpenedRecords notices={flow.notices} description={description} />}
        <h2 className="checked__next">{t('registration.nextTitle')}</h2>
        <ol className="todo">
          <li>{t('registration.next1')}</li>
          <li>{t('registration.next2', { number: flow.queueNumber })}</li>
          <li>{t('registration.next3')}</li>
        </ol>
        <PressButton look="primary" size="kiosk" keyName="Esc" onPress={onFinish}>
          {t('registration.finish')}
        </PressButton>
      </div>
      <StageList stages={flow.stages} compact />
    </section>
  );
}
