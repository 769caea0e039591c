/**
 * Card state, always in the same corner: icon, words and colour for every reader of the desk.
 * @module
 */
import { CircleArrowOutUpRight, CreditCard, Hourglass, Lock, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeskState } from '../../contract/station.ts';
import { type Indicator, indicatorOf, shownSlots, sideOf } from './card-indicator.ts';

const ICONS = {
  empty: CreditCard,
  reading: Hourglass,
  working: Lock,
  ready: CreditCard,
  take: CircleArrowOutUpRight,
  mute: TriangleAlert,
  unknown: TriangleAlert,
} as const satisfies Record<Indicator['look'], unknown>;

/** One chip a reader. Announced as a whole when it changes. */
export function CardIndicators({ state }: { readonly state: DeskState }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="slots-corner">
      <ul className="slots" aria-label={t('slot.label')}>
        {shownSlots(state).map((slot) => {
          const indicator = indicatorOf(slot, state);
          const Icon = ICONS[indicator.look];
          const side = sideOf(slot.slot);
          const words =
            'kind' in indicator
              ? t(`card.state.${indicator.look}`, { kind: t(`card.${indicator.kind}`) })
              : t(`card.state.${indicator.look}`);
          return (
            <li key={slot.slot} className={`slot slot--${indicator.look}`}>
              <Icon className="slot__icon" aria-hidden="true" />
              <span className="slot__name">{side === undefined ? slot.slot : t(`slot.${side}`)}</span>
              <span className="slot__words">{words}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
