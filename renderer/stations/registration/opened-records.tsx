/**
 * What the patient is told after a check-in: an emergency room opened the record without the patient's word. When, where, why, and the line of the
 * log, by which the bureau finds it again.
 * @module
 */
import { Siren } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { RegistrationFlow } from '../../../contract/registration-desk.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { shortId, when } from '../../ui/calendar.ts';
import { PrintOpened } from './print-opened.tsx';

/** What the bureau says of it. */
export type Notices = NonNullable<(RegistrationFlow & { step: 'checked-in' })['notices']>;

/** One line for each time. */
export function OpenedRecords({
  notices,
  description,
}: {
  readonly notices: Notices;
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  const title = useId();
  return (
    <section className="checked__opened" aria-labelledby={title}>
      <h2 id={title}>
        <Siren aria-hidden="true" />
        {t('registration.openedTitle')}
      </h2>
      <ul>
        {notices.map(({ at, institution, reason, log }) => (
          <li key={log.position}>
            {t('registration.opened', {
              when: when(at, i18n.language),
              institution,
              reason: t(`emergency.reason.${reason}`),
              line: log.position,
              hash: shortId(log.hash),
            })}
          </li>
        ))}
      </ul>
      <p>{t('registration.openedHow')}</p>
      <PrintOpened notices={notices} description={description} />
    </section>
  );
}
