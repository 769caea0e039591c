/**
 * One prescription of the work list: what may be known of it without the patient's card, and the lock that lets it be prepared.
 * @module
 */
import { List, Lock, LockOpen } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ERRORS } from '../../../contract/errors.ts';
import type { OpenedWorkItem } from '../../../contract/pharmacy-desk.ts';
import type { Term } from '../../../contract/station.ts';
import { dayTime, rocDay, shortId } from '../../ui/calendar.ts';
import { MedicationTable } from '../../ui/medication-table.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { WORK_BADGES } from './work-badges.ts';

/** F4 takes the lock, F3 gives it up, Escape goes back to the list. */
export function WorkItem({
  item,
  medications,
  busy,
  trouble,
  onAccept,
  onRelease,
  onBack,
}: {
  readonly item: OpenedWorkItem;
  readonly medications: readonly Term[];
  readonly busy: boolean;
  readonly trouble: ReactNode;
  readonly onAccept: (recover: boolean) => void;
  readonly onRelease: () => void;
  readonly onBack: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { state, refusal } = item;
  const foot = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // What may be done has changed with the state: the focus goes to what is done next, which is never giving the lock up.
    const buttons = [...(foot.current?.querySelectorAll('button') ?? [])];
    buttons.at(state === 'here' ? 0 : -1)?.focus();
  }, [state]);
  const take = state === 'open' || state === 'elsewhere' ? () => onAccept(state === 'elsewhere') : undefined;
  useKeys({
    Escape: busy ? undefined : onBack,
    F3: busy || state !== 'here' ? undefined : onRelease,
    F4: busy ? undefined : take,
  });
  const fact = (name: string, value: string) => (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <article className={`rx rx--${state === 'here' ? 'ready' : 'waiting'}`} aria-labelledby="work-item">
      <header className="rx__head">
        <h1 className="rx__id" id="work-item">
          {t('clinic.rxId')} <span className="code">{shortId(item.rxId)}</span>
        </h1>
        <p className={`badge badge--${WORK_BADGES[state]}`}>{t(`workList.state.${state}`)}</p>
        <dl className="rx__facts">
          {fact(t('workList.received'), dayTime(item.receivedAt))}
          {fact(t('pharmacy.expires'), rocDay(item.expires, i18n.language))}
          {fact(t('workList.part'), t('pharmacy.part', { part: item.part, parts: item.parts }))}
        </dl>
      </header>
      {trouble}
      {refusal === undefined ? null : (
        <p className="rx__refusal">
          <strong>{t(`error.code.${refusal.code}.what`)}</strong> {t(`error.code.${refusal.code}.now`)}{' '}
          <span className="error__code">{t('error.ref', { ref: ERRORS[refusal.code].ref })}</span>
        </p>
      )}
      {item.lines.length === 0 ? null : <MedicationTable lines={item.lines} terms={medications} />}
      <p>{t(`workList.about.${state}`, { day: rocDay(item.opensOn ?? item.expires, i18n.language) })}</p>
      <footer className="rx__foot" ref={foot}>
        <PressButton look="quiet" keyName="Esc" icon={<List aria-hidden="true" />} onPress={onBack}>
          {t('workList.back')}
        </PressButton>
        {state === 'here' ? (
          <PressButton
            keyName="F3"
            icon={<LockOpen aria-hidden="true" />}
            onPress={() => {
              if (!busy) onRelease();
            }}
          >
            {t('pharmacy.release')}
          </PressButton>
        ) : null}
        {take === undefined ? null : (
          <PressButton
            look="primary"
            keyName="F4"
            icon={<Lock aria-hidden="true" />}
            onPress={() => {
              if (!busy) take();
            }}
          >
            {t(state === 'open' ? 'pharmacy.accept' : 'pharmacy.recover')}
          </PressButton>
        )}
      </footer>
    </article>
  );
}
