/**
 * What can be done with a prescription in each of its states.
 * @module
 */
import { ListChecks, Lock, LockOpen, MapPin, PackageCheck, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import type { RefillException } from '../../../contract/prescription-state.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { rocDay } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { AskException, AskTakeBack } from './ask-reason.tsx';

/** What a pharmacist decides. */
export interface PrescriptionDeeds {
  readonly onHandOut: () => void;
  readonly onLineByLine: () => void;
  readonly onAccept: (recover: boolean) => void;
  readonly onRelease: () => void;
  readonly onEarly: (exception: RefillException) => void;
  readonly onTakeBack: (reason: string) => void;
  readonly onDesignate: (pin: number[]) => void;
}

/** `keyName`: the key that hands out, on the first that can be; `sentTo`: the pharmacy where it is to be collected, if that is another. */
export function PrescriptionActions({
  prescription,
  busy,
  keyName,
  sentTo,
  deeds,
}: {
  readonly prescription: PrescriptionView;
  readonly busy: boolean;
  readonly keyName: string | undefined;
  readonly sentTo: string | undefined;
  readonly deeds: PrescriptionDeeds;
}) {
  const { t, i18n } = useTranslation();
  const [asking, setAsking] = useState<'early' | 'take-back' | 'designate'>();
  const { state, opensOn, takeBackUntil } = prescription;
  const handsOut = state === 'ready' || state === 'accepted' || state === 'owing';
  const isOver = !handsOut && state !== 'locked' && state !== 'early';
  if (isOver && takeBackUntil === undefined && sentTo === undefined) return null;
  const close = (): void => setAsking(undefined);
  return (
    <footer className="rx__foot">
      {takeBackUntil === undefined ? null : (
        <PressButton
          look="quiet"
          icon={<Undo2 aria-hidden="true" />}
          isDisabled={busy}
          onPress={() => setAsking('take-back')}
        >
          {t('pharmacy.takeBack')}
        </PressButton>
      )}
      {state === 'ready' ? (
        <PressButton icon={<Lock aria-hidden="true" />} isDisabled={busy} onPress={() => deeds.onAccept(false)}>
          {t('pharmacy.accept')}
        </PressButton>
      ) : null}
      {state === 'accepted' ? (
        <PressButton icon={<LockOpen aria-hidden="true" />} isDisabled={busy} onPress={deeds.onRelease}>
          {t('pharmacy.release')}
        </PressButton>
      ) : null}
      {state === 'locked' ? (
        <PressButton icon={<Lock aria-hidden="true" />} isDisabled={busy} onPress={() => deeds.onAccept(true)}>
          {t('pharmacy.recover')}
        </PressButton>
      ) : null}
      {state === 'early' ? (
        <PressButton icon={<PackageCheck aria-hidden="true" />} isDisabled={busy} onPress={() => setAsking('early')}>
          {t('pharmacy.exception')}
        </PressButton>
      ) : null}
      {handsOut ? (
        <PressButton icon={<ListChecks aria-hidden="true" />} isDisabled={busy} onPress={deeds.onLineByLine}>
          {t('pharmacy.lineByLine')}
        </PressButton>
      ) : null}
      {handsOut ? (
        <PressButton
          look="primary"
          icon={<PackageCheck aria-hidden="true" />}
          isDisabled={busy}
          onPress={deeds.onHandOut}
          {...(keyName === undefined ? {} : { keyName })}
        >
          {t(state === 'owing' ? 'pharmacy.handOutOwed' : 'pharmacy.handOut')}
        </PressButton>
      ) : null}
      {sentTo === undefined ? null : (
        <PressButton icon={<MapPin aria-hidden="true" />} isDisabled={busy} onPress={() => setAsking('designate')}>
          {t('pharmacy.designate')}
        </PressButton>
      )}
      {asking === 'designate' && sentTo !== undefined ? (
        <AskPin
          title={t('pharmacy.designateTitle')}
          text={t('pharmacy.designateText', { pharmacy: sentTo })}
          label={t('pharmacy.patientPin')}
          yes={t('pharmacy.designateYes')}
          no={t('pharmacy.designateNo')}
          onNo={close}
          onPin={(pin) => {
            close();
            deeds.onDesignate(pin);
          }}
        />
      ) : null}
      {asking === 'early' ? (
        <AskException
          opensOn={rocDay(opensOn ?? '', i18n.language)}
          onNo={close}
          onYes={(exception) => {
            close();
            deeds.onEarly(exception);
          }}
        />
      ) : null}
      {asking === 'take-back' ? (
        <AskTakeBack
          onNo={close}
          onYes={(reason) => {
            close();
            deeds.onTakeBack(reason);
          }}
        />
      ) : null}
    </footer>
  );
}
