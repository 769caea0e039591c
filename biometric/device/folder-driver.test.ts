/**
 * The folder driver: what every driver must do, and never where patients are served.
 */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
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
    return {
      driver: createFolderDriver({
        folder,
        dpi: SIZE.dpi,
        mode: 'demonstration',
        // Twenty times as fast as at a desk.
        later: (delayMs, run) => {
          const timer = setTimeout(run, delayMs / 20);
          return () => clearTimeout(timer);
        },
      }),
      size: SIZE,
      waits: true,
      streams: true,
      lay: async ({ width, height, pixels }) => {
        laid += 1;
        const png = encode({ width, height, data: pixels, channels: 1, depth: 8 });
        // Written beside it and moved: the driver takes whatever it sees.
        await writeFile(join(folder, 'picture'), png);
        await rename(join(folder, 'picture'), join(scanner, `${laid}.png`));
      },
      lift: async () => undefined,
      unplug: () => rm(folder, { recursive: true }),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  });

  it('that has gone has no scanners, and does not break the desk', async () => {
    const driver = createFolderDriver({
      folder: '/nowhere',
      dpi: 500,
      mode: 'demonstration',
      later: () => () => undefined,
    });
    expect(await driver.list(signal)).toEqual([]);
    expect(await codeOf(driver.open('desk', signal))).toBe('SCANNER_ABSENT');
  });

  it('is no scanner where patients are served', async () => {
    const later = () => () => undefined;
    const driver = createFolderDriver({ folder: '/nowhere', dpi: 500, mode: 'production', later });
    expect(await driver.list(signal)).toEqual([]);
    expect(await codeOf(driver.open('desk', signal))).toBe('SCANNER_REFUSED');
  });
});
