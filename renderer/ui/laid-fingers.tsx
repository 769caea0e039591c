/**
 * Fingers of a demonstration: invented people's, laid on its scanner with one press. Only where a desk takes fingers, and marked as what they are.
 * @module
 */
import { FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { LaidFinger } from '../../contract/taken-finger.ts';
import { nameKey } from './finger-words.ts';
import { PressButton } from './press-button.tsx';

/** One button a finger. */
export function LaidFingers({
  fingers,
  onLay,
}: {
  readonly fingers: readonly LaidFinger[];
  readonly onLay: (id: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <section className="laid" aria-labelledby="laid-title">
      <h2 className="laid__title" id="laid-title">
        <FlaskConical aria-hidden="true" />
        {t('finger.laidTitle')}
      </h2>
      <div className="laid__fingers">
        {fingers.map(({ id, label, finger, poor }) => (
          <PressButton key={id} onPress={() => onLay(id)}>
            {t(poor ? 'finger.laidPoor' : 'finger.laid', { who: label, finger: t(nameKey(finger)) })}
          </PressButton>
        ))}
      </div>
    </section>
  );
}
