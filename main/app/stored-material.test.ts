import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openDeskStore } from './desk-store.ts';

it('material that an earlier version stored is as good as none', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'imis-stored-'));
  const file = join(dir, 'desk.sqlite');
  try {
    openDeskStore(file).close();
    const database = new Database(file);
    database.prepare('insert into material (id, json) values (1, ?)').run(JSON.stringify({ version: 1 }));
    database.close();
    const { store, close } = openDeskStore(file);
    expect(await store.material(new AbortController().signal)).toBeUndefined();
    close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
