/**
 * What was issued at this desk, newest first: today's, or what is still open; each can be cancelled while nobody has collected it whole.
 * The arrows move the focus from one to the next, Page keys turn pages.
 * @module
 */
import { Ban, CalendarDays, FolderOpen, RotateCcw } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClinicFlow, IssuedPrescription } from '../../../contract/clinic-desk.ts';
import { type IssuedScope, type IssuedState, mayCancel } from '../../../contract/issued.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { dayTime, rocDay, shortId } from '../../ui/calendar.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { moveByArrows } from '../../ui/move-by-arrows.ts';
import { PageTurner } from '../../ui/page-turner.tsx';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { termName } from '../../ui/term-search.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { AskCancel } from './ask-cancel.tsx';
import { pharmacyName } from './slip-names.ts';

const BADGES: Readonly<Record<IssuedState, 'ok' | 'warn' | 'bad' | 'calm'>> = {
  issued: 'ok',
  accepted: 'warn',
  'partly-dispensed': 'ok',
  owing: 'calm',
  dispensed: 'calm',
  cancelled: 'calm',
  expired: 'calm',
  'not-there': 'warn',
  unknown: 'warn',
};

/** F7 changes between today's and those still open. */
export function IssuedList({
  desk,
  state,
  flow,
  description,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'clinic' };
  readonly flow: ClinicFlow & { step: 'issued' };
  readonly description: StationDescription;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<IssuedPrescription>();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const { items, scope, page, pages, total } = flow;
  const { busy } = desk.model;
  const away = !state.bureau.online;
  const refusal = shownRefusal(desk.model);
  const other: IssuedScope = scope === 'today' ? 'open' : 'today';
  const open = (next: IssuedScope, at: number) => (): void => desk.send({ call: 'openIssued', scope: next, page: at });
  const previous = page > 1 && !busy ? open(scope, page - 1) : undefined;
  const next = page < pages && !busy ? open(scope, page + 1) : undefined;
  const close = (): void => desk.send({ call: 'clear' });
  const resting = !busy && asked === undefined;
  useKeys({
    Escape: resting ? close : undefined,
    F7: resting ? open(other, 1) : undefined,
    PageUp: asked === undefined ? previous : undefined,
    PageDown: asked === undefined ? next : undefined,
  });
  return (
    <section className="list issued" aria-labelledby="issued-title">
      <header className="list__head">
        <h1 className="section-title" id="issued-title" tabIndex={-1} ref={heading}>
          {t(`clinic.issued.${scope}`)} <span className="list__count">{total}</span>
        </h1>
        <PressButton
          keyName="F7"
          icon={other === 'today' ? <CalendarDays aria-hidden="true" /> : <FolderOpen aria-hidden="true" />}
          isDisabled={busy}
          onPress={open(other, 1)}
        >
          {t(`clinic.issued.${other}`)}
        </PressButton>
        <PageTurner page={page} pages={pages} previous={previous} next={next} />
        <PressButton
          look="quiet"
          keyName="Esc"
          icon={<RotateCcw aria-hidden="true" />}
          isDisabled={busy}
          onPress={close}
        >
          {t('workList.close')}
        </PressButton>
      </header>
      {refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={desk.model.attempt} />}
      {away ? <p className="notice notice--warn">{t('clinic.issued.away')}</p> : null}
      {items.length === 0 ? <p className="list__none">{t('clinic.issued.none')}</p> : null}
      <div className="list__body">
        <IssuedRows items={items} busy={busy} done={flow.cancelled} description={description} onCancel={setAsked} />
        <StageList stages={flow.stages} compact />
      </div>
      {asked === undefined ? null : (
        <AskCancel
          text={t('clinic.cancelWhose', {
            person: asked.person.name,
            rx: shortId(asked.rxId),
            time: dayTime(asked.at),
          })}
          endsComfort={state.comfort !== undefined}
          onNo={() => setAsked(undefined)}
          onYes={(reason, pin) => {
            setAsked(undefined);
            desk.send({ call: 'cancelPrescription', rxId: asked.rxId, reason, pin });
          }}
        />
      )}
    </section>
  );
}

function IssuedRows({
  items,
  busy,
  done,
  description,
  onCancel,
}: {
  readonly items: readonly IssuedPrescription[];
  readonly busy: boolean;
  readonly done: string | undefined;
  readonly description: StationDescription;
  readonly onCancel: (item: IssuedPrescription) => void;
}) {
  const { t, i18n } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  return (
    // The arrows move what has the focus already.
    <ul className="list__cards plain" ref={list} onKeyDown={(event) => moveByArrows(list.current, event)}>
      {items.map((item) => (
        <li key={item.rxId} className={`issue ${item.rxId === done ? 'issue--done' : ''}`}>
          <div className="issue__who">
            <time dateTime={item.at}>{dayTime(item.at)}</time>
            <Person person={item.person} />
            <span className="code" title={item.rxId}>
              {shortId(item.rxId)}
            </span>
          </div>
          <ul className="issue__what plain">
            {item.lines.map((line, i) => (
              // Two lines may be equal; their place tells them apart.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={i}>
                {termName(description.medications, line.code, i18n.language)} {t('line.days', { count: line.days })}
              </li>
            ))}
          </ul>
          <p className="issue__where">
            {pharmacyName(description, item.pharmacy)}
            <small>
              {t('pharmacy.expires')} {rocDay(item.expires, i18n.language)}
              {item.parts === 1 ? null : ` · ${t('clinic.issued.used', { used: item.used, parts: item.parts })}`}
            </small>
          </p>
          <p className={`badge badge--${BADGES[item.state]}`}>{t(`clinic.issued.state.${item.state}`)}</p>
          {mayCancel(item) ? (
            <PressButton
              icon={<Ban aria-hidden="true" />}
              label={t('clinic.cancelOne', { rx: shortId(item.rxId), person: item.person.name })}
              onPress={() => {
                if (!busy) onCancel(item);
              }}
            >
              {t('clinic.cancel')}
            </PressButton>
          ) : (
            <span />
          )}
        </li>
      ))}
    </ul>
  );
}
