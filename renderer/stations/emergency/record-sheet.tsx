/**
 * The minimal record: allergies first, then what is taken, then what is known. Nothing of it is kept here, and the patient will be told.
 * @module
 */
import { CircleAlert, Pill, Stethoscope, TriangleAlert } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { substanceKey } from '../../../contract/safety.ts';
import type { EmergencyFlow, StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { rocDay, rocYear } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { termName } from '../../ui/term-search.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { substanceName } from '../clinic/substance-name.ts';

/** Escape clears; a list that is empty says that nothing is known, which is not that there is nothing. */
export function RecordSheet({
  desk,
  flow,
  description,
}: {
  readonly desk: DeskHandle;
  readonly flow: Extract<EmergencyFlow, { step: 'emergency-record' }>;
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const { record, photo } = flow;
  const clear = (): void => desk.send({ call: 'clear' });
  useKeys({ Escape: clear });
  useLayoutEffect(() => {
    heading.current?.focus();
  }, []);
  const { language } = i18n;
  return (
    <section className="er-record">
      <header className="er-record__head">
        <img
          className="er-person__photo"
          src={`data:${photo.mime};base64,${photo.data}`}
          alt={t('emergency.photoConfirmed')}
        />
        <div>
          <h1 className="er-title" tabIndex={-1} ref={heading}>
            {t('emergency.recordTitle')}
          </h1>
          <p className="er-record__who">
            {t(`person.${record.sex}`)} · {t('person.born', { year: record.birthYear, roc: rocYear(record.birthYear) })}
          </p>
          <p className="er-why">
            {t('emergency.logged', { position: record.log.position, hash: record.log.hash.slice(0, 12) })}
          </p>
        </div>
      </header>
      <div className="er-record__part er-record__part--grave">
        <h2>
          <TriangleAlert aria-hidden="true" /> {t('emergency.allergies')}
        </h2>
        {record.allergies.length === 0 ? <p>{t('emergency.noAllergies')}</p> : null}
        <ul>
          {record.allergies.map(({ substance, criticality, confirmed }) => (
            <li key={substanceKey(substance)} className={criticality === 'high' ? 'er-grave' : ''}>
              <CircleAlert aria-hidden="true" /> <strong>{substanceName(substance, description, language)}</strong>{' '}
              {t(`clinic.allergy.criticality.${criticality}`)}
              {confirmed ? null : <small> {t('clinic.allergy.unconfirmed')}</small>}
            </li>
          ))}
        </ul>
      </div>
      <div className="er-record__part">
        <h2>
          <Pill aria-hidden="true" /> {t('emergency.medication')}
        </h2>
        {record.medication.length === 0 ? <p>{t('emergency.noMedication')}</p> : null}
        <ul>
          {record.medication.map((line, i) => (
            // Two lines may be equal; their place tells them apart.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={i}>
              <strong>{termName(description.medications, line.code, language)}</strong>{' '}
              {t(`unit.${line.unit}`, { count: line.dose })}, {t('line.timesPerDay', { times: line.timesPerDay })},{' '}
              {t('emergency.until', { day: rocDay(line.until, language) })}
            </li>
          ))}
        </ul>
      </div>
      <div className="er-record__part">
        <h2>
          <Stethoscope aria-hidden="true" /> {t('emergency.diagnoses')}
        </h2>
        {record.diagnoses.length === 0 ? <p>{t('emergency.noDiagnoses')}</p> : null}
        <ul>
          {record.diagnoses.map(({ code, at }) => (
            <li key={code}>
              <strong>{termName(description.conditions, code, language)}</strong> <span className="code">{code}</span>{' '}
              {rocDay(at, language)}
            </li>
          ))}
        </ul>
      </div>
      <div className="er-actions">
        <PressButton look="primary" size="kiosk" keyName="Esc" onPress={clear}>
          {t('emergency.done')}
        </PressButton>
        <p className="er-why">{t('emergency.told')}</p>
      </div>
    </section>
  );
}
