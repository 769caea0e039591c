/**
 * The native backend for tests, compiled first where that is possible.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { GroupBackend } from '../../backend.ts';
import type { NativeBinary } from '../../backend-native.ts';
import { loadNativeBackend } from '../load-native.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** Is there a C compiler? */
const hasCompiler = (): boolean => spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0;

/** The backend, newly compiled unless it is up to date; undefined where there is no compiler. Throws when there is one and it does not load. */
export function nativeBackendForTests(): GroupBackend | undefined {
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-native.mjs'), '--quiet'], {
    encoding: 'utf8',
  });
  const load = loadNativeBackend();
  if (load.backend !== undefined) return load.backend;
  if (hasCompiler()) throw new Error(`native binary: ${load.reason}\n${built.stdout}${built.stderr}`);
  return undefined;
}

/** The binary's own functions, for calls that the backend would not make. Only after {@link nativeBackendForTests} gave a backend. */
export function nativeBinaryForTests(): NativeBinary {
  const loaded = { exports: {} };
  process.dlopen(loaded, join(ROOT, 'out', 'native', 'groupsig.node'));
  // Examined by loadNativeBackend before.
  return loaded.exports as NativeBinary;
}
