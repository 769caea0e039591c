import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in card-crash-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'killed with SIGKILL in the middle of a sign-on: refused, the desk stays, the card is recognised again',
  'a crash of native code (SIGSEGV) in the middle of a sign-on: the same',
  'frozen (SIGSTOP) in the middle of a sign-on: ended for giving no sign of life, the same',
  'killed again and again: the next one comes later each time, at most after 5 s, and the desk recovers',
];

describe('a card process that dies while a desk runs', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'card-crash-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
    // Forty seconds on a quiet machine.
  }, 300_000);

  for (const name of NAMES) {
    it(name, (ctx) => {
      if (!mayMakeRooms()) ctx.skip('no root');
      expect(results.get(name)?.detail ?? 'did not run').toBe('ok');
    });
  }

  it('lists every check', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    expect([...results.keys()]).toEqual(NAMES);
  });
});
