import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, lp, lp1, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { PowerCut } from './byte-memory.ts';
import { type CardMemory, type CellChange, createCardMemory, loadCardMemory } from './card-memory.ts';
import { Refusal } from './refusal.ts';

const cellsOf = (memory: CardMemory): Record<string, readonly number[]> =>
  Object.fromEntries(memory.names('').map((name) => [name, [...(memory.get(name) ?? [])]]));

function loaded(image: Uint8Array): CardMemory {
  const memory = loadCardMemory(image);
  if (memory === undefined) throw new Error('a saved memory does not load');
  return memory;
}

/** Was the supply cut? */
function isCut(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

const FIRST: readonly CellChange[] = [
  ['a', utf8('one')],
  ['b', utf8('two, and longer')],
  ['c', Uint8Array.of(1, 2, 3, 4)],
];
/** Changes a value in place, moves one to a larger block, erases one and takes its place. */
const SECOND: readonly CellChange[] = [
  ['a', utf8('1')],
  ['b', utf8('two, and longer than it was before')],
  ['c', undefined],
  ['d', Uint8Array.of(9)],
];

describe('card memory', () => {
  it('is a map, whatever is written, erased, saved and loaded', () => {
    const change = fc.tuple(
      fc.constantFrom('a', 'b', 'c/1', 'c/2', 'd'),
      fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), (writes) => {
        let memory = createCardMemory();
        const model = new Map<string, readonly number[]>();
        for (const changes of writes) {
          const fork = memory.fork();
          memory.write(changes);
          fork.write([['only/here', Uint8Array.of(1)]]);
          for (const [name, value] of changes) {
            if (value === undefined) model.delete(name);
            else model.set(name, [...value]);
          }
          expect(cellsOf(memory)).toEqual(Object.fromEntries(model));
          memory = loaded(memory.save());
        }
        expect(cellsOf(memory)).toEqual(Object.fromEntries(model));
      }),
      { numRuns: 200 },
    );
  });

  it.each([false, true])(
    'is old or new after a cut at every byte, garbled: %s, also in the middle of recovering',
    (torn) => {
      const base = createCardMemory();
      base.write(FIRST);
      const image = base.save();
      const before = cellsOf(base);
      base.write(SECOND);
      const after = cellsOf(base);
      const outcomes = { old: 0, new: 0, recoveries: 0 };
      for (let bytes = 0, cut = true; cut; bytes++) {
        const memory = loaded(image);
        memory.cutPowerAfterBytes(bytes, torn);
        cut = isCut(() => memory.write(SECOND));
        const halfway = memory.save();
        memory.cutPowerAfterBytes(undefined);
        memory.powerUp();
        const found = cellsOf(memory);
        expect([before, after]).toContainEqual(found);
        if (!cut) expect(found).toEqual(after);
        if (found['d'] === undefined) outcomes.old += 1;
        else outcomes.new += 1;
        expect(cellsOf(loaded(halfway))).toEqual(found);
        // The supply goes during the recovery, at its every byte, any number of times: the outcome was decided before.
        for (let later = 0, again = true; again; later++) {
          const stuttering = loaded(image);
          stuttering.cutPowerAfterBytes(bytes, torn);
          isCut(() => stuttering.write(SECOND));
          stuttering.cutPowerAfterBytes(later, torn);
          again = isCut(() => stuttering.powerUp());
          if (again) outcomes.recoveries += 1;
          stuttering.cutPowerAfterBytes(undefined);
          stuttering.powerUp();
          expect(cellsOf(stuttering)).toEqual(found);
          stuttering.write([['e', utf8('goes on')]]);
          expect(cellsOf(loaded(stuttering.save()))).toEqual({ ...found, e: [...utf8('goes on')] });
        }
      }
      expect(outcomes.old).toBeGreaterThan(50);
      expect(outcomes.new).toBeGreaterThan(50);
      expect(outcomes.recoveries).toBeGreaterThan(1000);
    },
  );

  it('does not grow with use', () => {
    const memory = createCardMemory();
    const round = (n: number): void => {
      for (let i = 0; i < 8; i++) memory.write([[`record/${i}`, new Uint8Array(40 + ((n * 7 + i * 13) % 200))]]);
      for (let i = 0; i < 8; i++) memory.write([[`record/${i}`, undefined]]);
    };
    for (let n = 0; n < 200; n++) round(n);
    const settled = memory.save().length;
    for (let n = 0; n < 2000; n++) round(n);
    expect(memory.save().length).toBeLessThanOrEqual(settled);
  });

  it('refuses 6581 what does not fit, and changes nothing', () => {
    const memory = createCardMemory();
    memory.write(FIRST);
    const before = memory.save();
    const refused = (changes: readonly CellChange[]): unknown => {
      try {
        memory.write(changes);
        return undefined;
      } catch (error) {
        return error instanceof Refusal ? error.sw : error;
      }
    };
    expect(refused([['large', new Uint8Array(40_000)]])).toBe(0x6581);
    expect(memory.save()).toEqual(before);
    const fill = Array.from({ length: 6 }, (_, i) => refused([[`part/${i}`, new Uint8Array(30_000)]]));
    expect(fill).toEqual([undefined, undefined, undefined, undefined, 0x6581, 0x6581]);
  });

  it('reads cards that were saved before memories tore', () => {
    const body = concat(utf8('IMIS-CARD-1'), lp1('a'), lp(utf8('one')), lp1('b'), lp(new Uint8Array(0)));
    expect(cellsOf(loaded(concat(body, h256(body))))).toEqual({ a: [...utf8('one')], b: [] });
    const short = body.slice(0, -1);
    expect(loadCardMemory(concat(short, h256(short)))).toBeUndefined();
    const other = concat(utf8('IMIS-CARD-3'), body.slice(11));
    expect(loadCardMemory(concat(other, h256(other)))).toBeUndefined();
  });
});
