/**
 * The checks of a script in a card room, each as a test of its own.
 * @module
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() });

/** Runs `script` (beside this file) once; `names` are its checks in order: one that did not run is a failure. `limit`: ms for all of it; `args` for the script. */
export function describeInCardRoom(
  title: string,
  script: string,
  names: readonly string[],
  limit: number,
  args: readonly string[] = [],
): void {
  describe(title, () => {
    const results = new Map<string, z.infer<typeof Check>>();

    beforeAll(async () => {
      if (!mayMakeRooms()) return;
      const { lines } = await runInCardRoom(join(import.meta.dirname, script), args);
      for (const line of lines) {
        const check = Check.parse(line);
        results.set(check.name, check);
      }
    }, limit);

    for (const name of names) {
      it(name, (ctx) => {
        if (!mayMakeRooms()) ctx.skip('no root');
        expect(results.get(name)?.detail ?? 'did not run').toBe('ok');
      });
    }

    it('lists every check', (ctx) => {
      if (!mayMakeRooms()) ctx.skip('no root');
      expect([...results.keys()]).toEqual(names);
    });
  });
}
