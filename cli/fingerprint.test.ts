import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { bmpOf, pngOf, tiffOf } from '../biometric/extract/image-files.fixture.ts';
import { drawImpression, ridgePattern } from '../biometric/extract/ridge-pattern.fixture.ts';
import { openFingerprintFiles } from '../main/app/fingerprint-files.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { fingerprintCompare } from './fingerprint-compare.ts';
import { fingerprintTemplate } from './fingerprint-template.ts';

const IMIS = join(import.meta.dirname, 'imis.ts');
let dir: string;

/** Runs the command to its end. */
async function imis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>();
  execFile(process.execPath, [IMIS, 'fingerprint', ...args], { cwd: dir }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  return promise;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-fingers-'));
  const [one, again, other] = [
    drawImpression(ridgePattern(1)),
    drawImpression(ridgePattern(1), { rotation: 0.2, noise: 16, noiseSeed: 2 }),
    drawImpression(ridgePattern(2)),
  ];
  await writeFile(join(dir, '1_1.png'), pngOf(one));
  await writeFile(join(dir, '1_2.tif'), tiffOf(again));
  await writeFile(join(dir, '2_1.bmp'), bmpOf(other));
  await writeFile(join(dir, '2_2.tif'), 'no image');
  await writeFile(join(dir, 'notes.txt'), 'not looked at');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const Compared = z.strictObject({
  score: z.number(),
  falseMatchRate: z.strictObject({ rate: z.number(), low: z.number(), high: z.number(), extrapolated: z.boolean() }),
});
const Identified = z.object({
  candidates: z.array(z.object({ image: z.string(), score: z.number() })),
  searched: z.int(),
  enrolled: z.int(),
  refused: z.array(z.unknown()),
});
const Template = z.object({ minutiae: z.array(z.int()).length(2), quality: z.object({ score: z.int() }) });

describe('imis fingerprint', () => {
  it('leaves no empty file behind where there is no folder to read', async () => {
    expect(await imis('compare-folder', 'nowhere', '--out', 'none.csv')).toMatchObject({ code: 1 });
    await expect(readFile(join(dir, 'none.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('compares all pairs of a folder; an image that failed keeps its rows with 0', async () => {
    const { code, out } = await imis('compare-folder', '.', '--out', 'scores.csv');
    expect({ code, out: JSON.parse(out) }).toEqual({
      code: 0,
      out: { images: 4, pairs: 6, refused: [{ name: '2_2', code: 'IMAGE_MALFORMED' }], out: 'scores.csv' },
    });
    const rows = (await readFile(join(dir, 'scores.csv'), 'utf8'))
      .trim()
      .split('\n')
      .map((row) => row.split(','));
    expect(rows.map(([probe, gallery]) => `${probe} ${gallery}`)).toEqual([
      'probe gallery',
      '1_1 1_2',
      '1_1 2_1',
      '1_1 2_2',
      '1_2 2_1',
      '1_2 2_2',
      '2_1 2_2',
    ]);
    const [, genuine = 0, impostor = 0, ...rest] = rows.map(([, , score]) => Number(score));
    expect(genuine).toBeGreaterThan(4 * impostor);
    expect([rest[0], rest[2], rest[3]]).toEqual([0, 0, 0]);
  });

  it('finds whose finger it is among the images of a folder', async () => {
    const { code, out } = await imis('identify', '1_2.tif', '.', '--limit', '3');
    expect(code).toBe(0);
    const found = Identified.parse(JSON.parse(out));
    expect(found.candidates.map(({ image }) => image).slice(0, 2)).toEqual(['1_2', '1_1']);
    expect([found.searched, found.enrolled, found.refused]).toEqual([3, 3, [{ name: '2_2', code: 'IMAGE_MALFORMED' }]]);
  });

  it('writes records of both formats, and compares them like images', async () => {
    const { code, out } = await imis('template', '1_1.png', '--out', '1.iso');
    expect(code).toBe(0);
    expect(Template.parse(JSON.parse(out)).minutiae[0]).toBeGreaterThan(10);
    const compared = Compared.parse(JSON.parse((await imis('compare', '1.iso', '1_2.tif')).out));
    expect(compared.falseMatchRate.rate).toBeLessThan(1e-4);
    await run(fingerprintTemplate, '1_1.png', '--out', join(dir, '1.incits'), '--format', 'incits');
    const files = await openFingerprintFiles(500);
    const read = (name: string) => files.readFinger(join(dir, name));
    const again = await read('1_2.tif');
    expect(files.matcher.compare(await read('1_1.png'), again)).toBe(compared.score);
    expect(files.matcher.compare(await read('1.incits'), again)).toBeGreaterThan(0.8 * compared.score);
    await expect(run(fingerprintTemplate, '1_1.png', '--out', join(dir, '1.iso'))).rejects.toMatchObject({
      code: 'EEXIST',
    });
  });

  it('refuses what is no image and no record with a code, and wrong usage', async () => {
    expect(await imis('template', 'notes.txt')).toMatchObject({
      code: 1,
      err: expect.stringContaining('IMAGE_MALFORMED (F-101)'),
    });
    await writeFile(join(dir, 'new.fmr'), Buffer.from('464d520030333000', 'hex'));
    await expect(run(fingerprintCompare, join(dir, 'new.fmr'), '1_1.png')).rejects.toMatchObject({
      code: 'TEMPLATE_VERSION',
    });
    await expect(run(fingerprintTemplate, '1_1.png', '--dpi', '100')).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
    });
    expect(() => readArguments(fingerprintCompare, ['a'])).toThrow('B is missing');
    expect(() => readArguments(fingerprintTemplate, ['a', 'b'])).toThrow('b is one too many');
    await expect(run(fingerprintTemplate, '1_1.png', '--format', 'cbeff')).rejects.toThrow(UsageError);
    await expect(run(fingerprintTemplate, '1_1.png', '--dpi', 'many')).rejects.toThrow(UsageError);
  });
});

/** Runs a command in this process on a file of the folder; what it prints goes nowhere. */
async function run(command: Command, file: string, ...args: string[]): Promise<void> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await command.run(readArguments(command, [isAbsolute(file) ? file : join(dir, file), ...args]));
  } finally {
    write.mockRestore();
  }
}
