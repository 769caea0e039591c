import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardError } from '../card-error.ts';
import type { CardReader, SlotState } from './card-reader.ts';
import { CONNECTING_TURNS, createFakePcsc, type FakePcsc, turns } from './fake-pcsc.fixture.ts';
import { createPcscReader } from './pcsc-reader.ts';

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof CardError ? cause.code : String(cause);
  }
};
const shown = (slots: readonly SlotState[]): string => slots.map(({ slot, state }) => `${slot} ${state}`).join(', ');

describe('the PC/SC reader', () => {
  let world: FakePcsc;
  let reader: CardReader;
  let failures: string[];
  const open = async (names?: readonly string[]): Promise<void> => {
    const onFailure = (error: CardError) => failures.push(error.code);
    reader = await createPcscReader({ library: world, onFailure, ...(names === undefined ? {} : { names }) });
  };
  const slots = async (): Promise<string> => shown(await reader.slots());

  beforeEach(() => {
    vi.useFakeTimers();
    world = createFakePcsc();
    failures = [];
    world.plug('A');
  });
  afterEach(async () => {
    await reader.close();
    vi.useRealTimers();
  });

  it('follows events', async () => {
    await open();
    expect(await slots()).toBe('A empty');
    world.insert('A');
    expect(await slots()).toBe('A present');
    world.unplug('A');
    expect(await slots()).toBe('');
  });

  it('finds what events did not tell within 5 s', async () => {
    await open();
    world.deaf = true;
    world.insert('A');
    expect(await slots()).toBe('A empty');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await slots()).toBe('A present');
    world.remove('A');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await slots()).toBe('A empty');
  });

  it('tells a swap that no event told as a removal and an insertion', async () => {
    await open();
    world.insert('A');
    const seen: string[] = [];
    reader.subscribe((states) => seen.push(shown(states)));
    world.deaf = true;
    world.remove('A');
    world.insert('A');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual(['A empty', 'A present']);
  });

  it('asks every reader at once when an event found no room, and goes on watching', async () => {
    await open();
    world.deaf = true;
    world.insert('A');
    const before = world.clients();
    world.complain('StatusEventBufferOverflow');
    await vi.advanceTimersByTimeAsync(0);
    expect(await slots()).toBe('A present');
    expect(failures).toEqual(['READER_FAILED']);
    world.deaf = false;
    world.remove('A');
    expect(await slots()).toBe('A empty');
    // One more for the handles with which was asked, none to watch.
    expect(world.clients()).toBe(before + 1);
  });

  it.each(['CommError', 'NoService', 'ServiceStopped'])('after %s tries a new client', async (code) => {
    await open();
    world.complain(code);
    expect(await slots()).toBe('');
    expect(await codeOf(reader.connect('A'))).toBe('READER_SERVICE_DOWN');
    await vi.advanceTimersByTimeAsync(250);
    expect(await slots()).toBe('A empty');
  });

  it('tries a dead service after 0.25, 0.5, 1, 2, 4 and then every 5 s, and from 0.25 s again the next time', async () => {
    await open();
    world.die();
    const tries: number[] = [];
    const started = Date.now();
    let known = world.clients();
    while (Date.now() - started < 23_000) {
      await vi.advanceTimersByTimeAsync(50);
      if (world.clients() > known) tries.push(Date.now() - started);
      known = world.clients();
    }
    expect(tries).toEqual([250, 750, 1_750, 3_750, 7_750, 12_750, 17_750, 22_750]);
    world.revive();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await slots()).toBe('A empty');
    world.complain('CommError');
    await vi.advanceTimersByTimeAsync(250);
    expect(await slots()).toBe('A empty');
  });

  it('sees sixteen slots, the first four by events', async () => {
    const names = Array.from({ length: 16 }, (_, i) => `R${i}`);
    for (const name of names) world.plug(name);
    await open(names);
    await vi.advanceTimersByTimeAsync(300);
    expect(await reader.slots()).toHaveLength(16);
    world.insert('R15');
    await vi.advanceTimersByTimeAsync(300);
    for (const name of names.slice(0, 15)) world.insert(name);
    await vi.advanceTimersByTimeAsync(300);
    expect(new Set((await reader.slots()).map(({ state }) => state))).toEqual(new Set(['present']));
    const connections = await Promise.all(names.map((name) => reader.connect(name)));
    expect(connections).toHaveLength(16);
  });

  it('has no slot for a reader that nobody has, and refuses to connect to it', async () => {
    await open(['A', 'Nobody']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await slots()).toBe('A empty');
    expect(await codeOf(reader.connect('Nobody'))).toBe('CARD_ABSENT');
  });

  it('connects after any number of attempts while the service was away', async () => {
    await open();
    world.insert('A');
    world.die();
    for (let i = 0; i < 12; i++) expect(await codeOf(reader.connect('A'))).toBe('READER_SERVICE_DOWN');
    world.revive();
    await vi.advanceTimersByTimeAsync(500);
    const connections = await Promise.all(Array.from({ length: 4 }, () => reader.connect('A')));
    expect(connections).toHaveLength(4);
  });

  it('does not count a handle as free that could not be given back', async () => {
    await open();
    world.insert('A');
    const first = await Promise.all(Array.from({ length: 4 }, () => reader.connect('A')));
    world.unplug('A');
    for (const connection of first) await connection.disconnect();
    world.plug('A');
    world.insert('A');
    for (let i = 0; i < 8; i++) await reader.connect('A');
  });

  it('gives the native module one buffer after another insertion as before, wiped', async () => {
    await open();
    const seen = new Set<ArrayBuffer>();
    world.buffers = (buffer) => {
      expect(new Uint8Array(buffer).some((byte) => byte !== 0)).toBe(false);
      new Uint8Array(buffer).fill(7);
      seen.add(buffer);
    };
    for (let i = 0; i < 20; i++) {
      world.insert('A');
      const connection = await reader.connect('A');
      await connection.transmit(Uint8Array.of(0, 0x84, 0, 0));
      await connection.disconnect();
      world.remove('A');
    }
    expect(seen.size).toBe(1);
  });

  it('never gives a handle back in the moment in which it asks for another, which costs the card its power', async () => {
    // Beyond the four that a client watches: asked for its state again and again.
    for (const name of ['B', 'C', 'D', 'E']) world.plug(name);
    await open(['E']);
    const connected: Promise<unknown>[] = [];
    reader.subscribe((states) => {
      if (states.some(({ state }) => state === 'present')) connected.push(reader.connect('E'));
    });
    world.deaf = true;
    world.insert('E');
    await vi.advanceTimersByTimeAsync(250);
    expect(connected).toHaveLength(1);
    const connection = await reader.connect('E');
    await connection.exclusively(() => connection.transmit(Uint8Array.of(0, 0x84, 0, 0)));
  });

  it('connects once a reader that is being asked has answered, whenever that is', async () => {
    await open();
    world.insert('A');
    for (let count = 0; count < 3 * CONNECTING_TURNS; count++) {
      vi.advanceTimersByTime(4_000);
      await turns(count);
      const connection = await reader.connect('A');
      await connection.exclusively(() => connection.transmit(Uint8Array.of(0, 0x84, 0, 0)));
      await connection.disconnect();
      await vi.advanceTimersByTimeAsync(0);
    }
  });

  it('does not ask a reader while a transaction of ours lasts, which would wait for its end', async () => {
    await open();
    world.insert('A');
    const connection = await reader.connect('A');
    const held = Promise.withResolvers<void>();
    await vi.advanceTimersByTimeAsync(3_900);
    const before = world.connections();
    const work = connection.exclusively(() => held.promise);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.connections()).toBe(before);
    held.resolve();
    await work;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(world.connections()).toBe(before + 1);
  });

  it('begins nothing while a handle is made or given back', async () => {
    for (const name of ['B', 'C', 'D', 'E', 'F']) world.plug(name);
    await open(['A', 'B', 'E', 'F']);
    const visit = async (slot: string): Promise<void> => {
      for (let i = 0; i < 8; i++) {
        await turns(i);
        const connection = await reader.connect(slot);
        await connection.exclusively(() => connection.transmit(Uint8Array.of(0, 0x84, 0, 0)));
        await connection.disconnect();
      }
    };
    for (const slot of ['A', 'B', 'E', 'F']) world.insert(slot);
    vi.advanceTimersByTime(4_000);
    await Promise.all(['A', 'B', 'E', 'F'].map(visit));
    expect(world.clashes()).toBe(0);
  });

  it('refuses what another program holds alone, and connects when it lets go', async () => {
    await open();
    world.insert('A');
    world.hold('A');
    expect(await codeOf(reader.connect('A'))).toBe('READER_BUSY');
    world.letGo('A');
    await reader.connect('A');
  });

  it('tells nothing after close', async () => {
    await open();
    const seen: string[] = [];
    reader.subscribe((states) => seen.push(shown(states)));
    await reader.close();
    world.insert('A');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(seen).toEqual([]);
  });
});
