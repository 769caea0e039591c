import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in nhi-card-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'the station recognises and reads it',
  'opensc-tool and scriptor read the same 57 bytes with the published commands',
];

describe('the NHI card, on a real pcscd', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'nhi-card-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
  }, 60_000);

  for (const name of NAMES)
    it(name, (ctx) => {
      if (!mayMakeRooms()) ctx.skip('no root');
      expect(results.get(name)?.detail ?? 'did not run').toBe('ok');
    });
});
