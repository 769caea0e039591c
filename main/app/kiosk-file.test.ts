/**
 * A kiosk's configuration, as an administrator may have left it: missing is not the same as mistyped.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KioskFile, readKioskFile } from './kiosk-file.ts';
import { openKiosk } from './run-kiosk.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'imis-kiosk-file-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const FILE: KioskFile = { version: 1, folder: 'desk', data: '../data', readers: { kind: 'pcsc' } };
const written = (text: string): string => {
  const path = join(dir, 'desk.json');
  writeFileSync(path, text);
  return path;
};

describe('the configuration of a kiosk', () => {
  it('has paths that are relative to it', () => {
    const { file, at } = readKioskFile(written(JSON.stringify(FILE)));
    expect(file).toEqual(FILE);
    expect([at(file.folder), at('/elsewhere')]).toEqual([join(dir, 'desk'), '/elsewhere']);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{ "version": 1, }'],
    ['another field', JSON.stringify({ ...FILE, colour: 'red' })],
  ])('that says %s is damaged', (_what, text) => {
    const path = written(text);
    expect(() => readKioskFile(path)).toThrow(expect.objectContaining({ code: 'FOLDER_DAMAGED', message: path }));
  });

  it('that names no folder of a desk, or one that was damaged, says so', async () => {
    const configFile = written(JSON.stringify(FILE));
    const opened = () => openKiosk({ desk: 'clinic', bureauUrl: 'https://127.0.0.1:1', configFile }, () => undefined);
    await expect(opened()).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    mkdirSync(join(dir, 'desk'));
    writeFileSync(join(dir, 'desk', 'desk.json'), '{');
    await expect(opened()).rejects.toMatchObject({ code: 'FOLDER_DAMAGED' });
  });

  it('that is not there is missing, and a folder is none', () => {
    expect(() => readKioskFile(join(dir, 'none.json'))).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_FOUND' }));
    expect(() => readKioskFile(dir)).toThrow(expect.objectContaining({ code: 'FOLDER_DAMAGED' }));
  });
});
