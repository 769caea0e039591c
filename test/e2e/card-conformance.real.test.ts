import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in card-conformance-checks.ts: a check that did not run is a failure. */
const NAMES = [
  ...['patient', 'doctor', 'staff'].map((kind) => `an issued ${kind} card passes with desk and PIN`),
  ...['patient', 'doctor', 'staff'].map((kind) => `a blank ${kind} card passes without a desk`),
  ...['patient', 'doctor', 'staff'].map((kind) => `a blank ${kind} card plays its whole life and is consumed`),
  'the report for people: a row a check, the counts in both languages',
  'a card that tells its serial number before the channel fails, with the clause',
  'no card, no reader, a card of somebody else: refused with the code',
  'opensc-tool and scriptor see what our layer sees',
];

describe('imis card conformance, on a real pcscd', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'card-conformance-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
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
