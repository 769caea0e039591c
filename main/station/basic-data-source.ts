/**
 * Where a patient's basic data may come from (card note 1.4): an NHI card in a reader, or a virtual one on a telephone. A desk asks this port
 * and does not care which; another source is another member of {@link BasicDataOrigin}.
 * @module
 */
import type { BasicData } from '../../contract/basic-data.ts';
import { ImisError } from '../../contract/errors.ts';
import type { DeskPorts } from './ports.ts';

/** Which card is meant. `qr` is good once and for minutes: it is passed on and forgotten, never logged. */
export type BasicDataOrigin =
  | { readonly source: 'nhi-card'; readonly slot: string }
  | { readonly source: 'virtual-card'; readonly qr: string };

/** The port. Rejects with a code of the card layer or one of the virtual card's. */
export interface BasicDataSource {
  read(origin: BasicDataOrigin, signal: AbortSignal): Promise<BasicData>;
}

/** Printable ASCII without blanks; the bureau publishes no form, so that only what cannot be one is refused here. */
const QR = /^[\u0021-\u007e]{16,2048}$/u;

/** The two sources of a desk as one. */
export const createBasicDataSource = ({
  cards,
  virtualCard,
}: Pick<DeskPorts, 'cards' | 'virtualCard'>): BasicDataSource => ({
  async read(origin, signal) {
    switch (origin.source) {
      case 'nhi-card':
        return cards.nhiBasicData({ slot: origin.slot }, signal);
      case 'virtual-card': {
        if (virtualCard === undefined)
          throw new ImisError('VIRTUAL_CARD_NOT_OFFERED', 'this desk has no component for virtual cards');
        const qr = origin.qr.trim();
        if (!QR.test(qr)) throw new ImisError('VIRTUAL_CARD_INVALID', 'what was scanned is no virtual card');
        return virtualCard.read(qr, signal);
      }
    }
  },
});
