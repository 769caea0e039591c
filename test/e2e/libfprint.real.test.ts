/**
 * The libfprint driver on Debian's libfprint and its virtual image device, in helper processes of their own. No scanner of metal is here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureSuite, codeOf } from '../../biometric/device/capture-suite.fixture.ts';
import { createLibfprintDriver } from '../../biometric/device/libfprint-driver.ts';

const SIZE = { width: 320, height: 360, dpi: 500 } as const;
const signal = new AbortController().signal;

/** Words of the virtual device: a width and a height that are none. */
const REMOVE = [-5, 0] as const;

/** Writes two numbers of the machine, and an image, as soon as the device listens. */
async function tell(
  socket: string,
  [width, height]: readonly [number, number],
  pixels: Uint8Array = new Uint8Array(0),
): Promise<void> {
  for (let i = 0; ; i++) {
    const connection = connect(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.on('error', reject);
    connection.on('connect', () => {
      connection.end(Buffer.concat([Buffer.from(Int32Array.of(width, height).buffer), pixels]), () => resolve());
    });
    try {
      await promise;
      return;
    } catch (cause) {
      if (i > 200) throw cause;
      await new Promise((again) => {
        setTimeout(again, 25);
      });
    }
  }
}

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
      lay: ({ width, height, pixels }) => tell(socket, [width, height], pixels),
      lift: async () => undefined,
      unplug: () => tell(socket, REMOVE),
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
