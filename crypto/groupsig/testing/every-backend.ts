/**
 * The backends that need nothing compiled, for the tests that hold all against each other; those add the native one where it is.
 * @module
 */
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { createNobleBackend } from '../backend-noble.ts';

/** Name and maker of each. */
export interface KnownBackend {
  readonly name: string;
  readonly create: () => Promise<GroupBackend>;
}

/** mcl first: it is what signs in the tests. */
export const BACKENDS: readonly KnownBackend[] = [
  { name: 'mcl-wasm', create: createMclBackend },
  { name: 'noble-curves', create: async () => createNobleBackend() },
];
