import { describe, expect, it } from 'vitest';
import { concat, fromHex, hex } from '../../crypto/common/bytes.ts';
import { CardError } from '../card-error.ts';
import { type CardSession, createCardSession } from './card-session.ts';
import { command, EXTENDED_MAX } from './command.ts';

/** A wire that answers from a list and keeps what was sent. */
function scripted(answers: readonly string[], extended = true): { session: CardSession; sent: string[] } {
  const sent: string[] = [];
  const session = createCardSession(
    { transmit: async (bytes) => fromHex(answers[sent.push(hex(bytes)) - 1] ?? '') },
    { extended },
  );
  return { session, sent };
}

const read = command([0, 0xb0, 0x81, 0], undefined, 256);
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof CardError ? error.code : error),
  );

describe('card session', () => {
  it('collects what 61xx announces', async () => {
    const { session, sent } = scripted(['aa6102', 'bb6101', 'cc9000']);
    expect(await session.send(read)).toEqual({ data: fromHex('aabbcc'), sw: 0x9000 });
    expect(sent.slice(1)).toEqual(['00c0000002', '00c0000001']);
  });

  it('asks again with the length of 6Cxx, once', async () => {
    const { session, sent } = scripted(['6c03', 'aabbcc9000']);
    expect((await session.send(read)).data).toEqual(fromHex('aabbcc'));
    expect(sent[1]).toBe('00b0810003');
    expect(await codeOf(scripted(['6c03', '6c04']).session.send(read))).toBe('CARD_ANSWER_INVALID');
  });

  it('ends an answer without end', async () => {
    expect(await codeOf(scripted(['6101', '6101', '6101']).session.send(read))).toBe('CARD_ANSWER_INVALID');
    const forever = createCardSession({ transmit: async () => concat(new Uint8Array(256), fromHex('6100')) });
    expect(await codeOf(forever.send(read))).toBe('CARD_ANSWER_INVALID');
  });

  it('chains where extended commands are not supported, and stops at a refusal', async () => {
    const data = new Uint8Array(600).fill(7);
    const { session, sent } = scripted(['9000', '9000', 'aa9000'], false);
    await session.send(command([0x80, 1, 2, 3], data, EXTENDED_MAX));
    expect(sent.map((text) => text.slice(0, 10))).toEqual(['90010203ff', '90010203ff', '800102035a']);
    expect(sent[2]?.slice(-2)).toBe('00');
    const refused = scripted(['9000', '6a84'], false);
    expect((await refused.session.send(command([0x80, 1, 2, 3], data))).sw).toBe(0x6a84);
    expect(refused.sent.length).toBe(2);
    const long = scripted(['9000']);
    await long.session.send(command([0x80, 1, 2, 3], data));
    expect(long.sent.length).toBe(1);
  });

  it('sends one command at a time, and goes on after a failure', async () => {
    let busy = 0;
    let most = 0;
    const session = createCardSession({
      async transmit(bytes) {
        most = Math.max(most, ++busy);
        await Promise.resolve();
        busy -= 1;
        return bytes[1] === 1 ? new Uint8Array(0) : fromHex('9000');
      },
    });
    const all = [0, 1, 2, 3].map((ins) => codeOf(session.send(command([0, ins, 0, 0]))));
    expect(await Promise.all(all)).toEqual([undefined, 'CARD_LOST', undefined, undefined]);
    expect(most).toBe(1);
  });

  it('stops at the signal between commands, never inside a chain', async () => {
    const stop = new AbortController();
    const sent: string[] = [];
    const session = createCardSession(
      {
        async transmit(bytes) {
          sent.push(hex(bytes));
          stop.abort();
          return fromHex('9000');
        },
      },
      { extended: false },
    );
    await session.send(command([0, 1, 0, 0], new Uint8Array(400)), { signal: stop.signal });
    expect(sent.length).toBe(2);
    expect(await codeOf(session.send(read, { signal: stop.signal }))).toBe('CANCELLED');
    expect(sent.length).toBe(2);
  });

  it('wipes the bytes of a secret command', async () => {
    let seen = new Uint8Array(0);
    const session = createCardSession({
      async transmit(bytes) {
        seen = bytes as Uint8Array<ArrayBuffer>;
        return fromHex('9000');
      },
    });
    await session.send(command([0, 0x20, 0, 1], fromHex('26123456ffffffff')), { secret: true });
    expect(seen.length).toBe(13);
    expect(seen.every((byte) => byte === 0)).toBe(true);
  });
});
