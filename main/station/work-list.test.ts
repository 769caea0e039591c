import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../contract/errors.ts';
import { PrescriptionState } from '../../contract/prescription-state.ts';
import type { PrescriptionStanding } from './prescription-view.ts';
import { detailOf, type InboxLine, pageOf, pageWith, withState } from './work-list.ts';

const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const line = (n: number, more: Partial<InboxLine> = {}): InboxLine => ({
  rxId: idOf(n),
  receivedAt: '2026-11-28T01:00:00.000Z',
  expires: '2026-12-28',
  state: 'issued',
  ...more,
});
const known = { holdsLock: (rxId: string) => rxId === idOf(2), today: '2026-11-29' };
const many = Array.from({ length: 101 }, (_, i) => line(i + 1));

describe('the work list', () => {
  it('says who prepares what', () => {
    const inbox = [
      line(1),
      line(2, { state: 'accepted' }),
      line(3, { state: 'accepted' }),
      line(4, { state: 'partly-dispensed', opensOn: '2026-11-30' }),
      line(5, { state: 'partly-dispensed', opensOn: '2026-11-29' }),
      line(6, { state: 'owing' }),
    ];
    const { items, total } = pageOf(inbox, 1, known);
    expect(items.map(({ state }) => state)).toEqual(['open', 'here', 'elsewhere', 'early', 'open']);
    expect(total).toBe(5);
    expect(items[0]).toEqual({ rxId: idOf(1), receivedAt: inbox[0]?.receivedAt, expires: '2026-12-28', state: 'open' });
  });

  it.each([
    [1, 50, idOf(1), idOf(50)],
    [2, 50, idOf(51), idOf(100)],
    [3, 1, idOf(101), idOf(101)],
    [9, 1, idOf(101), idOf(101)],
  ])('has fifty on a page: page %i', (page, count, first, last) => {
    const shown = pageOf(many, page, known);
    expect(shown).toMatchObject({ page: Math.min(page, 3), pages: 3, total: 101 });
    expect([shown.items.length, shown.items[0]?.rxId, shown.items.at(-1)?.rxId]).toEqual([count, first, last]);
  });

  it('has one page when it is empty, and one when it is full', () => {
    expect(pageOf([], 1, known)).toEqual({ items: [], page: 1, pages: 1, total: 0 });
    expect(pageOf(many.slice(0, 50), 2, known)).toMatchObject({ page: 1, pages: 1, total: 50 });
  });

  it('finds the page of a prescription', () => {
    expect(pageWith(many, idOf(50), known)?.page).toBe(1);
    expect(pageWith(many, idOf(51), known)?.page).toBe(2);
    expect(pageWith(many, idOf(200), known)).toBeUndefined();
    expect(pageWith([], idOf(1), known)).toBeUndefined();
  });

  it('changes the state of one line only', () => {
    const page = pageOf(many, 3, known);
    expect(withState(page, idOf(101), 'here').items).toEqual([{ ...page.items[0], state: 'here' }]);
    expect(withState(page, idOf(1), 'here')).toEqual(page);
  });
});

describe('one of it', () => {
  const standing = (more: Partial<PrescriptionStanding>): PrescriptionStanding => ({
    rxId: idOf(2),
    state: 'issued',
    parts: 3,
    used: 0,
    expires: '2026-12-28',
    pharmacy: '5901010012',
    owed: [],
    ...more,
  });
  const codes: Readonly<Partial<Record<PrescriptionState, string>>> = {
    owing: 'RX_COLLECTED',
    dispensed: 'RX_COLLECTED',
    cancelled: 'RX_CANCELLED',
    expired: 'RX_EXPIRED',
  };

  it('is the next part by the newest word of the bureau', () => {
    expect(detailOf(line(2), standing({ state: 'partly-dispensed', used: 1, opensOn: '2026-12-01' }), known)).toEqual({
      rxId: idOf(2),
      receivedAt: '2026-11-28T01:00:00.000Z',
      expires: '2026-12-28',
      state: 'early',
      part: 2,
      parts: 3,
      opensOn: '2026-12-01',
    });
    expect(detailOf(line(2), standing({ state: 'accepted' }), known).state).toBe('here');
  });

  it.each(PrescriptionState.options)('that is %s', (state) => {
    const opened = (): unknown => {
      try {
        return detailOf(line(2), standing({ state }), known).rxId;
      } catch (cause) {
        return refusalOf(cause).code;
      }
    };
    expect(opened()).toBe(codes[state] ?? idOf(2));
  });
});
