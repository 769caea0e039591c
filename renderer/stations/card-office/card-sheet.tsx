/**
 * One card of the register: what it is, what happened to it, and the steps that the bureau takes from a clerk now.
 * @module
 */
import { ArrowRight, CircleCheck, RefreshCw, RotateCcw, Users } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dayOf } from '../../../contract/calendar.ts';
import type { CardStep, ClerkEvent } from '../../../contract/card-life.ts';
import type { CardInReader, CardOfficeFlow } from '../../../contract/card-office-desk.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { CardLog } from './card-log.tsx';
import { badgeOf, groupsOf, needsSuccessor, STEP_KEYS, successorOf } from './card-words.ts';
import { type AskedStep, StepDialog } from './step-dialog.tsx';

export interface CardSheetProps {
  readonly flow: Extract<CardOfficeFlow, { step: 'card' }>;
  readonly inReaders: readonly CardInReader[];
  readonly busy: boolean;
  readonly trouble: ReactNode;
  readonly onOpen: (serial: string) => void;
  /** The warrants of the holder, where it is a health card. */
  readonly onWarrants: () => void;
  readonly onTake: (step: CardStep) => void;
  /** Back to the search; takes back what is under way. */
  readonly onClear: () => void;
}

/** F2 asks the bureau again, F10 shows the agents of a patient, every step has its key, Escape goes back. */
export function CardSheet({ flow, inReaders, busy, trouble, onOpen, onWarrants, onTake, onClear }: CardSheetProps) {
  const { t, i18n } = useTranslation();
  const { card, log, steps, done } = flow;
  const heading = useRef<HTMLHeadingElement>(null);
  const [asked, setAsked] = useState<AskedStep>();
  const successor = successorOf(card, inReaders);
  // Buttons come and go with the state of the card; the focus stays on the sheet.
  useLayoutEffect(() => {
    heading.current?.focus();
  }, [card.serial, log.length]);

  const askOf = (event: ClerkEvent): AskedStep | undefined => {
    if (!needsSuccessor(event)) return { event };
    return successor === undefined ? undefined : { event, by: successor.serial };
  };
  const ask = (event: ClerkEvent): (() => void) | undefined => {
    const step = askOf(event);
    return busy || step === undefined ? undefined : () => setAsked(step);
  };
  const again = (): void => onOpen(card.serial);
  const keys = Object.fromEntries(steps.map((event) => [STEP_KEYS[event], ask(event)]));
  const hasAgents = card.kind === 'patient';
  const own = { F2: busy ? undefined : again, F10: busy || !hasAgents ? undefined : onWarrants, Escape: onClear };
  useKeys(asked === undefined ? { ...keys, ...own } : {});

  const day = (instant: string): string => rocDay(dayOf(Date.parse(instant)), i18n.language);
  return (
    <section className="office-card">
      <header className="list__head">
        <h1 className="office-card__title" tabIndex={-1} ref={heading}>
          {t(`card.${card.kind}`)} <span className="code">{shortId(card.serial)}</span>
        </h1>
        <span className={`badge badge--${badgeOf(card.status)}`}>{t(`cardOffice.state.${card.status}`)}</span>
        {card.renewalDue ? <span className="badge badge--bad">{t('cardOffice.renewalDue')}</span> : null}
        <span className="office-card__ways">
          <PressButton keyName="F2" icon={<RefreshCw aria-hidden="true" />} isDisabled={busy} onPress={again}>
            {t('cardOffice.again')}
          </PressButton>
          {hasAgents ? (
            <PressButton keyName="F10" icon={<Users aria-hidden="true" />} isDisabled={busy} onPress={onWarrants}>
              {t('cardOffice.warrants.show')}
            </PressButton>
          ) : null}
          <PressButton look="quiet" keyName="Esc" icon={<RotateCcw aria-hidden="true" />} onPress={onClear}>
            {t(busy ? 'key.cancel' : 'cardOffice.another')}
          </PressButton>
        </span>
      </header>
      {trouble}
      {done === undefined || busy ? null : (
        <p className="pin-done">
          <CircleCheck aria-hidden="true" />
          {t(`cardOffice.done.${done}`)}
        </p>
      )}
      <div className="office-card__body">
        <div className="office-card__sheet">
          <dl className="facts">
            <div className="fact">
              <dt>{t('cardOffice.serial')}</dt>
              <dd className="code office-card__serial">{groupsOf(card.serial)}</dd>
            </div>
            <div className="fact">
              <dt>{t('cardOffice.holder')}</dt>
              <dd className="code" title={card.holder}>
                {card.kind === 'patient' ? shortId(card.holder) : card.holder}
              </dd>
            </div>
            <div className="fact">
              <dt>{t('cardOffice.issued')}</dt>
              <dd>{day(card.issuedAt)}</dd>
            </div>
            <div className="fact">
              <dt>{t('cardOffice.expires')}</dt>
              <dd>{day(card.expiresAt)}</dd>
            </div>
            {card.replacedBy === null ? null : (
              <div className="fact">
                <dt>{t('cardOffice.replacedBy')}</dt>
                <dd className="office-card__by">
                  <span className="code">{shortId(card.replacedBy)}</span>
                  <Successor serial={card.replacedBy} busy={busy} onOpen={onOpen} />
                </dd>
              </div>
            )}
          </dl>
          <h2 className="section-title">{t('cardOffice.stepsTitle')}</h2>
          {steps.length === 0 ? (
            <p className="office-find__hint">
              {t(flow.refusal === undefined ? 'cardOffice.noSteps' : 'cardOffice.stepsUnknown')}
            </p>
          ) : (
            <ul className="office-steps">
              {steps.map((event) => (
                <li key={event}>
                  <PressButton
                    keyName={STEP_KEYS[event]}
                    isDisabled={ask(event) === undefined}
                    onPress={() => ask(event)?.()}
                  >
                    {t(`cardOffice.step.${event}`)}
                  </PressButton>
                </li>
              ))}
            </ul>
          )}
          {steps.some(needsSuccessor) ? (
            <p className="office-find__hint">
              {successor === undefined ? (
                t('cardOffice.needSuccessor')
              ) : (
                <>
                  {t('cardOffice.successor')} <span className="code">{shortId(successor.serial)}</span>
                </>
              )}
            </p>
          ) : null}
        </div>
        <CardLog log={log} />
      </div>
      {asked === undefined ? null : (
        <StepDialog
          card={card}
          asked={asked}
          onDismiss={() => setAsked(undefined)}
          onTake={(step) => {
            setAsked(undefined);
            onTake(step);
          }}
        />
      )}
    </section>
  );
}

/** The way to the card that took the place. */
function Successor({
  serial,
  busy,
  onOpen,
}: {
  readonly serial: string;
  readonly busy: boolean;
  readonly onOpen: (serial: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <PressButton icon={<ArrowRight aria-hidden="true" />} isDisabled={busy} onPress={() => onOpen(serial)}>
      {t('cardOffice.openSuccessor')}
    </PressButton>
  );
}
