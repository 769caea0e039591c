/**
 * Every event in every state of a card.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { CardEvent, CardStatus } from '../../contract/card-life.ts';
import { effectsOf, isFinal, statusAfter } from './card-transitions.ts';

/** `-`: cannot happen. Columns in the order of the events. */
const EVENTS: readonly CardEvent[] = [
  'report-lost',
  'report-stolen',
  'suspend',
  'resume',
  'replace',
  'renew',
  'expire',
  'holder-deceased',
  'return',
];
const TABLE: Readonly<Record<CardStatus, string>> = {
  active: 'lost stolen suspended - replaced replaced expired holder-deceased returned',
  suspended: 'lost stolen - active replaced replaced expired holder-deceased returned',
  lost: '- stolen - - replaced - - holder-deceased returned',
  stolen: '- - - - replaced - - holder-deceased returned',
  expired: '- - - - replaced replaced - holder-deceased returned',
  returned: '- - - - replaced - - holder-deceased -',
  replaced: '- - - - - - - - -',
  'holder-deceased': '- - - - - - - - -',
};

describe('the states of a card', () => {
  it('have an answer to every event', () => {
    expect([...EVENTS].sort()).toEqual([...CardEvent.options].sort());
    for (const status of CardStatus.options) {
      const row = EVENTS.map((event) => statusAfter(status, event) ?? '-').join(' ');
      expect([status, row]).toEqual([status, TABLE[status]]);
    }
  });

  it('end where nothing can happen any more', () => {
    expect(CardStatus.options.filter(isFinal)).toEqual(['replaced', 'holder-deceased']);
  });

  it('stop a card in every state but one, and give back only what was held', () => {
    for (const status of CardStatus.options)
      expect(effectsOf(status).order).toBe(status === 'active' ? 'unblock' : 'block');
    expect(effectsOf('suspended')).toMatchObject({ certificates: 'hold', member: 'hold' });
    expect(effectsOf('active')).toMatchObject({ certificates: 'resume', member: 'resume' });
    for (const status of ['lost', 'stolen', 'replaced', 'holder-deceased', 'returned'] as const)
      expect(effectsOf(status)).toMatchObject({ certificates: 'revoke', member: 'stop' });
    // The days in the certificates say it; the group would not.
    expect(effectsOf('expired')).toMatchObject({ certificates: 'keep', member: 'stop' });
  });
});
