/**
 * The warrants of a patient, or the one with a serial number: whose agent may collect until when, and the one thing that a clerk can do with each.
 * @module
 */
import { CircleCheck, RotateCcw, UserMinus } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WarrantStanding } from '../../../contract/agents.ts';
import type { CardOfficeFlow } from '../../../contract/card-office-desk.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { stateOfWarrant } from './card-words.ts';
import { ReasonDialog } from './reason-dialog.tsx';

const STEP_OF_ARROW: Readonly<Partial<Record<string, number>>> = { ArrowDown: 1, ArrowUp: -1 };

/** The arrows move the focus among them, Enter asks, Escape goes back. */
export function WarrantList({
  flow,
  busy,
  trouble,
  onErase,
  onBack,
}: {
  readonly flow: Extract<CardOfficeFlow, { step: 'warrants' }>;
  readonly busy: boolean;
  readonly trouble: ReactNode;
  readonly onErase: (serial: string, reason: string) => void;
  /** To the card they were asked for with, or to the search. */
  readonly onBack: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { card, warrants, today, done } = flow;
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [asked, setAsked] = useState<WarrantStanding>();
  // Buttons come and go with what is taken back: afterwards the focus is on the heading, at first on the first that can be.
  useLayoutEffect(() => {
    if (busy) return;
    const first = section.current?.querySelector<HTMLElement>('tbody button:enabled');
    (done === undefined && first ? first : heading.current)?.focus();
  }, [busy, done]);
  useKeys(asked === undefined && !busy ? { Escape: onBack } : {});
  const move = (event: KeyboardEvent): void => {
    const step = STEP_OF_ARROW[event.key];
    if (step === undefined) return;
    const all = [...(section.current?.querySelectorAll<HTMLElement>('tbody button:enabled') ?? [])];
    const at = all.findIndex((button) => button === document.activeElement);
    all[Math.max(0, at + step)]?.focus();
    event.preventDefault();
  };
  return (
    // The arrows move what has the focus already.
    <section className="list" ref={section} onKeyDown={move}>
      <header className="list__head">
        <h1 className="section-title" tabIndex={-1} ref={heading}>
          {t('cardOffice.warrants.title')} {card === undefined ? null : <span className="code">{shortId(card)}</span>}{' '}
          <span className="list__count">{warrants.length}</span>
        </h1>
        <PressButton
          look="quiet"
          keyName="Esc"
          icon={<RotateCcw aria-hidden="true" />}
          isDisabled={busy}
          onPress={onBack}
        >
          {t(card === undefined ? 'cardOffice.another' : 'cardOffice.warrants.backToCard')}
        </PressButton>
      </header>
      {trouble}
      {done === undefined || busy ? null : (
        <p className="pin-done">
          <CircleCheck aria-hidden="true" />
          {t('cardOffice.warrants.done')}
        </p>
      )}
      {warrants.length === 0 ? (
        <p className="list__none">{t('cardOffice.warrants.none')}</p>
      ) : (
        <table className="lines office-cards">
          <thead>
            <tr>
              <th scope="col">{t('cardOffice.serial')}</th>
              <th scope="col">{t('cardOffice.warrants.agent')}</th>
              <th scope="col">{t('cardOffice.status')}</th>
              <th scope="col">{t('cardOffice.warrants.until')}</th>
              <th scope="col">{t('cardOffice.warrants.used')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('cardOffice.warrants.erase')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {warrants.map((warrant) => {
              const state = stateOfWarrant(warrant, today);
              return (
                <tr key={warrant.serial}>
                  <th scope="row" className="code" title={warrant.serial}>
                    {shortId(warrant.serial)}
                  </th>
                  <td>{warrant.maskedName}</td>
                  <td>
                    <span
                      className={`badge badge--${state === 'in-force' ? 'ok' : state === 'erased' ? 'bad' : 'calm'}`}
                    >
                      {t(`agents.state.${state}`)}
                    </span>
                  </td>
                  <td>{rocDay(warrant.until, i18n.language)}</td>
                  <td>{t('cardOffice.warrants.times', { count: warrant.used })}</td>
                  <td>
                    {warrant.erased ? null : (
                      <PressButton
                        icon={<UserMinus aria-hidden="true" />}
                        isDisabled={busy}
                        label={t('cardOffice.warrants.eraseOf', {
                          name: warrant.maskedName,
                          serial: shortId(warrant.serial),
                        })}
                        onPress={() => setAsked(warrant)}
                      >
                        {t('cardOffice.warrants.erase')}
                      </PressButton>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {asked === undefined ? null : (
        <ReasonDialog
          title={t('cardOffice.warrants.ask.title', { name: asked.maskedName })}
          text={t('cardOffice.warrants.ask.text')}
          yes={t('cardOffice.warrants.erase')}
          harmless={false}
          onReason={(reason) => {
            setAsked(undefined);
            onErase(asked.serial, reason);
          }}
          onDismiss={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
