/**
 * A photo with the camera of the desk: its live picture, one key to take it, and the camera off as soon as it is taken. Whatever takes this dialog off
 * the screen - Escape, the card, another desk - switches the camera off too.
 * @module
 */
import { Camera, RotateCcw } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo } from '../../../contract/fingerprints.ts';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { createDeskCamera } from './desk-camera.ts';
import { photoOfVideo } from './photo-file.ts';

/** Without sound. A camera that has no picture of this size gives the nearest. */
const openCamera = (): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });

/** F2 takes the picture and then uses it, F3 takes another or tries again, Escape leaves without. */
export function TakePhoto({
  onPhoto,
  onDismiss,
}: {
  readonly onPhoto: (photo: Photo) => void;
  readonly onDismiss: () => void;
}) {
  const { t } = useTranslation();
  const [camera] = useState(() => createDeskCamera(openCamera));
  const view = useSyncExternalStore(camera.subscribe, camera.view);
  const video = useRef<HTMLVideoElement>(null);
  const [isShowing, setIsShowing] = useState(false);
  const [taken, setTaken] = useState<Photo>();
  useEffect(() => {
    void camera.start();
    return camera.stop;
  }, [camera]);
  const stream = view.state === 'live' ? view.stream : null;
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);

  const take = (): void => {
    if (video.current === null) return;
    setIsShowing(false);
    void photoOfVideo(video.current).then((photo) => {
      if (photo !== undefined) {
        camera.stop();
        setTaken(photo);
      } else if (camera.view().state === 'live') void camera.start();
    });
  };
  const again = (): void => {
    setIsShowing(false);
    setTaken(undefined);
    void camera.start();
  };
  const mayTake = stream !== null && isShowing;
  const mayAgain = taken !== undefined || view.state === 'failed';
  const use = taken === undefined ? undefined : () => onPhoto(taken);
  useKeys({ F2: use ?? (mayTake ? take : undefined), F3: mayAgain ? again : undefined });

  const words = (): string => {
    if (taken !== undefined) return t('fingerprints.camera.taken');
    if (view.state === 'failed') return t(`fingerprints.camera.trouble.${view.trouble}`);
    return t(mayTake ? 'fingerprints.camera.live' : 'fingerprints.camera.starting');
  };
  return (
    <AskDialog
      title={t('fingerprints.camera.title')}
      text={t('fingerprints.camera.text')}
      onDismiss={onDismiss}
      body={
        <>
          {taken === undefined ? null : (
            <img
              className="take-photo__picture"
              src={`data:${taken.mime};base64,${taken.data}`}
              alt={t('fingerprints.photoChosen')}
            />
          )}
          {taken !== undefined || view.state === 'failed' ? null : (
            <video
              ref={video}
              className="take-photo__picture"
              aria-label={t('fingerprints.camera.picture')}
              autoPlay
              muted
              playsInline
              onPlaying={() => setIsShowing(true)}
            />
          )}
          <p className={view.state === 'failed' ? 'field-error' : 'office-find__hint'} role="status">
            {words()}
          </p>
        </>
      }
    >
      {/* What Enter does is where the focus is: each button comes with it. */}
      {taken === undefined && mayTake ? (
        <PressButton
          key="take"
          look="primary"
          keyName="F2"
          autoFocus
          icon={<Camera aria-hidden="true" />}
          onPress={take}
        >
          {t('fingerprints.camera.take')}
        </PressButton>
      ) : null}
      {use === undefined ? null : (
        <PressButton key="use" look="primary" keyName="F2" autoFocus onPress={use}>
          {t('fingerprints.camera.use')}
        </PressButton>
      )}
      {mayAgain ? (
        <PressButton
          key="again"
          keyName="F3"
          autoFocus={taken === undefined}
          icon={<RotateCcw aria-hidden="true" />}
          onPress={again}
        >
          {t(taken === undefined ? 'key.retry' : 'fingerprints.camera.again')}
        </PressButton>
      ) : null}
      <PressButton key="back" keyName="Esc" onPress={onDismiss}>
        {t('key.back')}
      </PressButton>
    </AskDialog>
  );
}
