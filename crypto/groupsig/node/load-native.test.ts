import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { chooseGroupBackend, loadNativeBackend } from './load-native.ts';
import { failedSelfTest } from './self-test.ts';
import { nativeBackendForTests } from './testing/native-backend.ts';

const folder = mkdtempSync(join(tmpdir(), 'imis-native-'));
let native: GroupBackend | undefined;
beforeAll(() => {
  native = nativeBackendForTests();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const reasonOf = (load: ReturnType<typeof loadNativeBackend>): string =>
  load.backend === undefined ? load.reason : 'loaded';

describe('loading the native backend', () => {
  it('gives a backend exactly where a compiler was', async () => {
    expect(loadNativeBackend().backend?.name).toBe(native?.name);
    expect((await chooseGroupBackend()).name).toBe(native?.name ?? 'mcl-wasm');
  });

  it('says why there is none', () => {
    expect(reasonOf(loadNativeBackend(join(folder, 'absent.node')))).toMatch(/not built/u);
    expect(reasonOf(loadNativeBackend(undefined, { IMIS_NATIVE: 'off' }))).toMatch(/IMIS_NATIVE/u);
    const broken = join(folder, 'broken.node');
    writeFileSync(broken, 'no shared object');
    expect(loadNativeBackend(broken).backend).toBeUndefined();
    const other = join(folder, 'other.cjs');
    writeFileSync(other, 'module.exports = { api: 0 };');
    expect(reasonOf(loadNativeBackend(other))).toMatch(/other sources/u);
    writeFileSync(join(folder, 'lies.cjs'), 'module.exports = { api: 1 };');
    expect(loadNativeBackend(join(folder, 'lies.cjs')).backend).toBeUndefined();
  });

  it('does not trust a backend that errs', async () => {
    const mcl = await createMclBackend();
    const { g1 } = mcl.generators;
    const prepared = {
      prepareVerifier: () => ({
        verify: () => true,
        verifyBatch: () => [true, true],
        verifyBatchAsync: async () => [],
      }),
    };
    expect(failedSelfTest({ ...mcl, hashToG1: () => g1 })).toBe('hashes');
    expect(failedSelfTest({ ...mcl, mul: () => g1 })).toBe('multiplies');
    expect(failedSelfTest({ ...mcl, pairsToOne: () => true })).toBe('pairs');
    expect(failedSelfTest({ ...mcl, ...prepared })).toBe('verifies');
  });
});
