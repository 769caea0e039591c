import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Step = z.object({ step: z.string(), equation: z.string(), ok: z.boolean(), detail: z.string() });

describe('an agent: four processes, real pcscd', () => {
  let steps: z.infer<typeof Step>[] = [];
  let code: number | null = null;

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const run = await runInCardRoom(join(import.meta.dirname, '..', '..', 'demo', 'agent.ts'), ['--json']);
    steps = run.lines.slice(0, -1).map((line) => Step.parse(line));
    code = run.code;
  }, 110_000);

  it('is named, collects, is refused and is taken back, step by step', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(code).toBe(0);
    const told = new Set(steps.flatMap(({ equation }) => equation.split(', ')));
    for (const equation of ['5', '17', '18', '19']) expect([...told]).toContain(equation);
  });
});
