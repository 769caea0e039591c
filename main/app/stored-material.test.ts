import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDeskStore } from './desk-store.ts';
import { writeUnsealedStore } from './unsealed-store.fixture.ts';

it('material that an earlier version stored is as good as none', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'imis-stored-'));
  const file = join(dir, 'desk.sqlite');
  try {
    writeUnsealedStore(file, { material: JSON.stringify({ version: 1 }) });
    const { store, close } = openDeskStore(file, new Uint8Array(32).fill(1));
    expect(await store.material(new AbortController().signal)).toBeUndefined();
    close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
