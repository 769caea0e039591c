/**
 * The agents of the card in the reader, and what can be done: collect, take back, name another. Each needs a PIN, and the pad says whose.
 * @module
 */
import { PackageCheck, UserMinus, UserPlus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { AgentServiceView, AgentView } from '../../../contract/agent-service.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { shortId, when } from '../../ui/calendar.ts';
import { countOf } from '../../ui/card-indicator.ts';
import { PinPad } from '../../ui/pin-pad.tsx';
import { CollectPins } from './collect-pins.tsx';
import { ScopeWords } from './scope-words.tsx';

/** Something to do, and whose PIN it takes. */
interface Choice {
  readonly key: string;
  readonly text: string;
  readonly icon: ReactNode;
  /** `both`: the agent's on this card, and that of the agent's own. */
  readonly pin: 'holder' | 'agent' | 'both';
  readonly act: (pin: number[], own?: number[]) => void;
}

/** Left: the list and the choice; right: the pad. */
export function AgentList({
  desk,
  state,
  view,
  pharmacies,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState;
  readonly view: AgentServiceView & { state: 'listed' };
  readonly pharmacies: StationDescription['pharmacies'];
}) {
  const { t, i18n } = useTranslation();
  const [wanted, setWanted] = useState('');
  const nameOf = ({ name, serial }: AgentView): string => name ?? t('agents.unnamed', { id: shortId(serial) });
  const collects = (agent: AgentView): readonly Choice[] =>
    state.desk !== 'pharmacy' || agent.state !== 'in-force'
      ? []
      : [
          {
            key: `collect ${agent.serial}`,
            text: t('agents.collect', { name: nameOf(agent) }),
            icon: <PackageCheck aria-hidden="true" />,
            pin: agent.scope.controlled === true ? 'both' : 'agent',
            act: (pin, own) =>
              desk.send({
                call: 'collectAsAgent',
                serial: agent.serial,
                pin,
                ...(own === undefined ? {} : { own }),
              }),
          },
        ];
  const choices: readonly Choice[] = [
    ...view.agents.flatMap(collects),
    ...(view.canAdd
      ? [
          {
            key: 'name',
            text: t('agents.name'),
            icon: <UserPlus aria-hidden="true" />,
            pin: 'holder',
            act: (pin: number[]) => desk.send({ call: 'beginAgent', pin }),
          } as const,
        ]
      : []),
    ...view.agents
      .filter((agent) => agent.state !== 'erased')
      .map(
        (agent): Choice => ({
          key: `withdraw ${agent.serial}`,
          text: t('agents.withdraw', { name: nameOf(agent) }),
          icon: <UserMinus aria-hidden="true" />,
          pin: 'holder',
          act: (pin) => desk.send({ call: 'withdrawAgent', serial: agent.serial, pin }),
        }),
      ),
  ];
  const chosen = choices.find(({ key }) => key === wanted) ?? choices[0];
  const { busy } = desk.model;
  return (
    <>
      <div className="gate__text">
        {view.listFrom === undefined ? null : (
          <p className="gate__why">{t('agents.offLine', { when: when(view.listFrom, i18n.language) })}</p>
        )}
        {view.agents.length === 0 ? <p>{t('agents.none')}</p> : null}
        {view.agents.map((agent) => (
          <article key={agent.serial} className="agent" data-state={agent.state}>
            <h2 className="agent__name">
              {nameOf(agent)} <small>{t(`agents.state.${agent.state}`)}</small>
            </h2>
            <ScopeWords scope={agent.scope} pharmacies={pharmacies} />
          </article>
        ))}
        {chosen === undefined ? null : (
          <RadioGroup
            className="choice"
            aria-label={t('agents.work')}
            value={chosen.key}
            isDisabled={busy}
            onChange={setWanted}
          >
            {choices.map(({ key, text, icon }) => (
              <Radio key={key} className="choice__one" value={key}>
                {icon}
                {text}
              </Radio>
            ))}
          </RadioGroup>
        )}
      </div>
      {chosen === undefined ? null : (
        <div className="gate__pad">
          {chosen.pin === 'both' ? (
            <CollectPins
              key={chosen.key}
              areHere={countOf(state, 'patient') > 1}
              isBusy={busy}
              onPins={({ pin, own }) => chosen.act(pin, own)}
            />
          ) : (
            <PinPad
              key={chosen.key}
              label={t(`agents.pin.${chosen.pin}`)}
              confirm={t('pin.enter')}
              isDisabled={busy}
              onPin={(pin) => chosen.act(pin)}
            />
          )}
        </div>
      )}
    </>
  );
}
