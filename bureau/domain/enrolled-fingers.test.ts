/** What was acknowledged reaches the gallery, whatever fails on the way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErasingGallery, GalleryPerson } from '../../biometric/index/gallery.ts';
import { createMatcher, type Matcher } from '../../biometric/match/create-matcher.ts';
import { openSqliteStore } from '../store/open-sqlite.ts';
import type { Store } from '../store/store.ts';
import { fingerSet } from '../testing/soft-fingers.ts';
import { evidence, head, message, signal } from '../testing/store-rows.ts';
import { createEnrolledFingers, type EnrolledFingers } from './enrolled-fingers.ts';
import { createFingerSeals } from './finger-seals.ts';

const seals = createFingerSeals(new Uint8Array(32).fill(7));
const N1 = '11'.repeat(16);
const N2 = '22'.repeat(16);
const N3 = '44'.repeat(16);
const PID = '33'.repeat(16);

/** A gallery in memory that fails where it is told to, and remembers what it was asked. */
function createGallery(persons = new Map<string, GalleryPerson>()) {
  const asked: string[] = [];
  const state = {
    failing: undefined as string | undefined,
    unreached: 0,
    /** Of persons, whom one copy lacks; beside them, whom one copy has. */
    incomplete: new Set<string>(),
    elsewhere: new Set<string>(),
  };
  const step = (name: string): void => {
    asked.push(name);
    if (state.failing === name) throw new Error(`${name} failed`);
  };
  const gallery: ErasingGallery = {
    add: async (some) => {
      if (some.length > 0) step('add');
      for (const person of some) {
        persons.set(person.id, person);
        state.incomplete.delete(person.id);
      }
    },
    remove: async (id) => {
      step('remove');
      return persons.delete(id);
    },
    rewrite: async (without = []) => {
      step('rewrite');
      for (const id of without) {
        persons.delete(id);
        state.elsewhere.delete(id);
      }
    },
    size: async () => persons.size,
    ids: async () => ({ anywhere: [...persons.keys(), ...state.elsewhere], incomplete: state.incomplete }),
    holds: async (count) => {
      step('holds');
      return persons.size === count && state.incomplete.size === 0;
    },
    search: async () => {
      step('search');
      return { candidates: [], searched: persons.size - state.unreached, enrolled: persons.size, unreachable: [] };
    },
    close: async () => step('close'),
  };
  return { gallery, persons, asked, state };
}

describe('enrolled fingers', () => {
  let store: Store;
  let matcher: Matcher;
  let made: ReturnType<typeof createGallery>;
  let fingers: EnrolledFingers;
  let opened: number;
  const logged: string[] = [];
  const start = (over = store): void => {
    fingers = createEnrolledFingers({
      store: over,
      seals,
      open: async () => {
        opened += 1;
        if (made.state.failing === 'open') throw new Error('open failed');
        return { gallery: made.gallery, matcher };
      },
      log: (cause) => logged.push(String(cause)),
    });
  };
  beforeEach(async () => {
    [store, matcher] = await Promise.all([openSqliteStore(':memory:'), createMatcher()]);
    made = createGallery();
    opened = 0;
    logged.length = 0;
    start();
  });
  afterEach(() => store.close());

  const decide = (id: string, after: string | null, put: string | null, erased: string | null, pid = PID) =>
    store.accept(
      {
        message: message(id, id),
        evidence: [evidence('ok')],
        fingers: {
          standing: {
            ...head,
            pid,
            state: 'enrolled',
            sealed_number: null,
            fingers: '[]',
            message_id: id,
            decided_at: 1,
          },
          after,
          set:
            put === null
              ? null
              : {
                  ...head,
                  number: put,
                  sealed_face: seals.face(put, { pid: PID, photo: fingerSet(1).photo }),
                  sealed_fingers: seals.records(put, fingerSet(1)),
                },
          erased,
          events: [],
        },
      },
      signal,
    );

  it('opens no gallery while there is nothing to tell it', async () => {
    expect(await fingers.settle(signal)).toBe(true);
    expect(opened).toBe(0);
  });

  it('tells the gallery once, and again when it failed', async () => {
    await decide('m1', null, N1, null);
    made.state.failing = 'add';
    expect(await fingers.settle(signal)).toBe(false);
    expect(logged).toEqual(['Error: add failed']);
    made.state.failing = undefined;
    expect(await fingers.settle(signal)).toBe(true);
    expect([...made.persons.keys()]).toEqual([N1]);
    expect(made.persons.get(N1)?.fingers.map(({ finger }) => finger)).toEqual([2, 7]);
    const asked = made.asked.length;
    expect(await fingers.settle(signal)).toBe(true);
    expect(made.asked).toHaveLength(asked);
  });

  it('carries on after a crash at any step: what was put is there, what was erased is not, in no file', async () => {
    for (const failing of ['open', 'add', 'remove', 'rewrite']) {
      await store.close();
      store = await openSqliteStore(':memory:');
      made = createGallery();
      start();
      await decide('m1', null, N1, null);
      await fingers.settle(signal);
      await decide('m2', 'm1', N2, N1);
      made.state.failing = failing;
      // Another process on the same files.
      start();
      expect([failing, await fingers.settle(signal)]).toEqual([failing, false]);
      made = createGallery(made.persons);
      start();
      expect(await fingers.settle(signal)).toBe(true);
      expect([...made.persons.keys()]).toEqual([N2]);
      expect(made.asked).toContain('rewrite');
      expect(await store.galleryTasks(signal)).toEqual([]);
    }
  });

  it('never puts what was withdrawn before it was put', async () => {
    await decide('m1', null, N1, null);
    await decide('m2', 'm1', null, N1);
    expect(await fingers.settle(signal)).toBe(true);
    expect(made.asked).toEqual(['remove', 'rewrite']);
  });

  it('erases who has withdrawn though there is no room for others, and makes room by it', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    await decide('m2', null, N3, null, 'ab'.repeat(16));
    await decide('m3', 'm1', null, N1);
    made.state.failing = 'add';
    expect(await fingers.settle(signal)).toBe(false);
    expect(made.persons.size).toBe(0);
    expect(made.asked.filter((step) => step === 'rewrite')).toHaveLength(1);
    // Not again and again while nothing else is to be left out.
    expect(await fingers.settle(signal)).toBe(false);
    expect(made.asked.filter((step) => step === 'rewrite')).toHaveLength(1);
    made.state.failing = undefined;
    expect(await fingers.settle(signal)).toBe(true);
    expect([...made.persons.keys()]).toEqual([N3]);
  });

  it('fills a gallery that lost its folder', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    made = createGallery();
    start();
    await fingers.engines(signal);
    expect([...made.persons.keys()]).toEqual([N1]);
  });

  it('says when nobody can be searched, and not when only some could', async () => {
    await decide('m1', null, N1, null);
    made.state.failing = 'open';
    await expect(fingers.search([], 5, signal)).rejects.toMatchObject({ code: 'GALLERY_UNAVAILABLE' });
    made.state.failing = 'search';
    await expect(fingers.search([], 5, signal)).rejects.toMatchObject({ code: 'GALLERY_UNAVAILABLE' });
    made.state.failing = undefined;
    made.state.unreached = 1;
    await expect(fingers.search([], 5, signal)).rejects.toMatchObject({ code: 'GALLERY_UNAVAILABLE' });
    await decide('m2', 'm1', N2, null);
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
    // A gallery that says it compared everybody, and has lost somebody.
    made.state.unreached = 0;
    made.persons.delete(N2);
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
  });

  it('searches though the gallery could not be told of everybody, and counts who is missing', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    await decide('m2', 'm1', N2, null);
    made.state.failing = 'add';
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
    expect(logged).toEqual(['Error: add failed']);
  });

  it('leaves the erased rows out of the database’s log before the task is done, also after a crash in between', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    await decide('m2', 'm1', null, N1);
    const scrubbed: boolean[] = [];
    const failing = async (): Promise<void> => {
      scrubbed.push(false);
      throw new Error('power lost');
    };
    start({ ...store, scrub: failing });
    expect(await fingers.settle(signal)).toBe(false);
    start({
      ...store,
      scrub: async (now) => {
        scrubbed.push(true);
        return store.scrub(now);
      },
    });
    expect(await fingers.settle(signal)).toBe(true);
    expect(scrubbed).toEqual([false, true]);
  });

  it('counts who was renewed and whom the gallery has only as of before', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    await decide('m2', 'm1', N2, N1);
    await decide('m3', null, N3, null, 'ab'.repeat(16));
    made.state.failing = 'add';
    await expect(fingers.search([], 5, signal)).rejects.toMatchObject({ code: 'GALLERY_UNAVAILABLE' });
    made.state.failing = undefined;
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 2, enrolled: 2 });
  });

  describe('a gallery of another day', () => {
    beforeEach(async () => {
      await decide('m1', null, N1, null);
      await fingers.settle(signal);
      await decide('m2', 'm1', N2, N1);
      await fingers.settle(signal);
      // Put back as it was before the renewal: as many persons as there should be.
      made.persons.clear();
      made.persons.set(N1, { id: N1, fingers: [] });
    });

    it('is brought to what the register says: nobody is missed, nobody comes back', async () => {
      start();
      expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 1 });
      expect([...made.persons.keys()]).toEqual([N2]);
      expect(made.asked.slice(-3)).toEqual(['rewrite', 'add', 'search']);
    });

    it('is brought there also when that was begun before, and the power was lost', async () => {
      made.state.failing = 'rewrite';
      start();
      await fingers.engines(signal);
      expect(logged).toEqual(['Error: rewrite failed']);
      made = createGallery(made.persons);
      start();
      await fingers.engines(signal);
      expect(made.asked).toEqual(['rewrite', 'add']);
      expect([...made.persons.keys()]).toEqual([N2]);
    });

    it('is searched and says who is missing while it cannot be brought there, which is tried again', async () => {
      await decide('m3', null, N3, null, 'ab'.repeat(16));
      await fingers.settle(signal);
      made.persons.delete(N2);
      made.state.failing = 'add';
      start();
      expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
      expect(logged).toEqual(['Error: add failed']);
      made.state.failing = undefined;
      expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 2, enrolled: 2 });
      expect([...made.persons.keys()].sort()).toEqual([N2, N3]);
    });
  });

  it('puts again whom one copy lacks, and erases whom only one copy has', async () => {
    await decide('m1', null, N1, null);
    await fingers.settle(signal);
    made.state.incomplete.add(N1);
    made.state.elsewhere.add(N2);
    start();
    await fingers.engines(signal);
    expect(made.asked.slice(-2)).toEqual(['rewrite', 'add']);
    expect([made.state.incomplete.size, made.state.elsewhere.size]).toEqual([0, 0]);
  });

  it('compares again where a copy came back with other persons, and not while it only waits to be told', async () => {
    await fingers.recount(signal);
    expect(opened).toBe(0);
    await decide('m1', null, N1, null);
    await fingers.recount(signal);
    await fingers.settle(signal);
    expect(made.asked).toEqual(['add']);
    await fingers.recount(signal);
    await fingers.engines(signal);
    expect(made.asked).toEqual(['add', 'holds']);
    made.persons.clear();
    await fingers.recount(signal);
    await fingers.engines(signal);
    expect([...made.persons.keys()]).toEqual([N1]);
    made.state.failing = 'holds';
    await fingers.recount(signal);
    expect(logged).toEqual(['Error: holds failed']);
    made.state.failing = undefined;
    // The number is right again, and somebody is missing from one copy: the number of each counts.
    made.state.incomplete.add(N1);
    await fingers.recount(signal);
    await fingers.engines(signal);
    expect(made.state.incomplete.size).toBe(0);
  });

  it('goes on without a set that does not open any more, and counts it', async () => {
    await decide('m1', null, N1, null);
    await decide('m2', null, N2, null, 'ab'.repeat(16));
    const damaged: Store = {
      ...store,
      fingerSets: async (numbers, now) =>
        (await store.fingerSets(numbers, now)).map((row) =>
          row.number === N1 ? { ...row, sealed_fingers: row.sealed_fingers.slice(1) } : row,
        ),
    };
    start(damaged);
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
    expect([...made.persons.keys()]).toEqual([N2]);
    expect(logged).toHaveLength(1);
    expect(await store.galleryTasks(signal)).toEqual([]);
    expect(await fingers.search([], 5, signal)).toMatchObject({ searched: 1, enrolled: 2 });
  });
});
