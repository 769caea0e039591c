/**
 * A process of its own that opens visits in a database: `open-visits.ts FILE PREFIX COUNT`.
 * @module
 */
import { openSqliteStore } from '../store/open-sqlite.ts';

const [file = '', prefix = '', count = '0'] = process.argv.slice(2);
const store = await openSqliteStore(file);
for (let i = 0; i < Number(count); i++) {
  await store.openVisit(
    {
      version: 1,
      type: 'visit',
      institution: '0401180014',
      key_id: 'ab'.repeat(32),
      id: `${prefix}${i}`,
      pid: 'p1',
      day: '2026-11-21',
      opened_at: i,
      released_at: null,
      presence_token: null,
      presence_terminal: null,
    },
    new AbortController().signal,
  );
}
await store.close();
