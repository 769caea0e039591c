import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in card-diagnose-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'without the service it says so, in both languages, with what to do',
  'readers without cards: nothing shows that they work',
  'a reader nobody has',
  'a blank card of ours is recognised, decoded and timed',
  'the NHI card answers, and nothing of its holder is said',
  'a foreign card: its historical bytes may number it, and are not printed',
  'a card that another program uses is left alone, one held exclusively is a fault',
  'a card that freezes its reader is named, and the command ends all the same',
  'six slots: all are found though a client watches four',
];

describe('imis card diagnose, on a real pcscd', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'card-diagnose-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
    // Twenty seconds on a quiet machine.
  }, 240_000);

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
