/**
 * Compiles the kernels of the fingerprint modules before the suites, when their sources changed: whoever runs Vitest alone has no set-up before.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export default function buildKernels(): void {
  const command = [join('scripts', 'build-kernels.mjs'), '--quiet'];
  if (spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' }).status !== 0)
    throw new Error('the kernels did not build; see above');
}
