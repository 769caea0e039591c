/**
 * What every store must do with the life of a prescription, whatever the database behind it.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Acceptance, PrescriptionChange, Store } from '../store/store.ts';
import { blob, card, certificate, evidence, head, message, rx, signal } from './store-rows.ts';

const change = (rxId: string, revision: number, more: Partial<PrescriptionChange> = {}): PrescriptionChange => ({
  event: {
    rx_id: rxId,
    revision,
    event: 'dispense',
    institution: '5901200001',
    by: 's1',
    message_id: null,
    at: 1_000,
  },
  phase: 'open',
  life: `{"revision":${revision}}`,
  used: revision,
  pharmacy: '5901200001',
  orders: [],
  ...more,
});
const dispensing = (rxId: string, part: number, id: string) => ({
  ...head,
  rx_id: rxId,
  part,
  message_id: id,
  pickup: `pu-${id}`,
  pickup_object: blob(4),
  pickup_signature: blob(5),
  lines: '[]',
  received_at: 1_000,
  warrant: null,
});
const pickup = (rxId: string, revision: number, id: string): Acceptance => ({
  message: message(id),
  evidence: [evidence('ok')],
  change: change(rxId, revision, { dispensing: dispensing(rxId, revision, id) }),
});

/** Runs the suite; `open` gives an empty store, which the suite closes. */
export function prescriptionStoreSuite(name: string, open: () => Promise<Store>): void {
  describe(`prescriptions in the store: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const accept = (acceptance: Acceptance) => store.accept(acceptance, signal);
    const prescribe = (row: ReturnType<typeof rx>) =>
      accept({ message: message(row.message_id), evidence: [], prescription: row });
    const winners = (results: readonly boolean[]): number => results.filter(Boolean).length;

    it('takes an event of a prescription once a revision, and nothing of one that came too late', async () => {
      await prescribe(rx('x1', { parts: 2 }));
      expect(await accept(pickup('none', 1, 'u0'))).toEqual({ result: 'changed' });
      expect(await accept(pickup('x1', 2, 'u1'))).toEqual({ result: 'changed' });
      const race = await Promise.all(['u2', 'u3'].map((id) => accept(pickup('x1', 1, id))));
      expect(race.map(({ result }) => result).sort()).toEqual(['changed', 'stored']);
      expect(await accept(pickup('x1', 2, 'u4'))).toMatchObject({ result: 'stored' });
      expect(await store.prescription('x1', signal)).toMatchObject({ used: 2, revision: 2, life: '{"revision":2}' });
      for (const id of ['u0', 'u1']) expect(await store.message(id, signal)).toBeUndefined();
      expect(await store.evidence(signal)).toHaveLength(2);
      expect((await store.dispensings('x1', signal)).map(({ part }) => part)).toEqual([1, 2]);
    });

    it('takes events without a message, one of two at a time', async () => {
      await prescribe(rx('x1'));
      const race = await Promise.all([1, 1].map((n) => store.changePrescription(change('x1', n), signal)));
      expect(winners(race)).toBe(1);
      expect(await store.changePrescription(change('x1', 3), signal)).toBe(false);
      const designated = { designation: blob(8), ciphertext: blob(9) };
      const moved = change('x1', 2, { pharmacy: '5901200002', used: 0, designated });
      expect(await store.changePrescription(moved, signal)).toBe(true);
      const row = await store.prescription('x1', signal);
      const stored = [row?.pharmacy, ...[row?.designation, row?.ciphertext].map((bytes) => [...(bytes ?? [])])];
      expect(stored).toEqual(['5901200002', [8], [9]]);
      expect((await store.prescriptionEvents('x1', signal)).map(({ revision }) => revision)).toEqual([1, 2]);
    });

    it('refuses an event whose order is not the next of its card', async () => {
      await prescribe(rx('x1'));
      await store.saveCard({ card: card('c1'), certificate: certificate('c1'), others: [], by: 'clerk' }, signal);
      const order = (number: number) => ({
        ...head,
        card: 'c1',
        number,
        kind: 'set-rx-state',
        encoded: blob(1),
        issued_at: 1_000,
      });
      const told = (number: number) => change('x1', 1, { orders: [order(number)] });
      expect(await store.changePrescription(told(2), signal)).toBe(false);
      expect(await store.changePrescription(told(1), signal)).toBe(true);
      expect((await store.cardOrders('c1', 0, signal)).map(({ number }) => number)).toEqual([1]);
    });

    it('leaves what was cancelled out of the inbox and off a card that takes the place', async () => {
      await prescribe(rx('x1'));
      await prescribe(rx('x2'));
      await store.changePrescription(change('x1', 1, { phase: 'cancelled', used: 0 }), signal);
      const inbox = await store.inbox('5901200001', '2026-11-21', signal);
      const open = await store.openPrescriptionsOf('p1', '2026-11-21', signal);
      for (const rows of [inbox, open]) expect(rows.map(({ rx_id }) => rx_id)).toEqual(['x2']);
    });
  });
}
