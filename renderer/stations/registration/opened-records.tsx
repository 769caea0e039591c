/**
 * What the patient is told after a check-in: an emergency room opened the record without the patient's word. When, where, why, and the line of the
 * log, by which the bureau finds it again.
 * @module
 */
import { Siren } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { StationDescription } from '../../../contract/station.ts';
import { type Notices, OpenedLine } from './opened-line.tsx';
import { PrintOpened } from './print-opened.tsx';

/** One line for each time. */
export function OpenedRecords({
  notices,
  description,
}: {
  readonly notices: Notices;
  readonly description: StationDescription;
}) {
  const { t } = useTranslation();
  const title = useId();
  return (
    <section className="checked__opened" aria-labelledby={title}>
      <h2 id={title}>
        <Siren aria-hidden="true" />
        {t('registration.openedTitle')}
      </h2>
      <ul>
        {notices.map((notice) => (
          <OpenedLine key={notice.log.position} notice={notice} />
        ))}
      </ul>
      <p>{t('registration.openedHow')}</p>
      <PrintOpened notices={notices} description={description} />
    </section>
  );
}
