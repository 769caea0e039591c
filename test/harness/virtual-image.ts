/**
 * libfprint's virtual image device (FP_VIRTUAL_IMAGE names its socket): two numbers of the machine, width and height, then grey pixels; a width below
 * zero is a command.
 * @module
 */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { GreyImage } from '../../biometric/extract/grey-image.ts';

/** How often it is tried until the device listens, and how long between, ms: it does from its opening on. */
const TRIES = 200;
const PAUSE_MS = 25;

async function send(socket: string, [first, second]: readonly [number, number], pixels: Uint8Array): Promise<void> {
  for (let i = 0; ; i++) {
    const connection = connect(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.on('error', reject);
    connection.on('connect', () => {
      connection.end(Buffer.concat([Buffer.from(Int32Array.of(first, second).buffer), pixels]), () => resolve());
    });
    try {
      await promise;
      return;
    } catch (cause) {
      if (i > TRIES) throw cause;
      await pause(PAUSE_MS);
    }
  }
}

/** Lays a finger on the device, as soon as it listens. */
export const layVirtually = (socket: string, { width, height, pixels }: GreyImage): Promise<void> =>
  send(socket, [width, height], pixels);

/** Pulls the device out. */
export const removeVirtually = (socket: string): Promise<void> => send(socket, [-5, 0], new Uint8Array(0));
