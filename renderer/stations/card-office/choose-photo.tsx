/**
 * The photo that whoever confirms in an emergency looks at: taken with the camera of the desk, or a picture file.
 * @module
 */
import { Camera } from 'lucide-react';
import { type ChangeEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo } from '../../../contract/fingerprints.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { photoOf } from './photo-file.ts';

/** Says so when what was chosen is no picture. `onCamera` opens the camera. */
export function ChoosePhoto({
  photo,
  isDisabled,
  onCamera,
  onChoose,
}: {
  readonly photo: Photo | undefined;
  readonly isDisabled: boolean;
  readonly onCamera: () => void;
  readonly onChoose: (photo: Photo | undefined) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [isBad, setIsBad] = useState(false);
  /** Chosen last: a large file that was chosen before is ready after a small one, and is not meant any more. */
  const last = useRef<File>(undefined);
  const choose = (change: ChangeEvent<HTMLInputElement>): void => {
    const file = change.target.files?.[0];
    if (file === undefined) return;
    last.current = file;
    void photoOf(file).then((chosen) => {
      if (last.current !== file) return;
      setIsBad(chosen === undefined);
      onChoose(chosen);
    });
  };
  return (
    <div className="choose-photo">
      <PressButton keyName="F3" icon={<Camera aria-hidden="true" />} isDisabled={isDisabled} onPress={onCamera}>
        {t('fingerprints.camera.open')}
      </PressButton>
      <label htmlFor={id}>{t('fingerprints.photo')}</label>
      <input
        id={id}
        type="file"
        className="field"
        accept="image/jpeg,image/png"
        disabled={isDisabled}
        onChange={choose}
        aria-invalid={isBad}
        aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} className={isBad ? 'field-error' : 'office-find__hint'} role={isBad ? 'alert' : undefined}>
        {t(isBad ? 'fingerprints.photoBad' : 'fingerprints.photoHint')}
      </p>
      {photo === undefined ? null : (
        <img
          className="choose-photo__picture"
          src={`data:${photo.mime};base64,${photo.data}`}
          alt={t('fingerprints.photoChosen')}
        />
      )}
    </div>
  );
}
