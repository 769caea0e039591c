import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** As in supervisor-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'sixty readers closed right after an event: nothing waits for the native module',
  'the service is killed in the middle of a command, its socket stays behind, and it comes back',
  'a reader is unplugged with a card in it, and comes back with a number it never had',
  'events that are lost are found within 5 s, both ways',
  'another program resets the card: the next operation selects anew by itself, the stay keeps its number, the PIN is gone',
  'another program leaves the card without power: it is powered and goes on',
  'another program holds the card alone: busy while it does, recognised without re-insertion when it lets go',
  'another program’s transaction is waited for 2 s, refused, and over when it is over',
  'another program selects something else: the next operation finds out and selects anew',
  'a command that takes 3 s: refused at 2 s, the card is everybody’s after it, and the desk goes on',
  'no transaction is open while a PIN is typed, before it and after a wrong one',
  'a reader that nobody has: no slot, and a code',
  'sixteen slots, a card in each, all recognised and asked at once',
];

describe('the reader supervisor, on a real pcscd', () => {
  const results = new Map<string, z.infer<typeof Check>>();

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const { lines } = await runInCardRoom(join(import.meta.dirname, 'supervisor-checks.ts'));
    for (const line of lines) {
      const check = Check.parse(line);
      results.set(check.name, check);
    }
    // A minute on a quiet machine.
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
