import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in pcscd-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'six slots in three readers are seen, though a PC/SC client watches four',
  'a card is recognised by its application in whichever slot it is',
  'six cards are spoken to at once, though a PC/SC client holds four',
  'insertion and removal reach a listener as events',
  'a card taken out in the middle of a command is lost, and the next one works',
  'twenty quick re-insertions after a loss are all noticed',
  'a connection over which another program resets the card says so once, and goes on',
  'opensc-tool, an independent client, reads the same answer to reset and the same SELECT',
  'an unplugged service is told as such, and found again by a new client',
];

describe('readers, on a real pcscd', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'pcscd-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
  }, 110_000);

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
