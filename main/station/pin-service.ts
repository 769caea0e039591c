/**
 * A holder's PIN at any desk (card note 3.8): changed with the old one, set anew with the PUK. It needs nobody on duty, for a transport PIN
 * must be changed before its card opens anything. While it is open, no desk begins to work with a card by itself.
 * @module
 */
import type { CardKind } from '../../contract/card-service.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { PinServiceView, PinWork } from '../../contract/pin-service.ts';
import { type DeskCore, refuse } from './desk-core.ts';

/** How long it stays open when nobody does anything, ms. */
const IDLE_MS = 120_000;

/** A secret that is given, and the new PIN twice. Whoever called wipes them. */
export interface PinSecrets {
  /** The old PIN, or the PUK. */
  readonly given: PinDigits;
  readonly next: PinDigits;
  readonly again: PinDigits;
}

export interface PinService {
  /** Throws STEP_OUT_OF_ORDER while the desk is at work. */
  open(work: PinWork): void;
  /** How it went shows in the state; STEP_OUT_OF_ORDER while it is not open, or the desk is at work. */
  perform(work: PinWork, card: CardKind, secrets: PinSecrets, signal?: AbortSignal): Promise<void>;
  close(): void;
}

const isSame = (one: PinDigits, other: PinDigits): boolean =>
  one.length === other.length && one.every((digit, i) => digit === other[i]);

/** One digit all over, or digits that count up or down by one: tried first by whoever guesses. */
export const isWeakPin = (pin: PinDigits): boolean =>
  [0, 1, -1].some((step) => pin.every((digit, i) => i === 0 || digit - (pin[i - 1] ?? 0) === step));

/** Refuses before the card is touched, for that could cost a try: PIN_MISMATCH, PIN_WEAK. */
export function mustBeGood({ given, next, again }: PinSecrets): void {
  if (!isSame(next, again)) throw new ImisError('PIN_MISMATCH', 'the new PIN was given in two ways');
  if (isWeakPin(next) || isSame(next, given)) throw new ImisError('PIN_WEAK', 'a PIN that is guessed at once');
}

/** The card says the same of PIN and PUK; a person must know which is meant. */
function asPuk(cause: unknown): unknown {
  const { code, triesLeft } = refusalOf(cause);
  if (code === 'PIN_WRONG') return new ImisError('PUK_WRONG', 'wrong PUK', { cause, triesLeft });
  if (code === 'PIN_BLOCKED') return new ImisError('PUK_EXHAUSTED', 'no use of the PUK is left', { cause });
  return cause;
}

/** Of one desk, closed to begin with. `before`: what else must end before a card's PIN is touched. */
export function createPinService(core: DeskCore, before: (card: CardKind) => Promise<void>): PinService {
  const { cards, later } = core.ports;
  let callOff: (() => void) | undefined;

  const show = (view: PinServiceView | undefined): void => {
    callOff?.();
    callOff = view === undefined ? undefined : later(IDLE_MS, () => core.setPinService(undefined));
    core.setPinService(view);
  };
  const run = async (work: PinWork, card: CardKind, secrets: PinSecrets, signal: AbortSignal): Promise<void> => {
    mustBeGood(secrets);
    const { slot } = core.cardOf(card);
    await core.ordersDelivered();
    await before(card);
    const { given, next } = secrets;
    if (work === 'change') {
      await cards.changePin({ slot, pin: given, next }, signal);
      return;
    }
    try {
      await cards.unblockPin({ slot, puk: given, next }, signal);
    } catch (cause) {
      throw asPuk(cause);
    }
  };

  // What was done to one card is not to be read by the holder of the next.
  core.onSlots((slots) => {
    const view = core.pinService();
    if (view === undefined || view.state === 'waiting' || core.busy()) return;
    if (!slots.some(({ state, kind }) => state === 'ready' && kind === view.card))
      show({ state: 'waiting', work: view.work });
  });

  return {
    open: (work) => {
      core.mustRest();
      show({ state: 'waiting', work });
    },
    perform: async (work, card, secrets, signal) => {
      if (core.pinService() === undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'the PIN service is not open');
      core.mustRest();
      try {
        await core.alone(signal, (running) => run(work, card, secrets, running));
        show({ state: 'done', work, card });
      } catch (cause) {
        show({ state: 'refused', work, card, refusal: refuse(core, `${work} PIN`, cause) });
      }
      // A card whose PIN was given wrong, or set anew, has forgotten who signed on with it.
      const view = core.pinService();
      const isKept =
        view?.state === 'done' ? work === 'change' : view?.state === 'refused' && KEPT.has(view.refusal.code);
      if (card === 'staff' && core.operator() !== undefined && !isKept) core.setOperator(undefined);
    },
    close: () => show(undefined),
  };
}

/** Refusals before a secret was compared: what was verified still is. */
const KEPT: ReadonlySet<string> = new Set(['PIN_MISMATCH', 'PIN_WEAK', 'PIN_FORMAT', 'CANCELLED']);
