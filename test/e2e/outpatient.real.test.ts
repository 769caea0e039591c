import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mayMakeRooms, runInCardRoom } from './card-room-run.ts';

const Step = z.strictObject({
  step: z.string(),
  equation: z.string(),
  ok: z.boolean(),
  ms: z.number(),
  detail: z.string(),
});
const Done = z.strictObject({ done: z.literal(true), steps: z.int(), failed: z.int() });

describe('the outpatient visit: four processes, real pcscd', () => {
  let steps: z.infer<typeof Step>[] = [];
  let done: z.infer<typeof Done> | undefined;
  let code: number | null = null;

  beforeAll(async () => {
    if (!mayMakeRooms()) return;
    const run = await runInCardRoom(join(import.meta.dirname, '..', '..', 'demo', 'outpatient.ts'), ['--json']);
    steps = run.lines.slice(0, -1).map((line) => Step.parse(line));
    done = Done.parse(run.lines.at(-1));
    code = run.code;
  }, 110_000);

  it('passes, step by step', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(done?.failed).toBe(0);
    expect(code).toBe(0);
  });

  it('plays every equation from issuing to pickup', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    const told = new Set(steps.flatMap(({ equation }) => equation.split(', ')));
    for (const equation of ['1', '2', '3', '4', '6', '7', '8', '9', '10', '11', '16', '17'])
      expect([...told]).toContain(equation);
  });

  it('runs the bureau and the three desks as processes of their own', (ctx) => {
    if (!mayMakeRooms()) ctx.skip('no root');
    const pids = [...(steps[0]?.detail.matchAll(/(?:bureau|registration|clinic|pharmacy) (\d+)/gu) ?? [])].map(
      ([, pid]) => pid,
    );
    expect(new Set(pids).size).toBe(4);
  });
});
