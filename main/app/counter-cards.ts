/**
 * The readers of one call of `imis`: named slots of PC/SC with the card service over them, in this process, and a blank card made sure of
 * before anything is asked of it.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import { supportsExtended } from '../../card/apdu/atr.ts';
import { createCardSession } from '../../card/apdu/card-session.ts';
import { readClaim } from '../../card/apps/card-claim.ts';
import type { CardReader, SlotState } from '../../card/transport/card-reader.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import type { CardKind, cardServiceContract } from '../../contract/card-service.ts';
import type { Api } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import { createCardService, type TerminalCredentials } from '../station/card-service.ts';

/** How long a reader may take to be seen, and a card that lies in one that was. */
const SEEN_WITHIN_MS = 3_000;
const CARD_SEEN_WITHIN_MS = 1_000;
const LOOK_MS = 25;

/** Waits until every slot is seen with a card in it. Throws READER_SERVICE_DOWN, READER_UNKNOWN, CARD_ABSENT, CARD_MUTE. */
async function awaitCards(reader: CardReader, names: readonly string[]): Promise<void> {
  for (let waited = 0; ; waited += LOOK_MS) {
    const slots = await reader.slots();
    const states = names.map((name) => slots.find(({ slot }) => slot === name)?.state);
    if (states.every((state) => state === 'present')) return;
    const settled = states.every((state) => state === 'present' || state === 'empty');
    if (waited >= (settled ? CARD_SEEN_WITHIN_MS : SEEN_WITHIN_MS)) return refuseSlots(reader, names, states);
    await pause(LOOK_MS);
  }
}

/** Says what is wrong with slots that do not all hold a card. */
async function refuseSlots(
  reader: CardReader,
  names: readonly string[],
  states: readonly (SlotState['state'] | undefined)[],
): Promise<never> {
  if (states.includes('mute')) throw new ImisError('CARD_MUTE', 'a card that does not answer');
  const none = states.every((state) => state === undefined);
  // Names what is wrong itself: the service is down, or nobody has the name.
  if (none) for (const name of names) await (await reader.connect(name)).disconnect();
  if (states.includes(undefined))
    throw new ImisError('READER_UNKNOWN', `no slot is called ${names[states.indexOf(undefined)]}`);
  throw new ImisError('CARD_ABSENT', `no card in ${names[states.indexOf('empty')] ?? 'the reader'}`);
}

/** Throws CARD_WRONG_KIND, or CARD_NOT_BLANK for one that was issued. */
async function mustBeBlank(reader: CardReader, slot: string, kind: CardKind): Promise<void> {
  const state = (await reader.slots()).find((one) => one.slot === slot);
  const extended = state?.state !== 'present' || supportsExtended(state.atr);
  const connection = await reader.connect(slot);
  try {
    const session = createCardSession(connection, { extended });
    const claim = await connection.exclusively(() => readClaim(session));
    if (claim.kind === 'none') throw new ImisError('CARD_UNKNOWN', 'the card holds no application that we know');
    if (claim.kind !== kind)
      throw new ImisError('CARD_WRONG_KIND', `a ${claim.kind} card where a ${kind} card belongs`);
    if (claim.life !== 'blank') throw new ImisError('CARD_NOT_BLANK', `the ${kind} card in ${slot} has been issued`);
  } finally {
    await connection.disconnect();
  }
}

/** Readers by name with a card in each, and their end. */
async function withReader<T>(names: readonly string[], work: (reader: CardReader) => Promise<T>): Promise<T> {
  if (new Set(names).size !== names.length) throw new ImisError('READER_BUSY', 'each card needs a slot of its own');
  const reader = await createPcscReader({ names });
  try {
    await awaitCards(reader, names);
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Who speaks to the cards: a terminal's id, and what it shows to them. */
export interface CounterTerminal {
  readonly id: string;
  readonly credentials: TerminalCredentials;
}

type Cards = Api<typeof cardServiceContract>;

async function withService<T>(
  reader: CardReader,
  { id, credentials }: CounterTerminal,
  work: (cards: Cards) => Promise<T>,
): Promise<T> {
  const service = await createCardService({ reader, terminals: credentials });
  try {
    return await work(service.as(id));
  } finally {
    await service.close();
  }
}

/** Runs `work` with the card service over the cards in these slots. Rejects with READER_SERVICE_DOWN, READER_UNKNOWN, CARD_ABSENT, CARD_MUTE. */
export const withCards = <T>(
  names: readonly string[],
  terminal: CounterTerminal,
  work: (cards: Cards) => Promise<T>,
): Promise<T> => withReader(names, (reader) => withService(reader, terminal, work));

/**
 * Runs `work` with the card service over a blank card in one slot and other cards in others. Rejects with READER_SERVICE_DOWN,
 * READER_UNKNOWN, CARD_ABSENT, CARD_MUTE, CARD_UNKNOWN, CARD_WRONG_KIND, CARD_NOT_BLANK before `work` begins.
 */
export const withBlankCard = <T>(
  blank: { readonly slot: string; readonly kind: CardKind },
  others: readonly string[],
  terminal: CounterTerminal,
  work: (cards: Cards) => Promise<T>,
): Promise<T> =>
  withReader([blank.slot, ...others], async (reader) => {
    await mustBeBlank(reader, blank.slot, blank.kind);
    return withService(reader, terminal, work);
  });
