/**
 * The desk at work: what is going on, step by step, and a cancel that works.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { Stage } from '../../contract/stage.ts';
import type { DeskState } from '../../contract/station.ts';
import { PressButton } from './press-button.tsx';
import { StageList } from './stage-list.tsx';
import { useKeys } from './use-keys.ts';

/** What is done, and what takes it back. */
export interface WorkingProps {
  readonly task: Extract<DeskState['flow'], { step: 'working' }>['task'];
  readonly stages: readonly Stage[];
  readonly onCancel: () => void;
  readonly size?: 'desk' | 'kiosk';
}

/** Escape cancels as well. */
export function Working({ task, stages, onCancel, size = 'desk' }: WorkingProps) {
  const { t } = useTranslation();
  useKeys({ Escape: onCancel });
  return (
    <section className="working" aria-busy="true">
      <h1 className="working__title">{t(`task.${task}`)}</h1>
      <StageList stages={stages} />
      <PressButton look="quiet" size={size} keyName="Esc" onPress={onCancel}>
        {t('key.cancel')}
      </PressButton>
    </section>
  );
}
