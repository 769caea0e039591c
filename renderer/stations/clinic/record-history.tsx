/**
 * Earlier records, each with whether its signature held at this desk.
 * @module
 */
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RecordSummary } from '../../../contract/clinic-desk.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { rocDay } from '../../ui/calendar.ts';
import { termName } from '../../ui/term-search.ts';

/** Newest first, as the station sends them. */
export function RecordHistory({
  records,
  description,
}: {
  readonly records: readonly RecordSummary[];
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  if (records.length === 0) return <p className="history__none">{t('clinic.noHistory')}</p>;
  return (
    <ol className="history">
      {records.map((record) => (
        <li key={record.id} className={record.verified ? 'visit' : 'visit visit--unverified'}>
          <p className="visit__head">
            <time dateTime={record.day} title={record.day}>
              {i18n.language === 'en' ? record.day : rocDay(record.day, i18n.language)}
            </time>
            <span className="visit__where">{record.institution}</span>
          </p>
          <ul className="visit__what">
            {record.diagnoses.map((code) => (
              <li key={code}>
                <span className="code">{code}</span> {termName(description.conditions, code, i18n.language)}
              </li>
            ))}
            {record.lines.map((line, i) => (
              // oxlint-disable-next-line react/no-array-index-key
              <li key={`${line.code}-${i}`} className="visit__drug">
                <span>{termName(description.medications, line.code, i18n.language)}</span>
                <span>{t(`unit.${line.unit}`, { count: line.dose })}</span>
                <span>{t('line.timesPerDay', { times: line.timesPerDay })}</span>
                <span>{t('line.days', { count: line.days })}</span>
              </li>
            ))}
            {record.parts === undefined ? null : <li>{t('clinic.partsChoice', { count: record.parts })}</li>}
          </ul>
          <p className={record.verified ? 'badge badge--ok' : 'badge badge--bad'}>
            {record.verified ? <ShieldCheck aria-hidden="true" /> : <ShieldAlert aria-hidden="true" />}
            {t(record.verified ? 'clinic.verified' : 'clinic.unverified')}
          </p>
        </li>
      ))}
    </ol>
  );
}
