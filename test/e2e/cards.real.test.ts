import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Step = z.object({ step: z.string(), ok: z.boolean(), detail: z.string() });

describe('the life of a card: four processes, real pcscd', () => {
  let steps: z.infer<typeof Step>[] = [];
  let code: number | null = null;

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const run = await runInCardRoom(join(import.meta.dirname, '..', '..', 'demo', 'cards.ts'), ['--json']);
    steps = run.lines.slice(0, -1).map((line) => Step.parse(line));
    code = run.code;
  }, 170_000);

  it('passes, step by step', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(code).toBe(0);
  });

  it('goes through every station of that life', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    const told = steps.map(({ step }) => step);
    for (const word of ['issue', 'use', 'block', 'unblock', 'suspend', 'resume', 'report lost', 'replace', 'renew'])
      expect(told.some((step) => step.startsWith(word))).toBe(true);
  });
});
