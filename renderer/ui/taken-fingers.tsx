/**
 * Fingers that were taken: a small picture, the quality in words with what could be better, and the ways to take it again or throw it away.
 * @module
 */
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TakenFinger } from '../../contract/taken-finger.ts';
import { BADGE_OF_GRADE, nameKey } from './finger-words.ts';
import { PressButton } from './press-button.tsx';

/** `size` as of the desk's buttons. */
export function TakenFingers({
  taken,
  isDisabled,
  size,
  onDrop,
}: {
  readonly taken: readonly TakenFinger[];
  readonly isDisabled: boolean;
  readonly size: 'desk' | 'kiosk';
  readonly onDrop: (index: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <ol className="taken">
      {taken.map(({ finger, grade, problems, preview }, index) => {
        const name = t(nameKey(finger));
        return (
          // Impressions of one finger differ in nothing but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className="taken__one">
            <img className="taken__picture" src={preview} alt={t('finger.picture', { finger: name })} />
            <div className="taken__words">
              <strong>{name}</strong>
              <span className={`badge badge--${BADGE_OF_GRADE[grade]}`}>{t(`finger.grade.${grade}`)}</span>
              {problems.length === 0 ? null : (
                <span className="taken__problems">
                  {problems.map((problem) => t(`finger.problem.${problem}`)).join(' · ')}
                </span>
              )}
              <PressButton
                size={size}
                look="quiet"
                icon={<Trash2 aria-hidden="true" />}
                isDisabled={isDisabled}
                label={t('finger.dropOne', { finger: name })}
                onPress={() => onDrop(index)}
              >
                {t('finger.drop')}
              </PressButton>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
