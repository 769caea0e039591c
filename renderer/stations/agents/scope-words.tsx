/**
 * What an agent may collect, in plain words: on the screen, and on the slip, which repeats it.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { AgentScope } from '../../../contract/agent-service.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';

/** Three facts: which prescriptions and how often, where, until when. */
export function ScopeWords({
  scope,
  pharmacies,
}: {
  readonly scope: AgentScope;
  readonly pharmacies: StationDescription['pharmacies'];
}) {
  const { t, i18n } = useTranslation();
  const nameOf = (code: string): string => pharmacies.find((one) => one.code === code)?.name ?? code;
  const named = scope.prescriptions.map(shortId).join(', ');
  const where = scope.pharmacies.map(nameOf).join(', ');
  return (
    <dl className="facts">
      <div className="fact">
        <dt>{t('agents.what')}</dt>
        <dd>
          {named === '' ? t('agents.any') : t('agents.these', { list: named })}
          {', '}
          {t('agents.uses', { count: scope.uses })}
          {scope.controlled === true ? `, ${t('agents.controlled')}` : ''}
        </dd>
      </div>
      <div className="fact">
        <dt>{t('agents.where')}</dt>
        <dd>{where === '' ? t('agents.anywhere') : where}</dd>
      </div>
      <div className="fact">
        <dt>{t('agents.until')}</dt>
        <dd>
          {rocDay(scope.until, i18n.language)} <span className="fact__iso">{scope.until}</span>
        </dd>
      </div>
    </dl>
  );
}
