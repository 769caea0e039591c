import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardError } from '../card-error.ts';
import { createFakePcsc, type FakePcsc } from './fake-pcsc.fixture.ts';
import { createPcscConnection } from './pcsc-connection.ts';
import { SHARED } from './pcsc-library.ts';
import { createPcscSessions } from './pcsc-sessions.ts';
import { TRANSACTION_MS } from './pcsc-transactions.ts';

const COMMAND = Uint8Array.of(0x00, 0x84, 0x00, 0x00);
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof CardError ? cause.code : String(cause);
  }
};

describe('a PC/SC connection', () => {
  let world: FakePcsc;
  let released: boolean[];
  const connect = async () => {
    const session = await createPcscSessions(world).open('A', SHARED, 3);
    const tell = (clean: boolean): void => {
      released.push(clean);
      session.released(clean);
    };
    return createPcscConnection({ ...session, released: tell });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    world = createFakePcsc();
    released = [];
    world.plug('A');
    world.insert('A');
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('begins a transaction, sends in it and ends it with LEAVE before the work is told done', async () => {
    const connection = await connect();
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'transmit', 'end']);
  });

  it('ends the transaction of work that fails, and the next one begins', async () => {
    const connection = await connect();
    await expect(connection.exclusively(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'end', 'begin', 'transmit', 'end']);
  });

  it('takes up a card that another program reset, says so before the work begins, and works the next time', async () => {
    const connection = await connect();
    world.reset('A');
    let began = false;
    const first = connection.exclusively(async () => {
      began = true;
    });
    expect(await codeOf(first)).toBe('CARD_RESET');
    expect(began).toBe(false);
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'reconnect 0', 'begin', 'transmit', 'end']);
  });

  it('powers a card that another program left without power', async () => {
    const connection = await connect();
    world.reset('A', false);
    expect(await codeOf(connection.exclusively(() => connection.transmit(COMMAND)))).toBe('CARD_RESET');
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'reconnect 0', 'reconnect 1', 'begin', 'transmit', 'end']);
  });

  it('powers a card whose power the service took and told nobody, and says so before the work begins', async () => {
    const connection = await connect();
    world.starve('A');
    let began = false;
    const first = connection.exclusively(async () => {
      began = true;
    });
    expect(await codeOf(first)).toBe('CARD_RESET');
    expect(began).toBe(false);
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'end', 'reconnect 1', 'begin', 'transmit', 'end']);
  });

  it('says CARD_RESET when that happens in the middle of the work, and powers it the next time', async () => {
    const connection = await connect();
    const work = connection.exclusively(async () => {
      world.starve('A');
      await connection.transmit(COMMAND);
    });
    expect(await codeOf(work)).toBe('CARD_RESET');
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'transmit', 'end', 'reconnect 1', 'begin', 'transmit', 'end']);
  });

  it('is lost with a card that was swapped, reset or not', async () => {
    const connection = await connect();
    world.reset('A');
    world.remove('A');
    world.insert('A');
    expect(await codeOf(connection.exclusively(() => connection.transmit(COMMAND)))).toBe('CARD_LOST');
    expect(await codeOf(connection.transmit(COMMAND))).toBe('CARD_LOST');
  });

  it('says CARD_RESET in the middle of the work, and works the next time', async () => {
    const connection = await connect();
    const work = connection.exclusively(async () => {
      await connection.transmit(COMMAND);
      world.reset('A');
      await connection.transmit(COMMAND);
    });
    expect(await codeOf(work)).toBe('CARD_RESET');
  });

  it('waits 2 s for the transaction of another program, then says READER_BUSY, and ends the one it gets too late', async () => {
    const connection = await connect();
    world.hold('A');
    const work = codeOf(connection.exclusively(() => connection.transmit(COMMAND)));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await work).toBe('READER_BUSY');
    world.letGo('A');
    await vi.advanceTimersByTimeAsync(0);
    expect(world.log).toEqual(['begin', 'end']);
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'end', 'begin', 'transmit', 'end']);
  });

  it('uses a transaction that was waited for longer, when it comes while somebody wants it', async () => {
    const connection = await connect();
    world.hold('A');
    const first = codeOf(connection.exclusively(() => connection.transmit(COMMAND)));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await first).toBe('READER_BUSY');
    const second = connection.exclusively(() => connection.transmit(COMMAND));
    await vi.advanceTimersByTimeAsync(100);
    world.letGo('A');
    await second;
    expect(world.log).toEqual(['begin', 'transmit', 'end']);
  });

  it('cuts off work over 2 s: CARD_SLOW at once, the transaction ends with the command that runs, later commands are refused', async () => {
    const connection = await connect();
    const answer = Promise.withResolvers<Uint8Array>();
    world.answer = () => answer.promise;
    const later: string[] = [];
    const work = codeOf(
      connection.exclusively(async () => {
        await connection.transmit(COMMAND);
        later.push(await codeOf(connection.transmit(COMMAND)));
      }),
    );
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS - 1);
    expect(world.log).toEqual(['begin', 'transmit']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await work).toBe('CARD_SLOW');
    answer.resolve(Uint8Array.of(0x90, 0x00));
    await vi.advanceTimersByTimeAsync(0);
    expect(later).toEqual(['CARD_SLOW']);
    expect(world.log).toEqual(['begin', 'transmit', 'end']);
    await connection.exclusively(() => connection.transmit(COMMAND));
    expect(world.log).toEqual(['begin', 'transmit', 'end', 'begin', 'transmit', 'end']);
  });

  it('ends a transaction at 2 s in which somebody waits for a person', async () => {
    const connection = await connect();
    const typed = Promise.withResolvers<void>();
    const work = codeOf(connection.exclusively(() => typed.promise));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await work).toBe('CARD_SLOW');
    expect(world.log).toEqual(['begin', 'end']);
    const next = codeOf(connection.exclusively(() => connection.transmit(COMMAND)));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await next).toBe('READER_BUSY');
    typed.resolve();
    await vi.advanceTimersByTimeAsync(0);
    await connection.exclusively(() => connection.transmit(COMMAND));
  });

  it('gives its handle back without waiting for a command that froze, and never after', async () => {
    const connection = await connect();
    const answer = Promise.withResolvers<Uint8Array>();
    world.answer = () => answer.promise;
    const work = codeOf(connection.exclusively(() => connection.transmit(COMMAND)));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await work).toBe('CARD_SLOW');
    await connection.disconnect();
    expect(released).toEqual([]);
    answer.resolve(Uint8Array.of(0x90, 0x00));
    await vi.advanceTimersByTimeAsync(0);
    expect(released).toEqual([true]);
    expect(await codeOf(connection.transmit(COMMAND))).toBe('CARD_LOST');
    expect(world.log.filter((call) => call === 'end')).toHaveLength(1);
  });

  it('gives its handle back once the transaction of another program has ended', async () => {
    const connection = await connect();
    world.hold('A');
    const work = codeOf(connection.exclusively(() => connection.transmit(COMMAND)));
    await vi.advanceTimersByTimeAsync(TRANSACTION_MS);
    expect(await work).toBe('READER_BUSY');
    await connection.disconnect();
    expect(released).toEqual([]);
    world.letGo('A');
    await vi.advanceTimersByTimeAsync(0);
    expect(released).toEqual([true]);
  });

  it('asks nothing of a handle that was given back: its place may be another card’s', async () => {
    const connection = await connect();
    const typed = Promise.withResolvers<void>();
    const work = connection.exclusively(() => typed.promise);
    await vi.advanceTimersByTimeAsync(0);
    await connection.disconnect();
    typed.resolve();
    await work;
    expect(await codeOf(connection.exclusively(() => connection.transmit(COMMAND)))).toBe('CARD_LOST');
    expect(world.log).toEqual(['begin']);
  });

  it('is lost with an answer of no bytes', async () => {
    const connection = await connect();
    world.answer = async () => new Uint8Array(0);
    expect(await codeOf(connection.transmit(COMMAND))).toBe('CARD_LOST');
  });
});
