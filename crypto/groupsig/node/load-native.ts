/**
 * Finds the optional native binary, examines it, and chooses the backend a process works with. The only place that loads a `.node` file
 * of ours. `IMIS_NATIVE=off` in the environment leaves it unused.
 * @module
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { createNativeBackend, NATIVE_API, type NativeBinary } from '../backend-native.ts';
import { failedSelfTest } from './self-test.ts';

/** A backend that passed its self-test, or one sentence for the log. */
export type NativeLoad = { readonly backend: GroupBackend } | { readonly backend: undefined; readonly reason: string };

/** Where the binary lies: seen from this file, or from a bundle in out/main. Nowhere outside the application. */
const PLACE =
  basename(import.meta.dirname) === 'node'
    ? join(import.meta.dirname, '..', '..', '..', 'out', 'native', 'groupsig.node')
    : join(import.meta.dirname, '..', 'native', 'groupsig.node');

const unused = (reason: string): NativeLoad => ({ backend: undefined, reason });

function isNativeBinary(loaded: unknown): loaded is NativeBinary {
  return typeof loaded === 'object' && loaded !== null && 'api' in loaded && loaded.api === NATIVE_API;
}

/** Loads and examines the binary; never throws. Each call examines it again, in about ten milliseconds: call it once for a process. */
export function loadNativeBackend(
  place: string = PLACE,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeLoad {
  if (environment['IMIS_NATIVE'] === 'off') return unused('switched off by IMIS_NATIVE');
  if (!existsSync(place)) return unused('not built (npm run build:native)');
  try {
    const loaded: unknown = createRequire(import.meta.url)(place);
    if (!isNativeBinary(loaded)) return unused('built for other sources (npm run build:native)');
    const backend = createNativeBackend(loaded);
    const failed = failedSelfTest(backend);
    return failed === undefined ? { backend } : unused(`self-test failed: ${failed}`);
  } catch (error) {
    // Another platform's file, a missing symbol, a half-written one: whatever it is, there is the other backend.
    return unused(error instanceof Error ? error.message : String(error));
  }
}

/** The backend a process should use: native where it is built and sound, mcl-wasm otherwise. */
export async function chooseGroupBackend(): Promise<GroupBackend> {
  return loadNativeBackend().backend ?? (await createMclBackend());
}
