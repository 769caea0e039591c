/**
 * Long work tells the truth: every step by name, with a tick and how long it took.
 * @module
 */
import { CircleCheck, CircleX, LoaderCircle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Stage } from '../../contract/stage.ts';

const ICONS = { running: LoaderCircle, done: CircleCheck, failed: CircleX } as const;

/** The steps so far; `compact` beside a result. */
export function StageList({
  stages,
  compact = false,
}: {
  readonly stages: readonly Stage[];
  readonly compact?: boolean;
}) {
  const { t } = useTranslation();
  if (stages.length === 0) return null;
  const total = stages.reduce((sum, stage) => sum + stage.ms, 0);
  const ended = stages.every((stage) => stage.state !== 'running');
  return (
    <section className={compact ? 'stages stages--compact' : 'stages'} aria-label={t('stage.title')}>
      <ol className="stages__list">
        {stages.map((stage) => {
          const Icon = ICONS[stage.state];
          return (
            <li key={stage.name} className={`stage stage--${stage.state}`}>
              <Icon className="stage__icon" role="img" aria-label={t(`stage.state.${stage.state}`)} />
              <span className="stage__name">{t(`stage.name.${stage.name}`)}</span>
              {stage.equation === '' ? null : (
                <span className="stage__equation">{t('stage.equation', { equation: stage.equation })}</span>
              )}
              <span className="stage__ms">
                {stage.state === 'running' ? '' : t('stage.ms', { ms: Math.round(stage.ms) })}
              </span>
            </li>
          );
        })}
      </ol>
      {ended ? <p className="stages__total">{t('stage.total', { ms: Math.round(total) })}</p> : null}
    </section>
  );
}
