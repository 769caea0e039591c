/**
 * Comfort signing (card note 3.4 and 3.8, product.md 4): after one PIN the doctor's card answers for up to 250 signatures. The card counts
 * and forgets with its supply; the host ends it after 24 h, with the stay of the card, and when the doctor says so.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { SlotView } from '../../contract/card-service.ts';
import { COMFORT_LIMIT, type ComfortView } from '../../contract/clinic-desk.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import type { DeskPorts } from './ports.ts';

/** How long one PIN lasts at most, ms. */
const COMFORT_MS = 24 * 3_600_000;

/** What a clinic signs. An emergency never is: it takes the PIN just before (card note 3.5). */
const COVERED = [PURPOSES.presence, PURPOSES.record, PURPOSES.prescription] as const;

/** One stay of one card. */
type Stay = Pick<SlotView, 'slot' | 'insertion'>;

export interface ComfortSigning {
  /** What the screen shows of it; undefined while it is closed. */
  view(): ComfortView | undefined;
  /** Opens it anew for the card of a slot. Rejects with the codes of a PIN and of a card. */
  open(card: Stay, pin: PinDigits, signal: AbortSignal): Promise<void>;
  /** Rejects with PIN_REQUIRED, and ends it, unless it is open for this very stay of the card and for `count` signatures more. */
  cover(card: Stay, count: number): Promise<void>;
  /** One signature less: called before the card is asked, as the card counts. */
  spend(): void;
  /** Ends it, at the card too; harmless while it is closed. */
  end(): Promise<void>;
  /** Closed when its card has left. */
  follow(slots: readonly SlotView[]): void;
  close(): void;
}

/** Closed to begin with; `changed` is called with every change. */
export function createComfortSigning(
  { cards, clock, later, log }: Pick<DeskPorts, 'cards' | 'clock' | 'later' | 'log'>,
  changed: () => void,
): ComfortSigning {
  let held: (Stay & { readonly until: number; readonly callOff: () => void; remaining: number }) | undefined;

  const isOf = ({ slot, insertion }: Stay): boolean => held?.slot === slot && held.insertion === insertion;
  const forget = (): void => {
    if (held === undefined) return;
    held.callOff();
    held = undefined;
    changed();
  };
  const end = async (): Promise<void> => {
    if (held === undefined) return;
    const { slot } = held;
    forget();
    try {
      await cards.doctorEndSession({ slot });
    } catch (cause) {
      // A card that has left, or lost its state, has ended it by itself.
      log('end of comfort signing', cause);
    }
  };

  return {
    view: () => {
      if (held === undefined || clock.now() >= held.until) return undefined;
      return { remaining: held.remaining, until: instantOf(held.until) };
    },
    open: async ({ slot, insertion }, pin, signal) => {
      await end();
      await cards.doctorVerifyPin({ slot, pin }, signal);
      await cards.doctorSession({ slot, purposes: [...COVERED], count: COMFORT_LIMIT }, signal);
      const callOff = later(COMFORT_MS, () => void end());
      held = { slot, insertion, remaining: COMFORT_LIMIT, until: clock.now() + COMFORT_MS, callOff };
      changed();
    },
    cover: async (card, count) => {
      if (held !== undefined && isOf(card) && clock.now() < held.until && held.remaining >= count) return;
      await end();
      throw new ImisError('PIN_REQUIRED', 'comfort signing is not open for this');
    },
    spend: () => {
      if (held === undefined) return;
      held.remaining -= 1;
      changed();
    },
    end,
    follow: (slots) => {
      if (!slots.some((view) => view.state === 'ready' && isOf(view))) forget();
    },
    close: () => held?.callOff(),
  };
}
