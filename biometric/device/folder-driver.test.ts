/**
 * The folder driver: what every driver must do, and never where patients are served.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { captureSuite, codeOf } from './capture-suite.fixture.ts';
import { createFolderDriver } from './folder-driver.ts';

const SIZE = { width: 320, height: 360, dpi: 500 } as const;
const signal = new AbortController().signal;

describe('the folder driver', () => {
  captureSuite(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'imis-fingers-'));
    const scanner = join(folder, 'desk');
    await mkdir(scanner);
    let laid = 0;
    let wake: (() => void) | undefined;
    return {
      driver: createFolderDriver({
        folder,
        dpi: SIZE.dpi,
        mode: 'demonstration',
        later: (_ms, run) => {
          wake = run;
          return () => {
            wake = undefined;
          };
        },
      }),
      size: SIZE,
      waits: true,
      lay: async ({ width, height, pixels }) => {
        laid += 1;
        const png = encode({ width, height, data: pixels, channels: 1, depth: 8 });
        await writeFile(join(scanner, `${laid}.png`), png);
        await expect.poll(() => wake !== undefined, { interval: 5 }).toBe(true);
        wake?.();
      },
      lift: async () => undefined,
      unplug: async () => {
        await rm(folder, { recursive: true });
        await expect.poll(() => wake !== undefined, { interval: 5 }).toBe(true);
        wake?.();
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  });

  it('is no scanner where patients are served', async () => {
    const later = () => () => undefined;
    const driver = createFolderDriver({ folder: '/nowhere', dpi: 500, mode: 'production', later });
    expect(await driver.list(signal)).toEqual([]);
    expect(await codeOf(driver.open('desk', signal))).toBe('SCANNER_REFUSED');
  });
});
