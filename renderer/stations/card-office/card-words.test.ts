import { describe, expect, it } from 'vitest';
import { CardStatus, type CardView, ClerkEvent } from '../../../contract/card-life.ts';
import { actorOf, badgeOf, eventOf, groupsOf, STEP_KEYS, successorOf } from './card-words.ts';

const serial = '4f2b7c0e91d35a6688a1b2c3d4e5f607';
const other = '1c9e04d2b7f84a5590817263544a3b2c';
const card: CardView = {
  serial,
  kind: 'patient',
  holder: 'x',
  status: 'active',
  issuedAt: '2019-02-01T01:00:00.000Z',
  expiresAt: '2027-01-20T01:00:00.000Z',
  renewalDue: false,
  orders: 0,
  replacedBy: null,
};

describe('words of the card office', () => {
  it('puts every step on a key of its own, but for suspend and resume', () => {
    const keys = ClerkEvent.options.map((event) => STEP_KEYS[event]);
    expect(new Set(keys).size).toBe(keys.length - 1);
    expect(STEP_KEYS.suspend).toBe(STEP_KEYS.resume);
    // F2 looks again, F5 is the browser's.
    expect(keys).not.toContain('F2');
    expect(keys).not.toContain('F5');
  });

  it('calls one state good and those bad that somebody may still mend', () => {
    const by = (look: string) => CardStatus.options.filter((status) => badgeOf(status) === look);
    expect([by('ok'), by('bad')]).toEqual([['active'], ['suspended', 'lost', 'stolen']]);
  });

  it.each([
    ['another of its kind', { kind: 'patient', serial: other }, other],
    ['itself', { kind: 'patient', serial }, undefined],
    ['a card of another kind', { kind: 'staff', serial: other }, undefined],
  ] as const)('takes for a successor %s: %j', (_what, inReader, found) => {
    expect(successorOf(card, [inReader])?.serial).toBe(found);
  });

  it('groups a serial number, and knows events and actors of the log', () => {
    expect(groupsOf(serial)).toBe('4f2b 7c0e 91d3 5a66 88a1 b2c3 d4e5 f607');
    expect(['issue', 'renew', 'melt'].map(eventOf)).toEqual(['issue', 'renew', undefined]);
    expect(['timer', 'folder', '7f00'].map(actorOf)).toEqual(['timer', 'folder', 'clerk']);
  });
});
