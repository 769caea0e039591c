import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../../crypto/common/bytes.ts';
import {
  GENERATED_PASSPHRASE_COST,
  generatePassphrase,
  openSecret,
  readPassphrase,
  SealedSecret,
  sealSecret,
} from './sealed-secret.ts';

const passphrase = utf8('correct horse battery');
const label = utf8('whose');
const secret = utf8('a secret of some length');
let sealed: SealedSecret;
let dir: string;
beforeAll(async () => {
  sealed = await sealSecret(secret, passphrase, label, GENERATED_PASSPHRASE_COST);
  dir = await mkdtemp(join(tmpdir(), 'imis-sealed-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const refused = (code: string) => expect.objectContaining({ name: 'BureauFolderError', code });
const flip = (text: string): string => {
  const bytes = Buffer.from(text, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe('a sealed secret', () => {
  it('opens under its passphrase and label, as the file says', async () => {
    const file = SealedSecret.parse(JSON.parse(JSON.stringify(sealed)));
    expect(await openSecret(file, passphrase, label)).toEqual(secret);
    expect(JSON.stringify(file)).not.toContain(Buffer.from(secret).toString('base64'));
    const again = await sealSecret(secret, passphrase, label, GENERATED_PASSPHRASE_COST);
    expect([again.salt, again.nonce, again.sealed]).not.toEqual([sealed.salt, sealed.nonce, sealed.sealed]);
  });

  it('opens under nothing else', async () => {
    const wrong = [
      () => openSecret(sealed, utf8('correct horse batterz'), label),
      () => openSecret(sealed, passphrase, utf8('other')),
      () => openSecret({ ...sealed, salt: flip(sealed.salt) }, passphrase, label),
      () => openSecret({ ...sealed, nonce: flip(sealed.nonce) }, passphrase, label),
      () => openSecret({ ...sealed, sealed: flip(sealed.sealed) }, passphrase, label),
      () => openSecret({ ...sealed, cost: 2 * sealed.cost }, passphrase, label),
    ];
    for (const attempt of wrong) await expect(attempt()).rejects.toEqual(refused('PASSPHRASE_WRONG'));
    for (const cut of [{ salt: 'AA==' }, { nonce: 'AA==' }, { sealed: 'AA==' }]) {
      await expect(openSecret({ ...sealed, ...cut }, passphrase, label)).rejects.toEqual(refused('FOLDER_DAMAGED'));
    }
  });

  it('is refused with a cost that is too low, too high or no power of two', () => {
    for (const cost of [1024, 2 ** 13, 2 ** 21, 2 ** 15 + 1, 2 ** 15 + 0.5]) {
      expect(SealedSecret.safeParse({ ...sealed, cost }).success).toBe(false);
    }
    expect(SealedSecret.safeParse({ ...sealed, kdf: 'pbkdf2' }).success).toBe(false);
    expect(SealedSecret.safeParse({ ...sealed, more: 1 }).success).toBe(false);
  });
});

describe('a passphrase', () => {
  it('is what the file holds without the line’s end, and long enough', async () => {
    const path = join(dir, 'passphrase');
    for (const end of ['', '\n', '\r\n']) {
      await writeFile(path, `twelve bytes${end}`);
      expect(readPassphrase(path)).toEqual(utf8('twelve bytes'));
    }
    await writeFile(path, 'eleven byte\n');
    expect(() => readPassphrase(path)).toThrow(refused('PASSPHRASE_SHORT'));
    expect(() => readPassphrase(join(dir, 'none'))).toThrow(refused('FOLDER_NOT_FOUND'));
  });

  it('is different each time it is made', () => {
    expect(generatePassphrase()).not.toEqual(generatePassphrase());
    expect(generatePassphrase().length).toBe(32);
  });
});
