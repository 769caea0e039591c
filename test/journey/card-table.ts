/**
 * The table in front of the readers: software cards that lie on it, go into slots and are pulled out; and the card service over them,
 * reached as in the real thing through its contract, with structuredClone on every hop.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { loadCard } from '../../card/simulator/load-card.ts';
import { createSoftwareReader, type SlotFault, type SoftwareReader } from '../../card/simulator/software-reader.ts';
import { cardServiceContract } from '../../contract/card-service.ts';
import { type Api, createClient, dispatch } from '../../contract/dispatch.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { cardFile } from '../../main/app/card-tray.ts';
import type { Desk } from '../../main/app/desk-folder.ts';
import { credentialOf } from '../../main/app/terminal-credentials.ts';
import { type CardService, createCardService } from '../../main/station/card-service.ts';
import type { Border } from './border.ts';

export interface CardTable {
  readonly reader: SoftwareReader;
  /** The card service as the desk that sits at a slot uses it. */
  readonly cards: Api<typeof cardServiceContract>;
  /** A desk sits down at the slots that begin so; the card service as it uses it. */
  seat(slots: string, desk: Desk): Api<typeof cardServiceContract>;
  readonly service: CardService;
  /** Puts a card into a slot, out of wherever it was. */
  insert(id: string, slot: string): void;
  /** Takes out whatever is in a slot. */
  remove(slot: string): void;
  fault(slot: string, fault: SlotFault | undefined): void;
  /** How many commands a slot has carried since {@link countFrom} was called for it. */
  commands(slot: string): number;
  countFrom(slot: string): void;
  /** Takes the supply from a card after so many more bytes of its memory, the next one garbled where asked; undefined calls it off. */
  cutPower(id: string, bytes: number | undefined, torn?: boolean): void;
  /** The memory of a card as it is now. */
  copy(id: string): Uint8Array;
  /** Makes a card what a copy says. It must not be in a slot. */
  restore(id: string, copy: Uint8Array): void;
  /** Every array of PIN digits that a card operation was given. */
  readonly digits: readonly number[][];
  close(): Promise<void>;
}

const CARDS_OF_SLOT = /^[a-z-]+\/(?:left|right|third)$/u;

/** A table over these slots; cards are read from the demonstration's folder when first used. */
export async function layCardTable(
  folder: string,
  slots: readonly string[],
  backend: GroupBackend,
  border: Border,
): Promise<CardTable> {
  if (slots.some((slot) => !CARDS_OF_SLOT.test(slot)))
    throw new RangeError('a slot is desk/left, desk/right or desk/third');
  const reader = createSoftwareReader(slots);
  const loaded = new Map<string, SoftwareCard>();
  const places = new Map<string, string>();
  const carried = new Map<string, number>();
  const digits: number[][] = [];

  const load = (id: string, bytes: Uint8Array): SoftwareCard => {
    const { card } = loadCard(bytes, { backend });
    const counted: SoftwareCard = {
      ...card,
      transmit: (command) => {
        const slot = places.get(id);
        if (slot !== undefined) carried.set(slot, (carried.get(slot) ?? 0) + 1);
        return card.transmit(command);
      },
    };
    loaded.set(id, counted);
    return counted;
  };
  const cardOf = (id: string): SoftwareCard =>
    loaded.get(id) ?? load(id, new Uint8Array(readFileSync(cardFile(folder, id))));
  const take = (slot: string): void => {
    reader.remove(slot);
    for (const [id, place] of places) if (place === slot) places.delete(id);
  };

  const seated = new Map<string, Desk>();
  const service = await createCardService({
    reader,
    terminals: async (terminal) => {
      const desk = [...seated.values()].find(({ terminalId }) => terminalId === terminal);
      if (desk === undefined) throw new RangeError('no desk sits there');
      return credentialOf(desk);
    },
  });
  /** Keeps every array of digits that reaches the service: it must be wiped there. */
  const watched = (terminal: string) =>
    new Proxy(service.as(terminal), {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || !Object.hasOwn(cardServiceContract.procedures, name)) return value;
        return (input: Record<string, unknown>, signal?: AbortSignal): unknown => {
          for (const secret of [input['pin'], input['puk'], input['next']])
            if (Array.isArray(secret)) digits.push(secret as number[]);
          return Reflect.apply(value, target, [input, signal]);
        };
      },
    });
  const clientOf = (terminalOf: (input: unknown) => string): Api<typeof cardServiceContract> =>
    createClient(cardServiceContract, {
      call: async (name, input, signal) => {
        const arrived = border.cross(`cards.${name}`, input);
        return border.cross(
          `cards.${name} answered`,
          await dispatch(cardServiceContract, watched(terminalOf(input)), name, arrived, () => undefined, signal),
        );
      },
      on: (listener) => {
        const stops = [
          service.subscribe.slots((event) => listener('slots', border.cross('cards: slots', event))),
          service.subscribe.tray((event) => listener('tray', border.cross('cards: tray', event))),
        ];
        return () => {
          for (const stop of stops) stop();
        };
      },
    });

  const whoseSlot = (input: unknown): string => {
    const slot = typeof input === 'object' && input !== null && 'slot' in input ? String(input.slot) : '';
    return seated.get(slot.split('/')[0] ?? '')?.terminalId ?? '';
  };

  return {
    reader,
    cards: clientOf(whoseSlot),
    seat: (at, desk) => {
      seated.set(at, desk);
      return clientOf(() => desk.terminalId);
    },
    service,
    insert: (id, slot) => {
      const before = places.get(id);
      if (before !== undefined) take(before);
      take(slot);
      places.set(id, slot);
      reader.insert(slot, cardOf(id));
    },
    remove: take,
    fault: (slot, fault) => reader.setFault(slot, fault),
    commands: (slot) => carried.get(slot) ?? 0,
    countFrom: (slot) => {
      carried.set(slot, 0);
    },
    cutPower: (id, bytes, torn) => cardOf(id).cutPowerAfterBytes(bytes, torn),
    copy: (id) => cardOf(id).save(),
    restore: (id, copy) => {
      const slot = places.get(id);
      if (slot !== undefined) take(slot);
      load(id, copy);
    },
    digits,
    close: () => service.close(),
  };
}
