/**
 * The tray of software cards: only where there is no reader, and marked as a demonstration. One click inserts, one takes out.
 * @module
 */
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { ToggleButton } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { SlotView, TrayCard } from '../../contract/card-service.ts';
import { type Desk, Desk as DeskSchema } from '../../contract/station.ts';
import { sideOf } from './card-indicator.ts';
import { deskOf, type TrayAction, trayAction } from './tray-action.ts';

/** The cards, the readers of the desk that is shown, the PUK where it is asked for, and what carries an action out. */
export interface TrayProps {
  readonly cards: readonly TrayCard[];
  readonly slots: readonly SlotView[];
  readonly desk: Desk;
  readonly puk: string | undefined;
  readonly onAction: (card: TrayCard, action: TrayAction) => void;
}

/** Every card is drawn as a card: kind, label, PIN. */
export function Tray({ cards, slots, desk, puk, onAction }: TrayProps) {
  const { t } = useTranslation();
  const [full, setFull] = useState(false);
  const place = (card: TrayCard): string => {
    if (card.slot === undefined) return '';
    const owner = DeskSchema.safeParse(deskOf(card.slot));
    if (owner.success && owner.data !== desk) return t(`desk.${owner.data}`);
    const side = sideOf(card.slot);
    return side === undefined ? card.slot : t(`slot.short.${side}`);
  };
  return (
    <aside className="tray" aria-labelledby="tray-title">
      <div className="tray__head">
        <h2 className="tray__title" id="tray-title">
          <FlaskConical className="tray__flask" aria-hidden="true" />
          {t('tray.title')}
        </h2>
        <p className="tray__notice">{t('tray.notice')}</p>
        <p className="tray__hint" role="status">
          {full ? t('tray.full') : puk === undefined ? t('tray.hint') : t('tray.puk', { puk })}
        </p>
      </div>
      <ul className="tray__cards">
        {cards.map((card) => {
          const action = trayAction(card, cards, slots, desk);
          const here = action.type === 'remove';
          const verb = here ? 'tray.remove' : action.type === 'move' ? 'tray.move' : 'tray.insert';
          return (
            <li key={card.id}>
              <ToggleButton
                className={`minicard minicard--${card.kind}`}
                isSelected={here}
                onChange={() => {
                  setFull(action.type === 'full');
                  onAction(card, action);
                }}
              >
                <span className="minicard__row">
                  <span>{t(`card.${card.kind}`)}</span>
                  <span className="minicard__place">{place(card)}</span>
                </span>
                <span className="minicard__label">{card.label}</span>
                <span className="minicard__row">
                  <span className="minicard__pin">
                    {card.pin === undefined ? '' : t('tray.pin', { pin: card.pin })}
                  </span>
                  <span className="minicard__chip" aria-hidden="true" />
                </span>
                <span className="visually-hidden">{t(verb)}</span>
              </ToggleButton>
            </li>
          );
        })}
      </ul>
    </aside>
  );
}
