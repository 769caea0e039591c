import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentStoreSuite } from '../testing/agent-store-suite.ts';
import { emergencyStoreSuite } from '../testing/emergency-store-suite.ts';
import { prescriptionStoreSuite } from '../testing/prescription-store-suite.ts';
import { visitRow } from '../testing/store-rows.ts';
import { storeSuite } from '../testing/store-suite.ts';
import { openSqliteStore } from './open-sqlite.ts';

let dir: string;
let files = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'imis-store-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const fresh = (): string => join(dir, `${++files}.sqlite`);
const signal = new AbortController().signal;

storeSuite('SQLite in a file', () => openSqliteStore(fresh()));
prescriptionStoreSuite('SQLite in a file', () => openSqliteStore(fresh()));
agentStoreSuite('SQLite in a file', () => openSqliteStore(fresh()));
emergencyStoreSuite('SQLite in a file', () => openSqliteStore(fresh()));

describe('SQLite', () => {
  it('writes ahead and keeps what was acknowledged when opened again', async () => {
    const file = fresh();
    const store = await openSqliteStore(file);
    await store.openVisit(visitRow('v1'), signal);
    // Another connection sees it while the first is open: what the administrator's commands rely on.
    const other = await openSqliteStore(file);
    expect((await other.visit('v1', signal))?.queue_number).toBe(1);
    await other.close();
    const database = new Database(file, { readonly: true });
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
    await store.close();
    const again = await openSqliteStore(file);
    expect(await again.visit('v1', signal)).toBeDefined();
    await again.close();
    expect((await stat(file)).size).toBeGreaterThan(0);
  });

  it('serves two processes that write at once', async () => {
    const file = fresh();
    await (await openSqliteStore(file)).close();
    const script = fileURLToPath(new URL('../testing/open-visits.ts', import.meta.url));
    const run = promisify(execFile);
    await Promise.all(['a', 'b'].map((prefix) => run(process.execPath, [script, file, prefix, '100'])));
    const database = new Database(file, { readonly: true });
    const row = database
      .prepare('select count(*) as n, count(distinct queue_number) as q, max(queue_number) as m from visit')
      .get();
    expect(row).toEqual({ n: 200, q: 200, m: 200 });
    database.close();
  });

  it('refuses to change or take out a line of the break-glass log', async () => {
    const file = fresh();
    await (await openSqliteStore(file)).close();
    const database = new Database(file);
    database.exec(
      `insert into break_glass values (1, 'p', 'h', 'query', 'ok', 'i', 't', null, null, null, 0, null, '', null, 1, 2, 1)`,
    );
    expect(() => database.exec('update break_glass set candidates = 1')).toThrow(/append-only/u);
    expect(() => database.exec('delete from break_glass')).toThrow(/append-only/u);
    database.exec(
      `insert or replace into break_glass values (1, 'q', 'h', 'query', 'no', 'i', 't', null, null, null, 0, null, '', null, 1, 2, 1)`,
    );
    expect(database.prepare('select outcome from break_glass').pluck().all()).toEqual(['ok']);
    database.close();
  });
});
