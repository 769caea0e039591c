import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAFETY_TABLE_LIMIT } from '../../record/safety-table.ts';
import type { DeskFile } from './desk-folder.ts';
import type { KioskFile } from './kiosk-file.ts';
import { EXAMPLE_SAFETY_TABLE, readSafetyTable } from './read-safety-table.ts';
import { runKiosk } from './run-kiosk.ts';

const code = (code: string) => expect.objectContaining({ code });
const nothing = (): void => undefined;

describe('the safety table of a kiosk', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'imis-table-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const twice = (): string => {
    const example = JSON.parse(readFileSync(EXAMPLE_SAFETY_TABLE, 'utf8')) as { allergens: unknown[] };
    return JSON.stringify({ ...example, allergens: [...example.allergens, ...example.allergens] });
  };
  /** A kiosk's configuration that names a table; the desk's folder holds no more than what is read before the table. */
  const configured = (desk: DeskFile['desk'], safetyTable?: string): string => {
    const folder = join(dir, desk);
    mkdirSync(folder, { recursive: true });
    const self: DeskFile = {
      version: 1,
      desk,
      institution: '0401180014',
      institutionName: '示範醫院',
      bureau: '9900000001',
      terminalId: 'a'.repeat(32),
      name: desk,
    };
    writeFileSync(join(folder, 'desk.json'), JSON.stringify(self));
    const config: KioskFile = {
      version: 1,
      folder: desk,
      data: 'data',
      readers: { kind: 'software', slots: ['left'], folder: 'cards' },
      ...(safetyTable === undefined ? {} : { safetyTable }),
    };
    return file(`${desk}.json`, JSON.stringify(config));
  };
  const start = (desk: DeskFile['desk'], configFile: string, safetyTable?: string) =>
    runKiosk({ desk, bureauUrl: 'https://127.0.0.1:1', configFile, safetyTable }, nothing);

  it('is read, the example too', () => {
    expect(readSafetyTable(EXAMPLE_SAFETY_TABLE).head.edition).toBe('example-1');
  });

  it('is refused by code, with the name of its file', () => {
    expect(() => readSafetyTable(join(dir, 'none.json'))).toThrow(code('FOLDER_NOT_FOUND'));
    expect(() => readSafetyTable(file('bad.json', '{}'))).toThrow(code('SAFETY_TABLE_MALFORMED'));
    expect(() => readSafetyTable(join(dir, 'bad.json'))).toThrow(/bad\.json/u);
    expect(() => readSafetyTable(file('twice.json', twice()))).toThrow(code('SAFETY_TABLE_CONTRADICTORY'));
    const large = file('large.json', ' '.repeat(SAFETY_TABLE_LIMIT + 1));
    expect(() => readSafetyTable(large)).toThrow(code('SAFETY_TABLE_TOO_LARGE'));
  });

  it('ends a kiosk at the start, by the configuration or the command', async () => {
    file('bad.json', '{}');
    await expect(start('clinic', configured('clinic', 'bad.json'))).rejects.toThrow(code('SAFETY_TABLE_MALFORMED'));
    await expect(start('clinic', configured('clinic', 'none.json'))).rejects.toThrow(code('FOLDER_NOT_FOUND'));
    // The command's table comes before the configuration's, which is not even looked for.
    const other = start('clinic', configured('clinic', 'none.json'), join(dir, 'bad.json'));
    await expect(other).rejects.toThrow(code('SAFETY_TABLE_MALFORMED'));
  });

  it('has no place at another desk', async () => {
    const registration = configured('registration');
    await expect(start('registration', registration, EXAMPLE_SAFETY_TABLE)).rejects.toThrow(code('VALUE_INVALID'));
  });
});
