import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { askPin, newCardSecrets, openPinLetter, type PinTerminal, randomDigits, readPinFile } from './card-secrets.ts';

const dir = mkdtempSync(join(tmpdir(), 'imis-secrets-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A terminal at which `keys` are typed, and what it showed. */
function terminal() {
  const events = new EventEmitter();
  const modes: boolean[] = [];
  const input: PinTerminal = {
    isTTY: true,
    setRawMode: (raw) => modes.push(raw),
    on: (name, listener) => events.on(name, listener),
    off: (name, listener) => events.off(name, listener),
    resume: () => undefined,
    pause: () => undefined,
  };
  let shown = '';
  const chunks: Buffer[] = [];
  return {
    input,
    output: { write: (text: string) => (shown += text) },
    type: (keys: string) => {
      const chunk = Buffer.from(keys);
      chunks.push(chunk);
      events.emit('data', chunk);
    },
    shown: () => shown,
    modes,
    chunks,
    listeners: () => events.listenerCount('data'),
  };
}

describe('secrets of a new card', () => {
  it('are six and eight random digits', () => {
    const { pin, puk } = newCardSecrets();
    expect([pin.length, puk.length]).toEqual([6, 8]);
    expect([...pin, ...puk].every((digit) => Number.isInteger(digit) && digit >= 0 && digit <= 9)).toBe(true);
  });

  it('leave out bytes that would make some digits likelier', () => {
    const bytes = [255, 250, 249, 0, 17];
    expect(randomDigits(3, () => Uint8Array.of(bytes.shift() ?? 0))).toEqual([9, 0, 7]);
  });

  it('stand in a file of their owner alone, which is never overwritten and goes with a card that was refused', () => {
    const path = join(dir, 'letter.txt');
    const letter = openPinLetter({ pin: [1, 2, 3, 4, 5, 6], puk: [8, 7, 6, 5, 4, 3, 2, 1] }, path);
    letter.tell();
    letter.end();
    expect(readFileSync(path, 'utf8')).toBe('PIN 123456\nPUK 87654321\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const transport = join(dir, 'transport.txt');
    openPinLetter({ pin: [1, 2, 3, 4, 5, 6], puk: [8, 7, 6, 5, 4, 3, 2, 1], transport: true }, transport);
    expect(readFileSync(transport, 'utf8')).toBe('TRANSPORT-PIN 123456\nPUK 87654321\n');
    expect(() => openPinLetter({ pin: [], puk: [] }, path)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(readFileSync(path, 'utf8')).toContain('123456');
    letter.withdraw();
    expect(existsSync(path)).toBe(false);
  });
});

describe('a typed PIN', () => {
  it('comes out of a file, with or without a line feed', () => {
    const path = join(dir, 'pin');
    for (const text of ['112233', '112233\n', '112233\r\n']) {
      writeFileSync(path, text);
      expect(readPinFile(path)).toEqual([1, 1, 2, 2, 3, 3]);
    }
    for (const text of ['', '123', '1234567890123', '12 34', 'secret', '１２３４']) {
      writeFileSync(path, text);
      expect(() => readPinFile(path)).toThrow(expect.objectContaining({ code: 'PIN_FORMAT' }));
    }
    expect(() => readPinFile(join(dir, 'nowhere'))).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_FOUND' }));
  });

  it('is asked for without showing it, and what carried it is wiped', async () => {
    const at = terminal();
    const pin = askPin('PIN: ', at.input, at.output);
    at.type('129');
    at.type('\u007f34');
    at.type('56\r');
    expect(await pin).toEqual([1, 2, 3, 4, 5, 6]);
    expect(at.shown()).toBe('PIN: \n');
    expect(at.modes).toEqual([true, false]);
    expect(at.listeners()).toBe(0);
    expect(at.chunks.every((chunk) => chunk.every((byte) => byte === 0))).toBe(true);
  });

  it('is refused by code: letters, Ctrl-C, no terminal', async () => {
    const letters = terminal();
    const first = askPin('', letters.input, letters.output);
    letters.type('abcdef\n');
    await expect(first).rejects.toMatchObject({ code: 'PIN_FORMAT' });
    const given = terminal();
    const second = askPin('', given.input, given.output);
    given.type('12\u0003');
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(given.modes).toEqual([true, false]);
    const none = terminal();
    await expect(askPin('', { ...none.input, isTTY: false }, none.output)).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
    });
  });
});
