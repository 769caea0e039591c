import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, uint } from '../../common/bytes.ts';
import type { GroupBackend } from '../backend.ts';
import { createMclBackend } from '../backend-mcl.ts';
import { GroupSigError } from '../groupsig-error.ts';
import { generateGroup, sampleCeremony } from '../testing/ceremony-run.ts';
import { flipped } from '../testing/sample-group.ts';
import { seededRng } from '../testing/seeded-rng.ts';
import { openCeremony } from './ceremony.ts';
import { decodePlan, type PlanFields, planCeremony, upTo } from './plan.ts';

const code = (value: string) => expect.objectContaining({ name: 'GroupSigError', code: value });
const rng = seededRng('plans');
const fields: PlanFields = {
  kind: 'generate',
  n: 5,
  t: 3,
  base: new Uint8Array(32).fill(1),
  roster: new Uint8Array(32).fill(2),
  dealers: upTo(5),
};

describe('a plan', () => {
  it('is read back, under a new id each time', () => {
    const plan = planCeremony(fields, rng);
    expect(decodePlan(plan.encoded)).toEqual(plan);
    expect(plan).toMatchObject(fields);
    expect(planCeremony(fields).id).not.toEqual(planCeremony(fields).id);
    expect(planCeremony(fields).hash).not.toEqual(plan.hash);
  });

  it('is refused when it is malformed, or who must deal does not', () => {
    const { encoded } = planCeremony(fields, rng);
    const withNumber = (at: number, value: number) =>
      concat(encoded.slice(0, at), uint(value, 2), encoded.slice(at + 2));
    const bad = [
      new Uint8Array(0),
      encoded.slice(0, 103),
      encoded.slice(0, -1),
      concat(encoded, Uint8Array.of(0)),
      flipped(encoded, 0),
      flipped(encoded, 1, 4),
      withNumber(34, 6),
      withNumber(36, 2),
      withNumber(36, 6),
      withNumber(102, 4),
      withNumber(104, 2),
      withNumber(112, 6),
    ];
    for (const bytes of bad) expect(() => decodePlan(bytes)).toThrow(code('CEREMONY_PLAN_INVALID'));
    const wrong: Partial<PlanFields>[] = [
      { dealers: upTo(4) },
      { kind: 'refresh', dealers: upTo(4) },
      { kind: 'refresh', n: 1, t: 1, dealers: [1] },
      { n: 6, t: 3, dealers: upTo(6) },
      { n: 256, t: 200, dealers: upTo(256) },
    ];
    for (const change of wrong) {
      expect(() => planCeremony({ ...fields, ...change })).toThrow(code('CEREMONY_PLAN_INVALID'));
    }
    expect(() => planCeremony({ ...fields, base: new Uint8Array(31) })).toThrow(RangeError);
  });

  it('is refused for every other byte string, or read back as it stands', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 130 }), (bytes) => {
        try {
          expect(decodePlan(bytes).encoded).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof GroupSigError)) throw error;
        }
      }),
    );
  });
});

describe('the opener set a plan builds on', () => {
  let backend: GroupBackend;
  beforeAll(async () => {
    backend = await createMclBackend();
  });

  it('is the one it names, and none for a generation', () => {
    const { openerSet } = generateGroup(backend, { n: 3, t: 2, rng });
    const other = generateGroup(backend, { n: 3, t: 2, rng }).openerSet;
    const refresh = sampleCeremony(backend, { kind: 'refresh', n: 3, t: 2, previous: openerSet, rng }).plan;
    const refused = [
      () => openCeremony(backend, refresh),
      () => openCeremony(backend, refresh, other),
      () => openCeremony(backend, planCeremony(fields), openerSet),
      () => sampleCeremony(backend, { kind: 'refresh', n: 4, t: 3, previous: openerSet, rng }),
      () => sampleCeremony(backend, { kind: 'refresh', n: 3, t: 3, previous: openerSet, rng }),
    ];
    for (const act of refused) expect(act).toThrow(code('CEREMONY_PLAN_INVALID'));
  });
});
