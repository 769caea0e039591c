/**
 * What the card service and its slots make of a reader's failures; the failures themselves are tried on a real pcscd (test/e2e).
 * @module
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { CardError, type CardErrorCode } from '../../card/card-error.ts';
import { issueStaff, terminal } from '../../card/simulator/cards.fixture.ts';
import { createSoftwareReader, type SoftwareReader } from '../../card/simulator/software-reader.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import type { CardReader } from '../../card/transport/card-reader.ts';
import { cardServiceContract } from '../../contract/card-service.ts';
import { dispatch } from '../../contract/dispatch.ts';
import { type CardService, createCardService } from './card-service.ts';

const SLOT = 'A';
const PIN = [1, 2, 3, 4, 5, 6];
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof CardError ? cause.code : String(cause);
  }
};
const settled = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

describe('the card service over a reader that fails', () => {
  let software: SoftwareReader;
  let cardService: CardService;
  let service: ReturnType<CardService['as']>;
  /** What connecting, beginning a transaction and sending fail with, one after another; `undefined` lets one pass. */
  let connects: (CardErrorCode | undefined)[];
  let begins: (CardErrorCode | undefined)[];
  let sends: (CardErrorCode | undefined)[];
  let begun: number;
  let open: number;
  let most: number;
  let later: { readonly ms: number; readonly work: () => void }[];

  const failWith = (codes: (CardErrorCode | undefined)[]): void => {
    const code = codes.shift();
    if (code !== undefined) throw new CardError(code, 'the test says so');
  };
  const reader = (): CardReader => ({
    ...software,
    connect: async (slot, signal) => {
      failWith(connects);
      const connection = await software.connect(slot, signal);
      return {
        ...connection,
        transmit: async (command, sending) => {
          failWith(sends);
          return connection.transmit(command, sending);
        },
        exclusively: (work) =>
          connection.exclusively(async () => {
            failWith(begins);
            begun += 1;
            open += 1;
            most = Math.max(most, open);
            try {
              return await work();
            } finally {
              open -= 1;
            }
          }),
      };
    },
  });
  const view = async () => (await service.slots({}))[0];
  const runLater = async (): Promise<void> => {
    later.shift()?.work();
    await settled();
    await service.slots({});
  };

  beforeEach(async () => {
    [connects, begins, sends, later, begun, open, most] = [[], [], [], [], 0, 0, 0];
    software = createSoftwareReader([SLOT]);
    const credential = await terminal('pharmacy');
    cardService = await createCardService({
      reader: reader(),
      terminals: async () => credential,
      later: (ms, work) => {
        const entry = { ms, work };
        later.push(entry);
        return () => {
          later = later.filter((other) => other !== entry);
        };
      },
    });
    service = cardService.as('');
  });
  const insert = async (): Promise<void> => {
    const card = createStaffCard();
    await issueStaff(card);
    card.powerOff();
    software.insert(SLOT, card);
    await expect.poll(async () => (await view())?.state).not.toBe('reading');
  };

  it('repeats an operation whose card was reset before it began: selected anew, same stay, the PIN gone', async () => {
    await insert();
    await service.staffVerifyPin({ slot: SLOT, pin: [...PIN] });
    const before = await view();
    begins = ['CARD_RESET'];
    begun = 0;
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('no refusal');
    expect(begun).toBe(1);
    expect(await view()).toEqual(before);
    expect(await codeOf(service.staffSign({ slot: SLOT, attributes: new Uint8Array(8) }))).not.toBe('no refusal');
  });

  it('repeats once, not for ever', async () => {
    await insert();
    begins = ['CARD_RESET', 'CARD_RESET'];
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('CARD_RESET');
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('no refusal');
  });

  it('does not repeat what a reset interrupted, and selects anew the next time', async () => {
    await insert();
    await service.staffCertificate({ slot: SLOT });
    sends = ['CARD_RESET'];
    begun = 0;
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('CARD_RESET');
    expect(begun).toBe(1);
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('no refusal');
  });

  it('does not repeat what was too slow', async () => {
    await insert();
    begins = ['CARD_SLOW'];
    expect(await codeOf(service.staffCertificate({ slot: SLOT }))).toBe('CARD_SLOW');
    expect(begins).toEqual([]);
  });

  it('goes on trying a card that another program holds: reading first, then mute, and ready with the number it had', async () => {
    connects = Array.from({ length: 5 }, () => 'READER_BUSY' as const);
    const card = createStaffCard();
    await issueStaff(card);
    card.powerOff();
    software.insert(SLOT, card);
    await expect.poll(() => later.length).toBe(1);
    const number = (await view())?.insertion;
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      seen.push([(await view())?.state, later[0]?.ms, await codeOf(service.staffCertificate({ slot: SLOT }))]);
      await runLater();
      if (i < 4) await expect.poll(() => later.length).toBe(1);
    }
    expect(seen).toEqual([
      ['reading', 250, 'READER_BUSY'],
      ['reading', 500, 'READER_BUSY'],
      ['reading', 1_000, 'READER_BUSY'],
      ['mute', 2_000, 'READER_BUSY'],
      ['mute', 5_000, 'READER_BUSY'],
    ]);
    await expect.poll(async () => (await view())?.state).toBe('ready');
    expect((await view())?.insertion).toBe(number);
  });

  it('stops trying when the card is taken out', async () => {
    connects = ['READER_BUSY'];
    software.insert(SLOT, createStaffCard());
    await expect.poll(() => later.length).toBe(1);
    software.remove(SLOT);
    expect(later).toEqual([]);
    expect((await view())?.state).toBe('empty');
  });

  it('numbers insertions over all slots from where it is told', async () => {
    const two = createSoftwareReader(['A', 'B']);
    const terminals = (): Promise<never> => Promise.reject(new Error('nobody opens a channel here'));
    const other = await createCardService({ reader: two, terminals, firstInsertion: 70 });
    two.insert('A', createStaffCard());
    two.insert('B', createStaffCard());
    two.remove('A');
    two.insert('A', createStaffCard());
    expect((await other.as('').slots({})).map(({ insertion }) => insertion)).toEqual([73, 72]);
    await other.close();
  });

  it('holds no transaction before and after any operation: a PIN comes as an argument, and nothing waits for one', async () => {
    await insert();
    for (const name of Object.keys(cardServiceContract.procedures)) {
      expect(open).toBe(0);
      const inputs = [{ slot: SLOT }, { slot: SLOT, pin: [...PIN] }, { slot: SLOT, attributes: new Uint8Array(8) }];
      for (const input of inputs) await dispatch(cardServiceContract, service, name, input, () => undefined);
      expect([name, open]).toEqual([name, 0]);
    }
    expect(most).toBe(1);
    // Recognising, and certificate, PIN and signature of the card that is in.
    expect(begun).toBeGreaterThanOrEqual(4);
  });
});
