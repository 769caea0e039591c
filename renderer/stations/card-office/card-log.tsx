/**
 * What happened to a card, oldest first: step, state, reason, by whom and when.
 * @module
 */
import { useTranslation } from 'react-i18next';
import { dayOf } from '../../../contract/calendar.ts';
import type { CardLogLine } from '../../../contract/card-life.ts';
import { clockTime, rocDay, shortId } from '../../ui/calendar.ts';
import { actorOf, eventOf } from './card-words.ts';

/** A list rather than a table: reasons are sentences. */
export function CardLog({ log }: { readonly log: readonly CardLogLine[] }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="office-card__sheet">
      <h2 className="section-title">{t('cardOffice.logTitle')}</h2>
      <ol className="office-log">
        {log.map(({ event, status, reason, by, at }) => {
          const known = eventOf(event);
          const actor = actorOf(by);
          return (
            <li key={`${at} ${event}`} className="office-log__line">
              <p className="office-log__what">
                <strong>{known === undefined ? event : t(`cardOffice.event.${known}`)}</strong>
                <span>{t('cardOffice.became', { state: t(`cardOffice.state.${status}`) })}</span>
              </p>
              {reason === '' ? null : <p className="office-log__reason">{reason}</p>}
              <p className="office-log__by">
                {rocDay(dayOf(Date.parse(at)), i18n.language)} {clockTime(at)}{' '}
                {t(`cardOffice.by.${actor}`, { id: actor === 'clerk' ? shortId(by) : '' })}
              </p>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
