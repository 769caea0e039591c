/**
 * The libfprint driver on Debian's libfprint and its virtual image device, in helper processes of their own. No scanner of metal is here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureSuite, codeOf } from '../../biometric/device/capture-suite.fixture.ts';
import { createLibfprintDriver } from '../../biometric/device/libfprint-driver.ts';
import { layVirtually, removeVirtually } from '../harness/virtual-image.ts';

const SIZE = { width: 320, height: 360, dpi: 500 } as const;
const signal = new AbortController().signal;

const probe = spawnSync('/usr/bin/python3', ['-c', "import gi; gi.require_version('FPrint', '2.0')"], {
  encoding: 'utf8',
});

describe('the libfprint driver, on a real libfprint', () => {
  it('has what it needs on this machine', () => {
    expect(probe.stderr).toBe('');
  });

  captureSuite(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'imis-fprint-'));
    const socket = join(folder, 'image.sock');
    return {
      driver: createLibfprintDriver({ mode: 'demonstration', environment: { FP_VIRTUAL_IMAGE: socket } }),
      size: SIZE,
      waits: true,
      // libfprint gives the finished image alone.
      streams: false,
      lay: (image) => layVirtually(socket, image),
      lift: async () => undefined,
      unplug: () => removeVirtually(socket),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  });

  it('takes no virtual device for a scanner where patients are served', async () => {
    const driver = createLibfprintDriver({
      mode: 'production',
      environment: { FP_VIRTUAL_IMAGE: '/nowhere/image.sock' },
    });
    expect(await driver.list(signal)).toEqual([]);
    expect(await codeOf(driver.open('virtual_image/0', signal))).toBe('SCANNER_REFUSED');
  });
});
