import { describe, expect, it } from 'vitest';
import { heard, issuedView, issuesOn, outOfDate } from './issued-list.ts';
import type { KeptIssue } from './ports.ts';

/** 2026-11-29 08:00 in Taiwan. */
const now = Date.parse('2026-11-29T00:00:00.000Z');
const hours = (count: number): string => new Date(now + count * 3_600_000).toISOString();
const issue = (rxId: string, more: Partial<KeptIssue> = {}): KeptIssue => ({
  version: 1,
  rxId,
  pid: 'p',
  visitId: 'v',
  person: { name: '王○明', birthYear: 1958, sex: 'male' },
  at: hours(-1),
  expires: '2026-12-29',
  pharmacy: '5901012345',
  parts: 1,
  controlled: false,
  lines: [],
  ...more,
});
const idsOf = (issues: readonly KeptIssue[]): readonly string[] => issues.map(({ rxId }) => rxId);
const cancelled = { state: 'cancelled', at: hours(-1) } as const;

describe('what a desk issued', () => {
  // Taiwan's day began eight hours ago.
  const yesterday = issue('yesterday', { at: hours(-9) });
  const all = [
    yesterday,
    issue('today'),
    issue('gone', { over: cancelled }),
    issue('old', { at: hours(-48), over: cancelled }),
    issue('late', { at: hours(-24 * 31), expires: '2026-11-28' }),
  ];

  it('is of today by the day in Taiwan, whatever became of it, newest first', () => {
    expect(idsOf(issuesOn(all, { scope: 'today', page: 1 }, now).items)).toEqual(['today', 'gone']);
  });

  it('is open until it is over or its last day has passed', () => {
    expect(idsOf(issuesOn(all, { scope: 'open', page: 1 }, now).items)).toEqual(['today', 'yesterday']);
    expect(idsOf(issuesOn([issue('last', { expires: '2026-11-29' })], { scope: 'open', page: 1 }, now).items)).toEqual([
      'last',
    ]);
  });

  it('stays open for a day after it was collected, for it may be taken back', () => {
    const collected = (since: number) => issue('c', { over: { state: 'dispensed', at: hours(since) } });
    expect(issuesOn([collected(-24)], { scope: 'open', page: 1 }, now).total).toBe(1);
    expect(issuesOn([collected(-25)], { scope: 'open', page: 1 }, now).total).toBe(0);
  });

  it('comes in pages, the last one where there are not as many', () => {
    const many = Array.from({ length: 21 }, (_, i) => issue(`n${i}`, { at: hours(-i / 100) }));
    const first = issuesOn(many, { scope: 'today', page: 1 }, now);
    expect(first).toMatchObject({ page: 1, pages: 3, total: 21 });
    expect(first.items).toHaveLength(10);
    expect(idsOf(issuesOn(many, { scope: 'today', page: 9 }, now).items)).toEqual(['n20']);
    expect(issuesOn([], { scope: 'today', page: 2 }, now)).toMatchObject({ page: 1, pages: 1, total: 0 });
  });

  it('is forgotten when it is over and not of today', () => {
    expect(idsOf(outOfDate(all, now))).toEqual(['old', 'late']);
  });

  it('remembers the end that the bureau told, and that it was taken back', () => {
    const over = heard(issue('a'), { state: 'dispensed', used: 1 }, now);
    expect(over.over).toEqual({ state: 'dispensed', at: hours(0) });
    // When it was heard first counts.
    expect(heard(over, { state: 'dispensed', used: 1 }, now + 1)).toBe(over);
    expect(heard(over, { state: 'issued', used: 0 }, now).over).toBeUndefined();
    for (const state of ['unknown', 'not-there'] as const) expect(heard(over, { state, used: 0 }, now)).toBe(over);
  });

  it('shows no pseudonym', () => {
    expect(issuedView(issue('a'), { state: 'issued', used: 0 })).not.toHaveProperty('pid');
  });
});
