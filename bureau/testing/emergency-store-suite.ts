/**
 * What every store must do about fingerprints and emergencies, whatever the database behind it.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FingerChange, NewConfirmation, NewQuery } from '../store/emergency-store.ts';
import type { Acceptance, Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { blob, evidence, head, message, signal } from './store-rows.ts';

const setRow = (number: string): Row<'finger_set'> => ({
  ...head,
  number,
  sealed_face: blob(1),
  sealed_fingers: blob(2),
});
const change = (id: string, more: Partial<FingerChange>): FingerChange => ({
  standing: {
    ...head,
    pid: 'p1',
    state: 'enrolled',
    sealed_number: blob(3),
    fingers: '[2,7]',
    message_id: id,
    decided_at: 1_000,
  },
  after: null,
  set: null,
  erased: null,
  events: [{ pid: 'p1', event: id, by: 'c1', words: '', others: '[]', at: 1_000 }],
  ...more,
});
const line = (position: number, more: Partial<Row<'break_glass'>> = {}): Row<'break_glass'> => ({
  position,
  previous: `hash ${position - 1}`,
  hash: `hash ${position}`,
  kind: 'query',
  outcome: 'ok',
  institution: '0401180014',
  terminal: 't1',
  query_id: null,
  triage: 1,
  reason: null,
  candidates: 0,
  pid: null,
  by: '',
  message_id: null,
  at: 1_000,
  fingers: null,
  vouched: null,
  ...more,
});
const asked = (id: string, position: number, at = 1_000, queries = 2): NewQuery => ({
  query: {
    ...head,
    id,
    message_id: `m-${id}`,
    terminal: 't1',
    triage: 1,
    reason: '{}',
    reply_key: blob(4),
    sealed_candidates: blob(5),
    asked_at: at,
    expires_at: at + 300,
    confirmed_at: null,
  },
  limit: { queries, since: at - 3_600 },
  line: line(position),
});
const confirmed = (queryId: string, position: number, at: number): NewConfirmation => ({
  queryId,
  at,
  line: line(position, { kind: 'confirmation' }),
  notice: { pid: 'p1', notice: `"${queryId}"` },
});

/** Runs the suite; `open` gives an empty store, which the suite closes. */
export function emergencyStoreSuite(name: string, open: () => Promise<Store>): void {
  describe(`fingers and emergencies: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const accept = async (id: string, more: Omit<Acceptance, 'message' | 'evidence'>): Promise<string> =>
      (await store.accept({ message: message(id, id), evidence: [evidence('ok')], ...more }, signal)).result;
    const tasks = async () => (await store.galleryTasks(signal)).map(({ number, change }) => `${change} ${number}`);

    it('a set takes the place of another with what the gallery is to be told', async () => {
      expect(await accept('m1', { fingers: change('m1', { set: setRow('n1') }) })).toBe('stored');
      const renewal = change('m2', { after: 'm1', erased: 'n1', set: setRow('n2') });
      expect(await accept('m2', { fingers: renewal })).toBe('stored');
      expect((await store.fingerSets(['n1', 'n2', 'n3'], signal)).map(({ number }) => number)).toEqual(['n2']);
      expect(await store.fingerSets([], signal)).toEqual([]);
      expect(await store.fingerNumbers('', 5, signal)).toEqual(['n2']);
      expect(await store.fingerNumbers('n2', 5, signal)).toEqual([]);
      expect(await store.fingerCount(signal)).toBe(1);
      expect((await store.fingerStanding('p1', signal))?.message_id).toBe('m2');
      expect(await tasks()).toEqual(['put n1', 'remove n1', 'put n2']);
      const [first, second] = await store.galleryTasks(signal);
      await store.galleryTasksDone(second?.position ?? 0, signal);
      expect(await tasks()).toEqual(['put n2']);
      expect(first?.position).toBeLessThan(second?.position ?? 0);
      expect((await store.fingerLog('p1', signal)).map(({ event }) => event)).toEqual(['m1', 'm2']);
    });

    it('nothing is stored of a decision that another one overtook', async () => {
      await accept('m1', { fingers: change('m1', { set: setRow('n1') }) });
      expect(await accept('m2', { fingers: change('m2', { set: setRow('n2') }) })).toBe('changed');
      expect(await store.message('m2', signal)).toBeUndefined();
      expect(await store.fingerNumbers('', 5, signal)).toEqual(['n1']);
      expect(await tasks()).toEqual(['put n1']);
      expect(await store.fingerLog('p1', signal)).toHaveLength(1);
    });

    it('a query is kept within its rate and with its line, or not at all', async () => {
      expect(await accept('m1', { query: asked('q1', 1) })).toBe('stored');
      expect(await accept('m2', { query: asked('q2', 1) })).toBe('changed');
      expect(await store.emergencyQuery('q2', signal)).toBeUndefined();
      expect(await accept('m2', { query: asked('q2', 2) })).toBe('stored');
      expect(await accept('m3', { query: asked('q3', 3) })).toBe('changed');
      expect(await store.emergencyQueriesSince('t1', 0, signal)).toBe(2);
      expect(await store.emergencyQueriesSince('t2', 0, signal)).toBe(0);
      expect(await accept('m3', { query: asked('q3', 3, 5_000) })).toBe('stored');
      expect((await store.breakGlass(1, 5, signal)).map(({ position }) => position)).toEqual([2, 3]);
      expect((await store.breakGlass(0, 1, signal)).map(({ position }) => position)).toEqual([1]);
      expect((await store.lastBreakGlass(signal))?.position).toBe(3);
    });

    it('a query is confirmed once, in time, and forgets its candidates', async () => {
      await accept('m1', { query: asked('q1', 1) });
      await accept('m2', { query: asked('q2', 2) });
      expect(await accept('m3', { confirmation: confirmed('q1', 3, 1_301) })).toBe('changed');
      expect(await accept('m3', { confirmation: confirmed('q1', 2, 1_300) })).toBe('changed');
      expect(await store.handOverNotices('p1', '2026-11-21', signal)).toEqual([]);
      expect(await accept('m3', { confirmation: confirmed('q1', 3, 1_300) })).toBe('stored');
      expect(await accept('m4', { confirmation: confirmed('q1', 4, 1_300) })).toBe('changed');
      expect(await store.emergencyQuery('q1', signal)).toMatchObject({ confirmed_at: 1_300, sealed_candidates: null });
      await store.forgetCandidates(1_300, signal);
      expect((await store.emergencyQuery('q2', signal))?.sealed_candidates).not.toBeNull();
      await store.forgetCandidates(1_301, signal);
      expect((await store.emergencyQuery('q2', signal))?.sealed_candidates).toBeNull();
    });

    it('notices are handed over on one day', async () => {
      await accept('m1', { query: asked('q1', 1) });
      await accept('m2', { confirmation: confirmed('q1', 2, 1_100) });
      const given = async (pid: string, day: string) =>
        (await store.handOverNotices(pid, day, signal)).map(({ notice }) => notice);
      expect(await given('p2', '2026-11-21')).toEqual([]);
      expect(await given('p1', '2026-11-21')).toEqual(['"q1"']);
      expect(await given('p1', '2026-11-21')).toEqual(['"q1"']);
      expect(await given('p1', '2026-11-22')).toEqual([]);
    });

    it('a line of the log takes its place once, and scrubbing changes nothing that is kept', async () => {
      expect(await store.appendBreakGlass(line(1), signal)).toBe(true);
      expect(await store.appendBreakGlass(line(1, { outcome: 'other' }), signal)).toBe(false);
      // Another place, and the same line before it.
      expect(await store.appendBreakGlass(line(2, { previous: 'hash 0' }), signal)).toBe(false);
      await store.scrub(signal);
      expect(await store.breakGlass(0, 5, signal)).toMatchObject([{ position: 1, outcome: 'ok' }]);
    });
  });
}
