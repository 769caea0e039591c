/**
 * `imis card list`, `report`, `suspend`, `resume`: the bureau's card office at the command line. A clerk signs on with the card in a slot.
 * `imis card change-pin` and `unblock` need a terminal of the bureau or a desk and a reader; the bureau need not answer.
 * @module
 */

import type { CardView } from '../../contract/card-life.ts';
import type { cardServiceContract } from '../../contract/card-service.ts';
import type { Api } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import { Id16, type PinDigits } from '../../contract/formats.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { renewCardChannel } from '../station/card-channel.ts';
import { type CardOffice, createCardOffice } from '../station/card-office.ts';
import { createIssuingDesk } from '../station/issuing-desk.ts';
import { given } from './bureau-files.ts';
import { type CounterTerminal, withCards } from './counter-cards.ts';
import { cardChannelFile, terminalIdentity } from './create-desk-ports.ts';
import { loadDesk } from './desk-folder.ts';
import { systemClock } from './system-clock.ts';
import { loadTerminalCredentials } from './terminal-credentials.ts';

/** Whose office, and which clerk. */
export interface OfficeRequest {
  /** Folder of the bureau's issuing terminal, and the bureau's address. */
  readonly desk: string;
  readonly bureau: string;
  readonly operatorReader: string;
  /** Asked for only once the card is there. */
  readonly operatorPin: () => Promise<PinDigits> | PinDigits;
}

const { signal } = new AbortController();

/** The same over any card service, with the clerk's card in `operatorReader`. */
async function withCardOffice<T>(
  request: OfficeRequest,
  cards: Api<typeof cardServiceContract>,
  work: (office: CardOffice, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const desk = await loadDesk(request.desk);
  if (desk.desk !== 'bureau') throw new ImisError('TERMINAL_NOT_ALLOWED', 'the desk’s folder is not an issuing desk’s');
  const bureau = createBureauClient({ url: request.bureau, tls: desk.tls });
  const terminal = terminalIdentity(desk);
  try {
    await renewCardChannel({ terminal, bureau, clock: systemClock, channel: cardChannelFile(desk) }, signal);
    const bureauCa = desk.bureauCa.der;
    const issuing = createIssuingDesk({ cards, bureau, terminal, clock: systemClock, bureauCa, log: () => undefined });
    const pin = await request.operatorPin();
    try {
      await issuing.signOn(request.operatorReader, pin, signal);
    } finally {
      pin.fill(0);
    }
    return await work(createCardOffice({ bureau, operator: issuing.operator() }), signal);
  } finally {
    await bureau.close();
  }
}

/** The terminal in whose name cards are spoken to. */
export async function counterTerminal(folder: string): Promise<CounterTerminal> {
  const { terminalId } = await loadDesk(folder);
  return { id: terminalId, credentials: await loadTerminalCredentials([folder]) };
}

/** One piece of work at the office. Rejects with codes of cards, readers, bureau and folders. */
export const atCardOffice = async <T>(
  request: OfficeRequest,
  work: (office: CardOffice, signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  withCards([request.operatorReader], await counterTerminal(request.desk), (cards) =>
    withCardOffice(request, cards, work),
  );

/** A step of the office by name, with the serial number of a card as typed. Throws VALUE_INVALID. */
export const cardStepAt = (
  request: OfficeRequest,
  step: 'suspend' | 'resume' | 'takeBack' | 'lost' | 'stolen',
  { serial, reason }: { readonly serial: string; readonly reason: string },
): Promise<CardView> => {
  const card = given('serial', Id16, serial.toLowerCase());
  return atCardOffice(request, (office, now) =>
    step === 'lost' || step === 'stolen' ? office.report(card, step, reason, now) : office[step](card, reason, now),
  );
};

/** Changes the PIN of the card in a slot, through a channel of the desk in `folder`. Rejects with PIN_WRONG, PIN_BLOCKED, PIN_FORMAT, CARD_BLOCKED and codes of cards and readers. */
export const changeCardPin = async (
  folder: string,
  slot: string,
  digits: { readonly pin: () => Promise<PinDigits> | PinDigits; readonly next: () => Promise<PinDigits> | PinDigits },
): Promise<void> =>
  withCards([slot], await counterTerminal(folder), async (cards) => {
    const [pin, next] = [await digits.pin(), await digits.next()];
    await cards.changePin({ slot, pin, next }, signal);
  });

/** Sets a new PIN by the PUK, ten times in a card's life. */
export const unblockCardPin = async (
  folder: string,
  slot: string,
  digits: { readonly puk: () => Promise<PinDigits> | PinDigits; readonly next: () => Promise<PinDigits> | PinDigits },
): Promise<void> =>
  withCards([slot], await counterTerminal(folder), async (cards) => {
    const [puk, next] = [await digits.puk(), await digits.next()];
    await cards.unblockPin({ slot, puk, next }, signal);
  });
