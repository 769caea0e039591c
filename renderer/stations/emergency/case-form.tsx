/**
 * The first step: how urgent, why there is no other way, what can be seen of the person. It is logged with the query, and so it is asked before any
 * finger is taken.
 * @module
 */
import { Siren } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { EmergencyCase } from '../../../contract/emergency-desk.ts';
import type { DeskState } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { holds } from '../../ui/card-indicator.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';

type Kind = EmergencyCase['reason']['kind'];
const LEVELS = ['1', '2', '3'] as const;
const KINDS = ['unconscious', 'confused', 'language', 'child-alone', 'other'] as const satisfies readonly Kind[];
const SEXES = ['unknown', 'male', 'female'] as const;
const BANDS = ['unknown', 'child', 'adult', 'old'] as const;

/** One row of big buttons of which one is chosen; the arrows move. */
function Choice<V extends string>({
  label,
  values,
  chosen,
  words,
  onChoose,
}: {
  readonly label: string;
  readonly values: readonly V[];
  readonly chosen: V | undefined;
  readonly words: (value: V) => string;
  readonly onChoose: (value: V) => void;
}) {
  return (
    <RadioGroup
      className="er-choice"
      aria-label={label}
      orientation="horizontal"
      value={chosen ?? null}
      onChange={(value) => {
        const next = values.find((one) => one === value);
        if (next !== undefined) onChoose(next);
      }}
    >
      <span className="er-choice__label" aria-hidden="true">
        {label}
      </span>
      <span className="er-choice__row">
        {values.map((value) => (
          <Radio key={value} value={value} className="choice__one er-choice__one">
            {words(value)}
          </Radio>
        ))}
      </span>
    </RadioGroup>
  );
}

/** F2 begins once level and reason are chosen and a doctor's card is ready. */
export function CaseForm({
  desk,
  state,
  trouble,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'emergency' };
  readonly trouble: ReactNode;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [level, setLevel] = useState<(typeof LEVELS)[number]>();
  const [kind, setKind] = useState<Kind>();
  const [words, setWords] = useState('');
  const [sex, setSex] = useState<(typeof SEXES)[number]>('unknown');
  const [band, setBand] = useState<(typeof BANDS)[number]>('unknown');
  const doctor = holds(state, 'doctor');
  const isSaid = level !== undefined && kind !== undefined && (kind !== 'other' || words.trim() !== '');
  const isReady = isSaid && doctor && !desk.model.busy;
  const begin = (): void => {
    if (level === undefined || kind === undefined) return;
    // What was chosen says enough where nobody has the time to type.
    const said = words.trim() === '' ? t(`emergency.reason.${kind}`) : words.trim();
    desk.send({
      call: 'beginEmergency',
      about: {
        triage: Number(level),
        reason: { kind, words: said },
        seen: { sex: sex === 'unknown' ? null : sex, ageBand: band === 'unknown' ? null : band },
      },
    });
  };
  useKeys({
    F2: isReady ? begin : undefined,
    Escape: trouble === null ? undefined : () => desk.send({ call: 'clear' }),
  });
  const missing = doctor ? (isSaid ? undefined : t('emergency.needReason')) : t('emergency.needDoctor');
  return (
    <section className="er-form">
      {trouble}
      <h1 className="er-title">
        <Siren aria-hidden="true" />
        {t('emergency.title')}
      </h1>
      <p className="er-why">{t('emergency.why')}</p>
      <Choice
        label={t('emergency.triage')}
        values={LEVELS}
        chosen={level}
        words={(one) => t(`emergency.level.${one}`)}
        onChoose={setLevel}
      />
      <Choice
        label={t('emergency.reasonTitle')}
        values={KINDS}
        chosen={kind}
        words={(one) => t(`emergency.reason.${one}`)}
        onChoose={setKind}
      />
      <div className="er-words">
        <label htmlFor={id}>{t(kind === 'other' ? 'emergency.wordsNeeded' : 'emergency.words')}</label>
        <input
          id={id}
          className="field"
          type="text"
          autoComplete="off"
          maxLength={200}
          value={words}
          onChange={(change) => setWords(change.target.value)}
        />
      </div>
      <div className="er-seen">
        <Choice
          label={t('emergency.seenSex')}
          values={SEXES}
          chosen={sex}
          words={(one) => t(`emergency.sex.${one}`)}
          onChoose={setSex}
        />
        <Choice
          label={t('emergency.seenAge')}
          values={BANDS}
          chosen={band}
          words={(one) => t(`emergency.age.${one}`)}
          onChoose={setBand}
        />
      </div>
      <div className="er-actions">
        <PressButton look="primary" size="kiosk" keyName="F2" isDisabled={!isReady} onPress={begin}>
          {t('emergency.begin')}
        </PressButton>
        <p role="status">{missing}</p>
      </div>
    </section>
  );
}
