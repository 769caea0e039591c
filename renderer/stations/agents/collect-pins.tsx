/**
 * An agent with two cards at the pharmacy: the agent's PIN on the holder's card, then the PIN of the agent's own card, which is in another reader.
 * @module
 */
import { CircleCheck, CreditCard, KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PinPad } from '../../ui/pin-pad.tsx';
import { createPinPair, type PinPair } from '../../ui/pin-sheet.ts';

const ENTRIES = ['agent', 'own'] as const;

/** Takes no digit before both cards are in; a card that leaves takes what was entered along. */
export function CollectPins({
  areHere,
  isBusy,
  onPins,
}: {
  readonly areHere: boolean;
  readonly isBusy: boolean;
  readonly onPins: (pins: PinPair) => void;
}) {
  const { t } = useTranslation();
  const [sheet] = useState(createPinPair);
  const [step, setStep] = useState(0);
  const [were, setWere] = useState(areHere);
  if (were !== areHere) {
    setWere(areHere);
    setStep(0);
  }
  useEffect(() => () => sheet.clear(), [areHere, sheet]);
  const enter = (digits: number[]): void => {
    const pins = sheet.add(digits);
    setStep(sheet.count());
    if (pins !== undefined) onPins(pins);
  };
  return (
    <>
      <ol className="steps">
        <li className={areHere ? 'step step--done' : 'step step--now'}>
          {areHere ? <CircleCheck aria-hidden="true" /> : <CreditCard aria-hidden="true" />}
          <span>{t('agents.needBeside')}</span>
        </li>
        {ENTRIES.map((entry, i) => (
          <li key={entry} className={step > i ? 'step step--done' : areHere && step === i ? 'step step--now' : 'step'}>
            {step > i ? <CircleCheck aria-hidden="true" /> : <KeyRound aria-hidden="true" />}
            <span>{t(`agents.pin.${entry}`)}</span>
          </li>
        ))}
      </ol>
      <PinPad
        key={`${areHere} ${step}`}
        label={t(`agents.pin.${ENTRIES[step] ?? 'agent'}`)}
        confirm={t('pin.enter')}
        isDisabled={isBusy || !areHere}
        onPin={enter}
      />
    </>
  );
}
