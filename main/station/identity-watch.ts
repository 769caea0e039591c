/**
 * Who an NHI card or a virtual card says is standing at the desk. A physical card is read by itself when it comes in and somebody is signed on.
 * What is shown is masked, is held nowhere else, and goes after a while, when the desk is cleared and when nobody is on duty any more.
 * @module
 */
import type { BasicData } from '../../contract/basic-data.ts';
import type { SlotView } from '../../contract/card-service.ts';
import { ImisError, type Refusal } from '../../contract/errors.ts';
import type { IdentitySource, IdentityView, MaskedPerson } from '../../contract/identity.ts';
import { maskName } from '../../record/mask-name.ts';
import { type BasicDataOrigin, createBasicDataSource } from './basic-data-source.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import { agreementOf, type CardPerson } from './same-person.ts';
import { requireOperator } from './sign-on.ts';

/** How long a person stays whose card has left, or who showed a telephone, ms. A shared screen clears itself sooner when nobody touches it. */
const LINGER_MS = 120_000;

type Held =
  | { readonly state: 'none' }
  | { readonly state: 'reading'; readonly source: IdentitySource }
  | { readonly state: 'shown'; readonly source: IdentitySource; readonly person: CardPerson; readonly cardTail: string }
  | { readonly state: 'refused'; readonly source: IdentitySource; readonly refusal: Refusal };

export interface IdentityWatch {
  /** What the screen shows; `checkedIn` is whom the flow shows at the moment. */
  view(checkedIn: MaskedPerson | undefined): IdentityView;
  /** Looks at the slots and at who is on duty. */
  follow(): void;
  /** Reads the NHI card once more. A refusal shows in the state; OPERATOR_REQUIRED rejects. */
  readCard(signal?: AbortSignal): Promise<void>;
  /** Reads a virtual card. A refusal shows in the state; OPERATOR_REQUIRED and STEP_OUT_OF_ORDER reject. */
  readVirtual(qr: string, signal?: AbortSignal): Promise<void>;
  clear(): void;
  close(): void;
}

const masked = ({ name, nameCut, birthDate, sex }: BasicData): CardPerson => ({
  name: maskName(name),
  nameCut,
  birthYear: Number(birthDate.slice(0, 4)),
  sex,
});

const keyOf = ({ slot, insertion }: SlotView): string => `${slot}#${insertion}`;

/** Starts watching; `changed` is called after every change. */
export function createIdentityWatch(core: DeskCore, changed: () => void): IdentityWatch {
  const { ports } = core;
  const source = createBasicDataSource(ports);
  let held: Held = { state: 'none' };
  let served = '';
  let reading: AbortController | undefined;
  let stopLinger: (() => void) | undefined;

  const cardIn = (): SlotView | undefined =>
    core.common().slots.find((view) => view.state === 'ready' && view.kind === 'nhi');
  const set = (next: Held): void => {
    stopLinger?.();
    stopLinger = undefined;
    held = next;
    changed();
  };
  const linger = (): void => {
    if (held.state !== 'shown' && held.state !== 'refused') return;
    if (held.source === 'nhi-card' && cardIn() !== undefined) return;
    stopLinger ??= ports.later(LINGER_MS, () => set({ state: 'none' }));
  };
  const forget = (): void => {
    reading?.abort(new ImisError('CANCELLED', 'cancelled at the desk'));
    reading = undefined;
    if (held.state !== 'none') set({ state: 'none' });
  };

  const read = async (origin: BasicDataOrigin, signal?: AbortSignal): Promise<void> => {
    forget();
    const mine = new AbortController();
    reading = mine;
    // Whoever was cleared away or overtaken meanwhile shows nothing any more.
    const show = (next: Held): void => {
      if (reading === mine) set(next);
    };
    show({ state: 'reading', source: origin.source });
    try {
      const data = await source.read(
        origin,
        signal === undefined ? mine.signal : AbortSignal.any([mine.signal, signal]),
      );
      show({ state: 'shown', source: origin.source, person: masked(data), cardTail: data.cardNumber.slice(-4) });
    } catch (cause) {
      show({ state: 'refused', source: origin.source, refusal: refuse(core, origin.source, cause) });
    }
    linger();
  };

  const readSlot = async (view: SlotView, signal?: AbortSignal): Promise<void> => {
    served = keyOf(view);
    await read({ source: 'nhi-card', slot: view.slot }, signal);
  };

  return {
    view: (checkedIn) => {
      if (core.operator() === undefined) return { state: 'none' };
      if (held.state !== 'shown') return held;
      const { state, source: from, cardTail, person } = held;
      const { nameCut: _cut, ...shown } = person;
      const view = { state, source: from, cardTail, person: shown };
      return checkedIn === undefined ? view : { ...view, agreement: agreementOf(person, checkedIn) };
    },
    follow: () => {
      if (core.operator() === undefined) {
        served = '';
        return forget();
      }
      const card = cardIn();
      if (card === undefined) return linger();
      if (keyOf(card) !== served) void readSlot(card);
    },
    readCard: async (signal) => {
      requireOperator(core);
      const card = cardIn();
      if (card === undefined) throw new ImisError('CARD_ABSENT', 'no NHI card in a reader');
      await readSlot(card, signal);
    },
    readVirtual: async (qr, signal) => {
      requireOperator(core);
      await core.alone(signal, (running) => read({ source: 'virtual-card', qr }, running));
    },
    clear: forget,
    close: () => {
      stopLinger?.();
      reading?.abort();
    },
  };
}
