/**
 * Puts a software card into a slot of vpcd, the virtual reader of vsmartcard: a TCP connection to the slot's port is an inserted card.
 * Both directions carry length(2) ‖ payload. A payload of one byte is control: 00 off, 01 on, 02 reset, 04 asks for the answer to reset.
 * Length and payload leave in one write with Nagle off; in two writes each command waits 40 ms for a delayed acknowledgement (card note 0.2).
 * @module
 */
import { connect, type Socket } from 'node:net';
import { concat, readUint, uint } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import type { SoftwareCard } from './card-os.ts';

/** A card at the end of a wire. */
export interface VpcdLink {
  /** Connects to the slot's port; rejects with READER_FAILED. */
  insert(port: number): Promise<void>;
  /** Takes the card out; resolves when the connection is closed. Safe to call without a card inside. */
  remove(): Promise<void>;
  /** Resolves when the reader's side closed the connection, or after `remove`. */
  readonly closed: () => Promise<void>;
}

const CONTROL = { off: 0x00, on: 0x01, reset: 0x02, answerToReset: 0x04 } as const;

/** A link for a card; `host` is where vpcd listens. */
export function createVpcdLink(card: SoftwareCard, { host = '127.0.0.1' }: { readonly host?: string } = {}): VpcdLink {
  let socket: Socket | undefined;
  let gone: Promise<void> = Promise.resolve();

  async function answer(payload: Uint8Array): Promise<Uint8Array | undefined> {
    if (payload.length !== 1) return card.transmit(payload);
    switch (payload[0] ?? -1) {
      case CONTROL.off:
        card.powerOff();
        return undefined;
      case CONTROL.on:
        card.powerOn();
        return undefined;
      case CONTROL.reset:
        card.powerOff();
        card.powerOn();
        return undefined;
      case CONTROL.answerToReset:
        return card.atr;
      default:
        return undefined;
    }
  }

  async function serve(wire: Socket): Promise<void> {
    let received: Uint8Array = new Uint8Array(0);
    try {
      for await (const chunk of wire) {
        // Without an encoding set, a socket's chunks are Buffers.
        received = concat(received, chunk as Buffer);
        for (;;) {
          const length = received.length < 2 ? undefined : readUint(received.subarray(0, 2));
          if (length === undefined || received.length < 2 + length) break;
          const payload = received.slice(2, 2 + length);
          received = received.slice(2 + length);
          const reply = length === 0 ? undefined : await answer(payload);
          if (reply !== undefined) wire.write(concat(uint(reply.length, 2), reply));
        }
      }
    } catch (error) {
      // The reader going away ends the card's stay; anything else is a fault of ours.
      if (!(error instanceof Error && 'syscall' in error) && !wire.destroyed) throw error;
    } finally {
      wire.destroy();
      card.powerOff();
    }
  }

  return {
    async insert(port) {
      if (socket !== undefined && !socket.destroyed) throw new RangeError('the card is in a slot already');
      const wire = connect({ host, port, noDelay: true });
      await new Promise<void>((resolve, reject) => {
        // Stays attached: what comes after the connection stands is told by the end of the stream.
        wire.once('connect', resolve);
        wire.on('error', (cause) => {
          reject(new CardError('READER_FAILED', 'vpcd does not answer', { cause }));
        });
      });
      socket = wire;
      gone = serve(wire);
    },
    async remove() {
      socket?.destroy();
      await gone;
    },
    closed: () => gone,
  };
}
