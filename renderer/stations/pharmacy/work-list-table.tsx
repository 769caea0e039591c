/**
 * Open prescriptions for this pharmacy, oldest first; Enter opens the one that has the focus, the arrows move it, Page keys turn pages.
 * @module
 */
import { RotateCcw } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { PharmacyFlow } from '../../../contract/pharmacy-desk.ts';
import { dayTime, rocDay, shortId } from '../../ui/calendar.ts';
import { moveByArrows } from '../../ui/move-by-arrows.ts';
import { PageTurner } from '../../ui/page-turner.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { WORK_BADGES } from './work-badges.ts';

/** Says so when there is none. */
export function WorkListTable({
  flow,
  busy,
  trouble,
  onOpen,
  onPage,
  onClear,
}: {
  readonly flow: PharmacyFlow & { step: 'work-list' };
  readonly busy: boolean;
  readonly trouble: ReactNode;
  readonly onOpen: (rxId: string) => void;
  readonly onPage: (page: number) => void;
  readonly onClear: () => void;
}) {
  const { t, i18n } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const { items, page, pages, total } = flow;
  useLayoutEffect(() => {
    body.current?.querySelector('button')?.focus();
  }, []);
  const previous = page > 1 && !busy ? () => onPage(page - 1) : undefined;
  const next = page < pages && !busy ? () => onPage(page + 1) : undefined;
  useKeys({ Escape: onClear, PageUp: previous, PageDown: next });
  return (
    <section className="list">
      <header className="list__head">
        <h1 className="section-title">
          {t('workList.title')} <span className="list__count">{total}</span>
        </h1>
        <PageTurner page={page} pages={pages} previous={previous} next={next} />
        <PressButton look="quiet" keyName="Esc" icon={<RotateCcw aria-hidden="true" />} onPress={onClear}>
          {t('workList.close')}
        </PressButton>
      </header>
      {trouble}
      {items.length === 0 ? (
        <p className="list__none">{t('workList.none')}</p>
      ) : (
        <table className="lines work-list">
          <thead>
            <tr>
              <th scope="col">{t('clinic.rxId')}</th>
              <th scope="col">{t('workList.received')}</th>
              <th scope="col">{t('pharmacy.expires')}</th>
              <th scope="col">{t('workList.status')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('workList.open')}</span>
              </th>
            </tr>
          </thead>
          {/* The arrows move what has the focus already. */}
          <tbody ref={body} onKeyDown={(event) => moveByArrows(body.current, event)}>
            {items.map((item) => (
              <tr key={item.rxId}>
                <th scope="row" className="code" title={item.rxId}>
                  {shortId(item.rxId)}
                </th>
                <td>{dayTime(item.receivedAt)}</td>
                <td title={item.expires}>{rocDay(item.expires, i18n.language)}</td>
                <td>
                  <span className={`badge badge--${WORK_BADGES[item.state]}`}>{t(`workList.state.${item.state}`)}</span>
                </td>
                <td>
                  <PressButton
                    label={t('workList.openOne', { id: shortId(item.rxId) })}
                    onPress={() => {
                      if (!busy) onOpen(item.rxId);
                    }}
                  >
                    {t('workList.open')}
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
