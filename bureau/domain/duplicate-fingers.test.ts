/** One finger under two names, in galleries of any size. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createMatcher, type Matcher } from '../../biometric/match/create-matcher.ts';
import type { Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { enrolledFinger, fingerSet, PHOTO } from '../testing/soft-fingers.ts';
import { head, signal } from '../testing/store-rows.ts';
import type { Bureau } from './bureau.ts';
import { othersWith } from './duplicate-fingers.ts';
import { typicalFingers } from './finger-records.ts';
import { createFingerSeals } from './finger-seals.ts';

const NUMBER = '11'.repeat(16);
const PID = '33'.repeat(16);
const seals = createFingerSeals(new Uint8Array(32).fill(7));
const row: Row<'finger_set'> = {
  ...head,
  number: NUMBER,
  sealed_face: seals.face(NUMBER, { pid: PID, photo: PHOTO }),
  sealed_fingers: seals.records(NUMBER, fingerSet(30)),
};

let matcher: Matcher;
beforeAll(async () => {
  matcher = await createMatcher();
});

/** A gallery of so many, whose search names the one whom the register has. */
const bureauOf = (enrolled: number) => {
  const store: Pick<Store, 'fingerSets'> = { fingerSets: async () => [row] };
  const candidates = [{ id: NUMBER, score: 1 }];
  const fingers: Pick<Bureau['fingers'], 'search' | 'engines' | 'seals'> = {
    seals,
    search: async () => ({ candidates, searched: enrolled, enrolled, unreachable: [] }),
    // Nothing else of the engines is asked for.
    engines: async () => ({ matcher }) as Awaited<ReturnType<Bureau['fingers']['engines']>>,
  };
  return { store, fingers };
};
const othersOf = (enrolled: number, fingers: readonly Parameters<typeof enrolledFinger>[0][], former?: string) => {
  const set = typicalFingers(matcher, fingers.map(enrolledFinger));
  return othersWith(bureauOf(enrolled), set, former, signal);
};

describe('a finger that somebody else has', () => {
  it('alone among others, under another position, is found among ten and among 23 million', async () => {
    const borrowed = [
      { person: 30, finger: 2, as: 4 },
      { person: 31, finger: 7 },
    ];
    for (const persons of [10, 10_000, 1_000_000, 23_000_000])
      expect([persons, await othersOf(persons, borrowed)]).toEqual([persons, [PID]]);
  });

  it('is not seen in fingers that are somebody’s own', async () => {
    for (let person = 31; person < 41; person++) {
      const own = [2, 7].map((finger) => ({ person, finger }));
      expect(await othersOf(1_000_000, own)).toEqual([]);
    }
  });
});
