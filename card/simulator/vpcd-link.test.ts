import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { concat, uint } from '../../crypto/common/bytes.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { readNhiProfile } from '../apps/nhi-card.ts';
import { recognise } from '../apps/recognise.ts';
import { refusalOf } from './cards.fixture.ts';
import { encodeNhiProfile } from './encode-nhi-profile.ts';
import { createPatientCard } from './patient-card.ts';
import { createNhiCard } from './software-nhi-card.ts';
import { createVpcdLink } from './vpcd-link.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The reader's side: a port, and the first card to connect. */
async function slot(): Promise<{ port: number; card: Promise<Socket>; server: Server }> {
  const server = createServer();
  const card = once(server, 'connection').then(([socket]: Socket[]) => {
    if (socket === undefined) throw new Error('no socket');
    closing.push(() => socket.destroy());
    return socket;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, card, server };
}

/** Sends a payload, byte by byte if asked, and reads one reply. */
async function ask(wire: Socket, payload: Uint8Array, piecemeal = false): Promise<Uint8Array> {
  const message = concat(uint(payload.length, 2), payload);
  if (piecemeal) {
    for (const byte of message) {
      wire.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
  } else {
    wire.write(message);
  }
  let received = new Uint8Array(0);
  while (received.length < 2 || received.length < 2 + (received[0] ?? 0) * 256 + (received[1] ?? 0)) {
    const [chunk] = (await once(wire, 'data')) as [Buffer];
    received = new Uint8Array(concat(received, chunk));
  }
  return received.slice(2);
}

describe('vpcd link', () => {
  it('answers control bytes and commands, also in pieces', async () => {
    const { port, card: arriving } = await slot();
    const card = createPatientCard();
    const link = createVpcdLink(card);
    await link.insert(port);
    const wire = await arriving;
    wire.setNoDelay(true);
    expect(await ask(wire, Uint8Array.of(4))).toEqual(card.atr);
    wire.write(Uint8Array.of(0, 1, 1));
    const session = createCardSession({ transmit: (command) => ask(wire, command) });
    expect(await recognise(session)).toBe('patient');
    const slow = createCardSession({ transmit: (command) => ask(wire, command, true) });
    expect(await recognise(slow)).toBe('patient');
    wire.write(Uint8Array.of(0, 1, 0));
    expect(await refusalOf(recognise(session))).toBe('CARD_LOST');
    // Reset powers it again; two messages in one packet.
    wire.write(Uint8Array.of(0, 1, 0, 0, 1, 2));
    expect(await recognise(session)).toBe('patient');
    await link.remove();
    await link.remove();
    expect(await card.transmit(Uint8Array.of(0, 0xa4, 4, 0))).toEqual(new Uint8Array(0));
  });

  it('carries the NHI card, whose published commands have no Le', async () => {
    const { port, card: arriving } = await slot();
    const holder = {
      cardNumber: '000000000017',
      name: '王小明',
      idNumber: 'A123456789',
      birthDate: '1984-05-17',
      sex: 'male',
      issued: '2020-11-09',
    } as const;
    const link = createVpcdLink(createNhiCard({ profile: encodeNhiProfile(holder) }));
    await link.insert(port);
    const wire = await arriving;
    wire.setNoDelay(true);
    wire.write(Uint8Array.of(0, 1, 1));
    const session = createCardSession({ transmit: (command) => ask(wire, command) });
    expect(await recognise(session)).toBe('nhi');
    expect(await readNhiProfile(session)).toEqual({ ...holder, nameCut: false });
    await link.remove();
  });

  it('can be inserted again, and ends when the reader goes away', async () => {
    const { port, card: arriving } = await slot();
    const link = createVpcdLink(createPatientCard());
    await link.insert(port);
    await expect(link.insert(port)).rejects.toThrow(RangeError);
    (await arriving).resetAndDestroy();
    await link.closed();
    const next = await slot();
    await link.insert(next.port);
    await next.card;
    await link.remove();
  });

  it('reports a reader that is not there', async () => {
    const { port, server } = await slot();
    server.close();
    await once(server, 'close');
    expect(await refusalOf(createVpcdLink(createPatientCard()).insert(port))).toBe('READER_FAILED');
  });
});
