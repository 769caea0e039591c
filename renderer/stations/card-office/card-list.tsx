/**
 * The cards that were found, newest first; Enter opens the one that has the focus, the arrows move it.
 * @module
 */
import { RotateCcw } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { dayOf } from '../../../contract/calendar.ts';
import type { CardView } from '../../../contract/card-life.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { moveByArrows } from '../../ui/move-by-arrows.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { badgeOf } from './card-words.ts';

/** Says so when there is none. */
export function CardList({
  cards,
  busy,
  trouble,
  onOpen,
  onClear,
}: {
  readonly cards: readonly CardView[];
  readonly busy: boolean;
  readonly trouble: ReactNode;
  readonly onOpen: (serial: string) => void;
  readonly onClear: () => void;
}) {
  const { t, i18n } = useTranslation();
  const section = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // The first card, and where there is none the way back; what is disabled takes no focus.
    if (busy) return;
    const all = [...(section.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    (all[1] ?? all[0])?.focus();
  }, [busy]);
  const day = (instant: string): string => rocDay(dayOf(Date.parse(instant)), i18n.language);
  return (
    // The arrows move what has the focus already.
    <section className="list" ref={section} onKeyDown={(event) => moveByArrows(section.current, event)}>
      <header className="list__head">
        <h1 className="section-title">
          {t('cardOffice.listTitle')} <span className="list__count">{cards.length}</span>
        </h1>
        <PressButton
          look="quiet"
          keyName="Esc"
          icon={<RotateCcw aria-hidden="true" />}
          isDisabled={busy}
          onPress={onClear}
        >
          {t('cardOffice.another')}
        </PressButton>
      </header>
      {trouble}
      {cards.length === 0 ? (
        <p className="list__none">{t('cardOffice.none')}</p>
      ) : (
        <table className="lines office-cards">
          <thead>
            <tr>
              <th scope="col">{t('cardOffice.serial')}</th>
              <th scope="col">{t('cardOffice.kind')}</th>
              <th scope="col">{t('cardOffice.status')}</th>
              <th scope="col">{t('cardOffice.issued')}</th>
              <th scope="col">{t('cardOffice.expires')}</th>
              <th scope="col">{t('cardOffice.remarks')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('cardOffice.open')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {cards.map((card) => (
              <tr key={card.serial}>
                <th scope="row" className="code" title={card.serial}>
                  {shortId(card.serial)}
                </th>
                <td>{t(`card.${card.kind}`)}</td>
                <td>
                  <span className={`badge badge--${badgeOf(card.status)}`}>{t(`cardOffice.state.${card.status}`)}</span>
                </td>
                <td>{day(card.issuedAt)}</td>
                <td>{day(card.expiresAt)}</td>
                <td>
                  {card.renewalDue ? <span className="badge badge--bad">{t('cardOffice.renewalDue')}</span> : null}
                  {card.replacedBy === null ? null : (
                    <>
                      {t('cardOffice.replacedBy')} <span className="code">{shortId(card.replacedBy)}</span>
                    </>
                  )}
                </td>
                <td>
                  <PressButton
                    isDisabled={busy}
                    label={t('cardOffice.openCard', { serial: shortId(card.serial) })}
                    onPress={() => onOpen(card.serial)}
                  >
                    {t('cardOffice.open')}
                  </PressButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
