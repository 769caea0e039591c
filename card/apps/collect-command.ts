/**
 * CONSUME RX and PROXY SIGN from the host's side (eqs 17 and 18): the request, and the answer that PROXY FINISH gives as well.
 * @module
 */
import { concat, readUint, uint } from '../../crypto/common/bytes.ts';
import { PICKUP_LENGTH } from '../../crypto/proxysig/pickup-object.ts';
import { PROXY_SIGNATURE_LENGTH } from '../../crypto/proxysig/proxy-signature.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { type Exchange, exchange, type Signal } from './card-commands.ts';

/** What a pharmacy gives to collect one part; which pharmacy and terminal that is, the card knows from the channel. Lengths: rxId 16, rxh 32, nonce 32. */
export interface ConsumeRequest {
  readonly rxId: Uint8Array;
  readonly part: number;
  readonly rxh: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The card's pickup: PU (198 bytes), its signature r ‖ s, parts left, and the newest time the card has seen (0 when none). */
export interface Pickup {
  readonly pu: Uint8Array;
  readonly signature: Uint8Array;
  readonly partsLeft: number;
  readonly time: number;
}

/** parts left(1) ‖ newest time(4). */
const HEAD = 5;

/** Length of an answer with a signature of an agent. */
export const AGENT_ANSWER: number = HEAD + PROXY_SIGNATURE_LENGTH + PICKUP_LENGTH;

/** The data of a request, 81 bytes. */
export const requestBytes = ({ rxId, part, rxh, nonce }: ConsumeRequest): Uint8Array =>
  concat(rxId, uint(part, 1), rxh, nonce);

/** An answer of the right length, read. */
export const readPickup = (answer: Uint8Array): Pickup => ({
  partsLeft: answer[0] ?? 0,
  time: readUint(answer.subarray(1, HEAD)),
  signature: answer.slice(HEAD, -PICKUP_LENGTH),
  pu: answer.slice(-PICKUP_LENGTH),
});

/** CONSUME RX, and PROXY SIGN by its header. */
export async function collect(
  session: CardSession,
  request: ConsumeRequest,
  header: Exchange['header'],
  signal: Signal,
): Promise<Pickup> {
  const data = requestBytes(request);
  const it: Exchange =
    header[1] === 0x2a
      ? { what: 'PROXY SIGN', header, data, answer: AGENT_ANSWER, kind: 'agent' }
      : { what: 'CONSUME RX', header, data, answer: HEAD + 64 + PICKUP_LENGTH, kind: 'once' };
  return readPickup(await exchange(session, it, signal));
}
