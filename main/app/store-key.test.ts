import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, refusalOf } from '../../contract/errors.ts';
import { utf8 } from '../../crypto/common/bytes.ts';
import { createOsKeyStore, type SafeStoragePart } from '../electron/os-key-store.ts';
import type { PinTerminal } from './card-secrets.ts';
import { changeStorePin, listOutbox } from './desk-data.ts';
import { GENERATED_PASSPHRASE_COST } from './officers/sealed-secret.ts';
import { osStoreKey } from './os-store-key.ts';
import { pinStoreKey } from './pin-store-key.ts';
import { deskDataFiles, openDeskData, rewrapStoreKey, type StoreKeyKeeper } from './store-key.ts';
import { storePins } from './store-pin.ts';

const { signal } = new AbortController();
const ITEM = { id: 'a', version: 1, route: 'record', body: { message: 'AAAA' }, createdAt: 5 } as const;

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'imis-store-key-')), 'data');
});
afterEach(() => rmSync(join(data, '..'), { recursive: true }));

/** PINs handed out, to see that they are wiped. */
const given: Uint8Array[] = [];
const withPin = (pin: string): StoreKeyKeeper => {
  const pins = async (): Promise<Uint8Array> => {
    const bytes = utf8(pin);
    given.push(bytes);
    return bytes;
  };
  return pinStoreKey({ present: pins, fresh: pins }, GENERATED_PASSPHRASE_COST);
};

/** An Electron whose key store belongs to one user of one machine: a byte of its own over each. */
const fakeSafeStorage = (user: number, more: Partial<SafeStoragePart> = {}): SafeStoragePart => ({
  isEncryptionAvailable: () => true,
  getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptString: (text) => Buffer.from([...Buffer.from(`v11${text}`)].map((byte) => byte ^ user)),
  decryptString: (wrapped) => {
    const text = Buffer.from([...wrapped].map((byte) => byte ^ user)).toString('latin1');
    if (!text.startsWith('v11'))
      throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
    return text.slice(3);
  },
  ...more,
});
const withOs = (user: number, more: Partial<SafeStoragePart> = {}, platform: NodeJS.Platform = 'linux') =>
  osStoreKey(createOsKeyStore(fakeSafeStorage(user, more), platform));

/** One session; answers the ids in the outbox. */
async function session(keeper: StoreKeyKeeper, put = false): Promise<readonly string[]> {
  const { outbox, close } = await openDeskData(data, keeper, signal);
  try {
    if (put) await outbox.put([ITEM], signal);
    return (await outbox.list(signal)).map(({ id }) => id);
  } finally {
    close();
  }
}
const codeOf = (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done',
    (cause: unknown) => refusalOf(cause).code,
  );

describe.each([
  ['a start-up PIN', () => withPin('654321'), () => withPin('654322')],
  ['the system’s key store', () => withOs(0x51), () => withOs(0x52)],
])('a store whose key is kept by %s', (_what, own, other) => {
  it('opens again, for that keeper only, and nothing is lost by trying', async () => {
    expect(await session(own(), true)).toEqual(['a']);
    const before = readFileSync(deskDataFiles(data).storeKey);
    for (let tries = 0; tries < 3; tries++) expect(await codeOf(session(other()))).toBe('STORE_LOCKED');
    expect(readFileSync(deskDataFiles(data).storeKey)).toEqual(before);
    expect(await session(own())).toEqual(['a']);
  });

  it('has a key file for its owner alone, and none lying about', async () => {
    await session(own());
    expect(readdirSync(data).filter((name) => name.startsWith('store-key'))).toEqual(['store-key.json']);
    expect(statSync(deskDataFiles(data).storeKey).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('is not begun anew without its key file, and not opened with that of another store', async () => {
    const { storeKey } = deskDataFiles(data);
    await session(own(), true);
    const mine = readFileSync(storeKey);
    rmSync(storeKey);
    expect(await codeOf(session(own()))).toBe('STORE_KEY_LOST');
    expect(readdirSync(data)).not.toContain('store-key.json');
    const elsewhere = join(data, 'elsewhere');
    (await openDeskData(elsewhere, own(), signal)).close();
    writeFileSync(storeKey, readFileSync(deskDataFiles(elsewhere).storeKey));
    expect(await codeOf(session(own()))).toBe('STORE_KEY_LOST');
    writeFileSync(storeKey, mine);
    expect(await session(own())).toEqual(['a']);
  });

  it('is one store under one key for two that begin it at once', async () => {
    const both = await Promise.all([openDeskData(data, own(), signal), openDeskData(data, own(), signal)]);
    await both[0].outbox.put([ITEM], signal);
    expect(await both[1].outbox.list(signal)).toEqual([ITEM]);
    for (const { close } of both) close();
    expect(readdirSync(data).filter((name) => name.startsWith('store-key'))).toEqual(['store-key.json']);
  });

  it('opens no key file that was altered', async () => {
    const { storeKey } = deskDataFiles(data);
    await session(own());
    const text = readFileSync(storeKey, 'utf8');
    const altered = text.replace(
      /"(sealed|wrapped)": "(.)/u,
      (_all, name, first) => `"${name}": "${first === 'A' ? 'B' : 'A'}`,
    );
    expect(altered).not.toBe(text);
    writeFileSync(storeKey, altered);
    expect(await codeOf(session(own()))).toBe('STORE_LOCKED');
    writeFileSync(storeKey, '{}');
    await expect(session(own())).rejects.toMatchObject({ code: 'FOLDER_DAMAGED' });
  });
});

describe('changing who keeps the key', () => {
  it('to another PIN leaves every row as it lies', async () => {
    await session(withPin('654321'), true);
    const rows = readFileSync(deskDataFiles(data).store);
    expect(await codeOf(rewrapStoreKey(data, withPin('wrong!'), withPin('a new one'), signal))).toBe('STORE_LOCKED');
    await rewrapStoreKey(data, withPin('654321'), withPin('a new one'), signal);
    expect(readFileSync(deskDataFiles(data).store)).toEqual(rows);
    expect(await codeOf(session(withPin('654321')))).toBe('STORE_LOCKED');
    expect(await session(withPin('a new one'))).toEqual(['a']);
    for (const pin of given) expect(pin).toEqual(pin.map(() => 0));
  });

  it('from a PIN to the system and back; neither opens what the other keeps', async () => {
    await session(withPin('654321'), true);
    expect(await codeOf(session(withOs(1)))).toBe('STORE_LOCKED');
    await rewrapStoreKey(data, withPin('654321'), withOs(1), signal);
    expect(await codeOf(session(withPin('654321')))).toBe('STORE_LOCKED');
    expect(await session(withOs(1))).toEqual(['a']);
    await rewrapStoreKey(data, withOs(1), withPin('654321'), signal);
    expect(await session(withPin('654321'))).toEqual(['a']);
  });
});

describe('the system’s key store', () => {
  it.each<[string, Partial<SafeStoragePart>]>([
    ['there is none', { isEncryptionAvailable: () => false }],
    ['its password is public', { getSelectedStorageBackend: () => 'basic_text' }],
    ['it is not known yet', { getSelectedStorageBackend: () => 'unknown' }],
  ])('is not used where %s', async (_why, more) => {
    expect(await codeOf(session(withOs(1, more)))).toBe('STORE_KEY_UNAVAILABLE');
    await session(withOs(1));
    expect(await codeOf(session(withOs(1, more)))).toBe('STORE_KEY_UNAVAILABLE');
  });

  it('is not asked for its backend where there is one only', async () => {
    const absent = (): never => {
      throw new TypeError('safeStorage.getSelectedStorageBackend is not a function');
    };
    expect(await session(withOs(1, { getSelectedStorageBackend: absent }, 'darwin'), true)).toEqual(['a']);
  });
});

describe('a start-up PIN', () => {
  const file = (text: string): string => {
    const path = join(data, '..', 'pin');
    writeFileSync(path, text);
    return path;
  };

  it('comes from a file of 6 to 64 characters, without its line feed', async () => {
    const read = async (text: string) => new TextDecoder().decode(await storePins(file(text)).present(signal));
    expect(await read('123456\n')).toBe('123456');
    expect(await read('六個字的密碼\r\n')).toBe('六個字的密碼');
    expect(await read('字'.repeat(64))).toHaveLength(64);
    for (const wrong of ['', '12345', '五個字密碼', 'x'.repeat(65), '12345\n'])
      expect(await codeOf(read(wrong)), wrong).toBe('STORE_PIN_FORMAT');
    await expect(storePins(join(data, 'none')).present(signal)).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
  });

  it('is asked for where no file is: a new one twice, the same both times', async () => {
    const typing = (...lines: string[]) => {
      const shown: boolean[] = [];
      const listeners = new Set<(chunk: Buffer) => void>();
      const terminal: PinTerminal = {
        isTTY: true,
        setRawMode: (raw) => shown.push(!raw),
        on: (_event, listener) => listeners.add(listener),
        off: (_event, listener) => listeners.delete(listener),
        // Whoever types is faster than the question.
        resume: () => {
          expect(shown.at(-1)).toBe(false);
          const line = lines.shift();
          if (line !== undefined) for (const listener of listeners) listener(Buffer.from(`${line}\r`));
        },
        pause: () => expect(listeners.size).toBe(0),
      };
      return storePins(undefined, terminal, { write: () => true });
    };
    expect(await typing('654321').present(signal)).toEqual(utf8('654321'));
    // One stroke of the erase key takes a whole character.
    expect(await typing('錯\x7f654321').present(signal)).toEqual(utf8('654321'));
    expect(await typing('654321', '654321').fresh(signal)).toEqual(utf8('654321'));
    expect(await codeOf(typing('654321', '654322').fresh(signal))).toBe('STORE_PIN_FORMAT');
    expect(await codeOf(typing('6543').fresh(signal))).toBe('STORE_PIN_FORMAT');
    expect(await codeOf(typing('65432\x03').present(signal))).toBe('CANCELLED');
    expect(await codeOf(typing().present(AbortSignal.abort()))).toBe('CANCELLED');
    const called = new AbortController();
    const waiting = codeOf(typing().present(called.signal));
    called.abort();
    expect(await waiting).toBe('CANCELLED');
  });

  it('is changed, and the outbox listed, by the kiosk’s configuration', async () => {
    const config = join(data, '..', 'desk.json');
    const settings = { version: 1, folder: 'desk', data: 'data', readers: { kind: 'pcsc' } };
    writeFileSync(config, JSON.stringify(settings));
    await expect(listOutbox(config, file('654321'))).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    await session(withPin('654321'), true);
    expect(await listOutbox(config, file('654321'))).toEqual([
      { id: 'a', route: 'record', createdAt: '1970-01-01T00:00:00.005Z' },
    ]);
    const next = join(data, '..', 'next-pin');
    writeFileSync(next, 'abcdef');
    await changeStorePin(config, file('654321'), next, GENERATED_PASSPHRASE_COST);
    expect(await codeOf(listOutbox(config, file('654321')))).toBe('STORE_LOCKED');
    expect(await listOutbox(config, next)).toHaveLength(1);
  });
});
