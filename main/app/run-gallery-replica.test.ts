/**
 * The folder of a replica: of one process at a time, its key nobody else's. No server is needed for what is refused before one is asked; with one:
 * test/e2e/gallery-service.real.test.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from './claim-folder.ts';
import { runGalleryReplica } from './run-gallery-replica.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'imis-replica-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Nobody listens at this port. */
const start = (): Promise<unknown> => {
  const where = { dir, nats: { server: '127.0.0.1:1' }, partition: 'east', replica: 'a' };
  return runGalleryReplica(where, () => undefined).catch((cause: unknown) =>
    cause instanceof Error && 'code' in cause ? cause.code : cause,
  );
};

describe('the folder of a replica', () => {
  it('is refused while another process has it, and free again when that was killed', async () => {
    const script = `
      import { claimFolder } from ${JSON.stringify(join(import.meta.dirname, 'claim-folder.ts'))};
      const release = claimFolder(${JSON.stringify(dir)});
      console.log('claimed');
      // What nobody holds may be collected, and lets the folder go.
      setInterval(() => release, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      expect(await start()).toBe('FOLDER_IN_USE');
      expect(() => claimFolder(dir)).toThrow(expect.objectContaining({ code: 'FOLDER_IN_USE', message: dir }));
    } finally {
      child.kill('SIGKILL');
      await gone;
    }
    // As far as the server that is not there; and what failed has let the folder go.
    expect([await start(), await start()]).toEqual(['NATS_UNREACHABLE', 'NATS_UNREACHABLE']);
    claimFolder(dir)();
    expect(statSync(join(dir, 'in-use.lock')).mode & 0o777).toBe(0o600);
  });

  it('has a key that is refused when others can read it', async () => {
    expect(await start()).toBe('NATS_UNREACHABLE');
    const key = join(dir, 'gallery.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    chmodSync(key, 0o640);
    expect(await start()).toBe('KEY_PERMISSIONS');
  });
});
