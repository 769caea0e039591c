/**
 * The card office: sign-on, find a card, open it, take a step with it.
 * @module
 */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo } from '../../../contract/fingerprints.ts';
import type { DeskState } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { OnDuty, SignOn } from '../../ui/sign-on.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { Working } from '../../ui/working.tsx';
import { CardList } from './card-list.tsx';
import { CardSheet } from './card-sheet.tsx';
import { FindForm } from './find-form.tsx';
import { FingerprintSheet } from './fingerprint-sheet.tsx';
import { keepsPhoto } from './keeps-photo.ts';
import { WarrantList } from './warrant-list.tsx';

/** F2 opens the card in the reader, F4 lists the suspended, F9 opens the fingerprints of its holder, Escape clears; an open card has keys of its own. */
export function CardOfficeScreen({
  desk,
  state,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'card-office' };
}) {
  const { t } = useTranslation();
  const { flow, inReaders } = state;
  const { busy } = desk.model;
  const refusal = shownRefusal(desk.model);
  const on = state.operator !== undefined;
  // Whose it is, for what is chosen may come when that holder is gone.
  const [held, setHeld] = useState<{ readonly pid: string; readonly photo: Photo }>();
  const [shown, setShown] = useState(flow);
  if (shown !== flow) {
    setShown(flow);
    if (!keepsPhoto(shown, flow)) setHeld(undefined);
  }
  const clear = (): void => desk.send({ call: 'clear' });
  const open = (serial: string): void => desk.send({ call: 'findCards', query: { by: 'serial', serial } });
  const searching = on && !busy && (flow.step === 'idle' || flow.step === 'refused');
  useKeys({
    F2: searching ? () => desk.send({ call: 'findCards', query: { by: 'reader' } }) : undefined,
    F9: searching ? () => desk.send({ call: 'openFingerprints' }) : undefined,
    F4: searching ? () => desk.send({ call: 'findCards', query: { by: 'status', status: 'suspended' } }) : undefined,
    Escape: on && !busy && (flow.step === 'found' || (searching && refusal !== undefined)) ? clear : undefined,
  });

  const trouble =
    refusal === undefined ? null : (
      <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
        {flow.step === 'card' || flow.step === 'warrants' || flow.step === 'fingerprints' ? null : (
          <PressButton keyName="Esc" onPress={clear}>
            {t('key.clear')}
          </PressButton>
        )}
      </ErrorPanel>
    );

  const content = () => {
    if (!on) return <SignOn desk={desk} state={state} />;
    switch (flow.step) {
      case 'idle':
      case 'refused':
        return (
          <FindForm
            inReaders={inReaders}
            trouble={trouble}
            onFind={(query) => {
              if (!busy) desk.send({ call: 'findCards', query });
            }}
            onFingerprints={() => {
              if (!busy) desk.send({ call: 'openFingerprints' });
            }}
          />
        );
      case 'working':
        return <Working task={flow.task} stages={flow.stages} onCancel={desk.cancel} />;
      case 'found':
        return <CardList cards={flow.cards} busy={busy} trouble={trouble} onOpen={open} onClear={clear} />;
      case 'fingerprints': {
        const { pid } = flow.standing;
        return (
          <FingerprintSheet
            desk={desk}
            flow={flow}
            trouble={trouble}
            photo={held?.pid === pid ? held.photo : undefined}
            onPhoto={(photo) => setHeld(photo === undefined ? undefined : { pid, photo })}
          />
        );
      }
      case 'card':
        return (
          <CardSheet
            key={flow.card.serial}
            flow={flow}
            inReaders={inReaders}
            busy={busy}
            trouble={trouble}
            onOpen={open}
            onWarrants={() => desk.send({ call: 'findCards', query: { by: 'warrants-of', card: flow.card.serial } })}
            onTake={(step) => desk.send({ call: 'takeCardStep', serial: flow.card.serial, step })}
            onClear={busy ? desk.cancel : clear}
          />
        );
      case 'warrants': {
        const { card } = flow;
        return (
          <WarrantList
            key={card ?? 'one'}
            flow={flow}
            busy={busy}
            trouble={trouble}
            onErase={(serial, reason) => desk.send({ call: 'eraseWarrant', serial, reason })}
            onBack={card === undefined ? clear : () => open(card)}
          />
        );
      }
    }
  };
  return (
    <div className="screen screen--dense">
      <div className="screen__body">{content()}</div>
      {on ? (
        <div className="screen__foot">
          <OnDuty desk={desk} state={state} />
        </div>
      ) : null}
    </div>
  );
}
