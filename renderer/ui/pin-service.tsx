/**
 * The PIN service: which card, what to do, and three entries on the pad. Whether they are good is the station's to say.
 * @module
 */
import { CircleCheck, CreditCard, KeyRound, LockKeyholeOpen } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { CardKind } from '../../contract/card-service.ts';
import { type PinServiceView, PinWork } from '../../contract/pin-service.ts';
import type { DeskState } from '../../contract/station.ts';
import type { DeskHandle } from '../client/use-desk.ts';
import { holds } from './card-indicator.ts';
import { ErrorPanel } from './error-panel.tsx';
import { PinPad } from './pin-pad.tsx';
import { createPinSheet } from './pin-sheet.ts';
import { PressButton } from './press-button.tsx';
import { useKeys } from './use-keys.ts';

const ENTRIES = ['given', 'next', 'again'] as const;

/** Escape leaves it. Another card or another work begins the entries anew. */
export function PinService({
  desk,
  state,
  view,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState;
  readonly view: PinServiceView;
}) {
  const { t } = useTranslation();
  const [sheet] = useState(createPinSheet);
  const [step, setStep] = useState(0);
  const [work, setWork] = useState(view.work);
  const [wanted, setWanted] = useState<CardKind>();
  const { busy } = desk.model;
  const present = CardKind.options.filter((kind) => holds(state, kind));
  const card = present.find((kind) => kind === wanted) ?? present[0];
  const leave = (): void => desk.send({ call: 'clear' });
  const restart = (): void => {
    sheet.clear();
    setStep(0);
  };
  // A card that left took its holder along: nobody else finishes what that one began.
  const [holder, setHolder] = useState(card);
  if (holder !== card) {
    setHolder(card);
    setStep(0);
  }
  useEffect(() => () => sheet.clear(), [card, sheet]);
  useKeys({ Escape: busy ? undefined : leave });

  const enter = (digits: number[]): void => {
    const entries = sheet.add(digits);
    setStep(sheet.count());
    if (entries === undefined || card === undefined) return;
    const { given, next, again } = entries;
    if (work === 'change') desk.send({ call: 'changePin', card, pin: given, next, again });
    else desk.send({ call: 'unblockPin', card, puk: given, next, again });
  };
  const label = (entry: (typeof ENTRIES)[number]): string => t(`pinService.${entry}.${work}`);
  const told = step > 0 || busy ? undefined : view;

  const result = () => {
    switch (told?.state) {
      case undefined:
      case 'waiting':
        return null;
      case 'done':
        return (
          <p className="pin-done" role="status">
            <CircleCheck aria-hidden="true" />
            {t(`pinService.done.${told.work}`, { card: t(`card.${told.card}`) })}
          </p>
        );
      case 'refused':
        return <ErrorPanel refusal={told.refusal} attempt={desk.model.attempt} />;
    }
  };

  return (
    <div className="screen screen--dense">
      <div className="screen__body">
        <div className="gate">
          <section className="gate__text">
            <h1 className="gate__title">{t('pinService.title')}</h1>
            {result()}
            <RadioGroup
              className="choice"
              aria-label={t('pinService.work')}
              value={work}
              isDisabled={busy}
              onChange={(value) => {
                setWork(PinWork.parse(value));
                restart();
              }}
            >
              <Radio className="choice__one" value="change">
                <KeyRound aria-hidden="true" />
                {t('pinService.change')}
              </Radio>
              <Radio className="choice__one" value="unblock">
                <LockKeyholeOpen aria-hidden="true" />
                {t('pinService.unblock')}
              </Radio>
            </RadioGroup>
            {present.length < 2 ? null : (
              <RadioGroup
                className="choice"
                aria-label={t('pinService.card')}
                value={card ?? ''}
                isDisabled={busy}
                onChange={(value) => setWanted(CardKind.parse(value))}
              >
                {present.map((kind) => (
                  <Radio key={kind} className="choice__one" value={kind}>
                    <CreditCard aria-hidden="true" />
                    {t(`card.${kind}`)}
                  </Radio>
                ))}
              </RadioGroup>
            )}
            <ol className="steps">
              <li className={card === undefined ? 'step step--now' : 'step step--done'}>
                {card === undefined ? <CreditCard aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
                <span>
                  {card === undefined ? t('pinService.needCard') : t(`card.${card}`)}
                  <small>{t(card === undefined ? 'signOn.waiting' : 'signOn.ready')}</small>
                </span>
              </li>
              {ENTRIES.map((entry, i) => (
                <li
                  key={entry}
                  className={
                    card !== undefined && step > i
                      ? 'step step--done'
                      : card !== undefined && step === i
                        ? 'step step--now'
                        : 'step'
                  }
                >
                  {step > i ? <CircleCheck aria-hidden="true" /> : <KeyRound aria-hidden="true" />}
                  <span>{label(entry)}</span>
                </li>
              ))}
            </ol>
            {told === undefined || told.state === 'waiting' ? (
              <p className="gate__why">{t(`pinService.why.${work}`)}</p>
            ) : null}
            <div className="gate__leave">
              <PressButton look="quiet" keyName="Esc" isDisabled={busy} onPress={leave}>
                {t('pinService.leave')}
              </PressButton>
            </div>
          </section>
          <section className="gate__pad">
            <PinPad
              key={`${card ?? ''} ${work} ${step}`}
              label={label(ENTRIES[step] ?? 'given')}
              confirm={t('pin.enter')}
              isDisabled={busy || card === undefined}
              onPin={enter}
            />
          </section>
        </div>
      </div>
    </div>
  );
}

/** The way in, in the bar of every desk; closed while the desk has somebody before it. */
export function PinServiceButton({ desk, state }: { readonly desk: DeskHandle; readonly state: DeskState }) {
  const { t } = useTranslation();
  const { step } = state.flow;
  const isOpen = state.pinService !== undefined;
  return (
    <PressButton
      icon={<KeyRound aria-hidden="true" />}
      isDisabled={desk.model.busy || isOpen || !(step === 'idle' || step === 'refused')}
      onPress={() => desk.send({ call: 'openPinService', work: 'change' })}
    >
      {t('pinService.enter')}
    </PressButton>
  );
}

/** Beside a refusal that the PIN service can put right: a transport PIN, a blocked one. */
export function PinRemedy({ desk, code }: { readonly desk: DeskHandle; readonly code: string }) {
  const { t } = useTranslation();
  const work = code === 'PIN_CHANGE_REQUIRED' ? 'change' : code === 'PIN_BLOCKED' ? 'unblock' : undefined;
  if (work === undefined) return null;
  return (
    <PressButton
      look="primary"
      icon={<KeyRound aria-hidden="true" />}
      onPress={() => desk.send({ call: 'openPinService', work })}
    >
      {t(`pinService.${work}`)}
    </PressButton>
  );
}
