/**
 * What every store must do with agents and warrants, whatever the database behind it.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Acceptance, Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { blob, card, certificate, head, message, signal } from './store-rows.ts';

const approval = (serial: string, more: Partial<Row<'agent_approval'>> = {}): Acceptance => ({
  message: message(`m-${serial}`),
  evidence: [],
  approval: {
    ...head,
    serial,
    pid: 'p1',
    agent_id: 'a1',
    agent_tag: 'tag',
    sealed_agent: blob(7),
    agent_key: blob(8),
    not_after: 9,
    message_id: `m-${serial}`,
    approved_at: 1,
    ...more,
  },
});
const order = (number: number) => ({
  ...head,
  card: 'c1',
  number,
  kind: 'erase-warrant',
  encoded: blob(number),
  issued_at: 5,
});
const erasure = (id: string, serial: string, numbers: readonly number[] = [], erased_at = 20_000): Acceptance => ({
  message: message(id),
  evidence: [],
  erasure: { row: { ...head, serial, message_id: id, erased_at }, orders: numbers.map(order) },
});

/** Runs the suite; `open` gives an empty store, which the suite closes. */
export function agentStoreSuite(name: string, open: () => Promise<Store>): void {
  describe(`agents in the store: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      await store.saveCard({ card: card('c1'), certificate: certificate('c1'), others: [], by: 'clerk' }, signal);
    });
    afterEach(() => store.close());

    const accept = (acceptance: Acceptance) => store.accept(acceptance, signal);
    const erased = async () => (await store.warrantErasures(signal)).map((row) => [row.serial, row.erased_at]);

    it('finds an approval by its number and an agent by the tag', async () => {
      await accept(approval('w1'));
      await accept(approval('w2', { agent_id: 'a2', approved_at: 2 }));
      await accept(approval('w3', { agent_tag: 'other', agent_id: 'a3' }));
      expect(await store.agentApproval('w1', signal)).toMatchObject({ pid: 'p1', agent_id: 'a1', not_after: 9 });
      expect(await store.agentApproval('none', signal)).toBeUndefined();
      // The first pseudonym stays.
      expect(await store.agentIdOf('tag', signal)).toBe('a1');
      expect(await store.agentIdOf('nobody', signal)).toBeUndefined();
    });

    it('erases a warrant once, with its orders in sequence or not at all', async () => {
      expect(await accept(erasure('m1', 'w1', [2]))).toEqual({ result: 'changed' });
      expect(await erased()).toEqual([]);
      expect((await accept(erasure('m1', 'w1', [1]))).result).toBe('stored');
      expect((await accept(erasure('m2', 'w1', [2], 30_000))).result).toBe('stored');
      expect(await erased()).toEqual([['w1', 20_000]]);
      expect((await store.cardOrders('c1', 0, signal)).map(({ number }) => number)).toEqual([1]);
      expect((await store.warrantErasure('w1', signal))?.message_id).toBe('m1');
      expect(await store.warrantErasure('w2', signal)).toBeUndefined();
    });

    it('stores no epoch whose head counted another number of erased warrants, and dates nothing among the counted', async () => {
      const epoch = (name: string, previous: string, erasedCount: number) => ({
        epoch: {
          ...head,
          name,
          previous,
          not_before: 1,
          not_after: 9,
          issued_at: 25_000,
          members_to: 0,
          head: blob(1),
          signature: blob(2),
        },
        bundles: [],
        revokedCount: 0,
        erasedCount,
      });
      await accept(erasure('m1', 'w1'));
      expect(await store.saveEpoch(epoch('1.0', '', 0), signal)).toBe(false);
      expect(await store.saveEpoch(epoch('1.0', '', 1), signal)).toBe(true);
      await accept(erasure('m2', 'w2', [], 10_000));
      expect(await erased()).toEqual([
        ['w1', 20_000],
        ['w2', 26_000],
      ]);
      expect(await store.saveEpoch(epoch('1.1', 'a', 1), signal)).toBe(true);
    });
  });
}
