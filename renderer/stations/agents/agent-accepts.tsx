/**
 * The last step of naming an agent: the holder's PIN, then the agent chooses one, twice. Whether they are good is the station's to say.
 * @module
 */
import { CircleCheck, KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeskHandle } from '../../client/use-desk.ts';
import { PinPad } from '../../ui/pin-pad.tsx';
import { createPinSheet } from '../../ui/pin-sheet.ts';

const ENTRIES = ['given', 'next', 'again'] as const;

/** A card that leaves takes what was entered along. */
export function AgentAccepts({ desk, isHere }: { readonly desk: DeskHandle; readonly isHere: boolean }) {
  const { t } = useTranslation();
  const [sheet] = useState(createPinSheet);
  const [step, setStep] = useState(0);
  const { busy } = desk.model;
  const [was, setWas] = useState(isHere);
  if (was !== isHere) {
    setWas(isHere);
    setStep(0);
  }
  useEffect(() => () => sheet.clear(), [isHere, sheet]);
  const enter = (digits: number[]): void => {
    const entries = sheet.add(digits);
    setStep(sheet.count());
    if (entries === undefined) return;
    desk.send({ call: 'acceptAgent', pin: entries.given, next: entries.next, again: entries.again });
  };
  return (
    <>
      <ol className="steps">
        {ENTRIES.map((entry, i) => (
          <li key={entry} className={step > i ? 'step step--done' : step === i ? 'step step--now' : 'step'}>
            {step > i ? <CircleCheck aria-hidden="true" /> : <KeyRound aria-hidden="true" />}
            <span>{t(`agents.entry.${entry}`)}</span>
          </li>
        ))}
      </ol>
      <PinPad
        key={`${isHere} ${step}`}
        label={t(`agents.entry.${ENTRIES[step] ?? 'given'}`)}
        confirm={t('pin.enter')}
        isDisabled={busy || !isHere}
        onPin={enter}
      />
    </>
  );
}
