/**
 * What every store must do, whatever the database behind it.
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardChange } from '../store/card-store.ts';
import type { Acceptance, Store } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import { blob, card, certificate, challenge, evidence, head, message, rx, signal, visitRow } from './store-rows.ts';

/** Of two racing calls, how many got `true`. */
const winners = (results: readonly boolean[]): number => results.filter(Boolean).length;

/** Runs the suite; `open` gives an empty store, which the suite closes. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(`store: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const accept = (acceptance: Acceptance) => store.accept(acceptance, signal);
    const prescribe = (row: Row<'prescription'>) =>
      accept({ message: message(row.message_id), evidence: [], prescription: row });

    it('finds persons by pseudonym and tag and refuses a second of either', async () => {
      const row = {
        ...head,
        pid: 'p1',
        identity_tag: 'tag',
        sealed_identity: blob(7),
        paid_until: '2026-01-01',
        created_at: 1,
      };
      await store.savePerson(row, signal);
      expect(await store.person('p1', signal)).toEqual(await store.personByTag('tag', signal));
      expect(new Uint8Array((await store.person('p1', signal))?.sealed_identity ?? [])).toEqual(blob(7));
      await expect(store.savePerson({ ...row, pid: 'p2' }, signal)).rejects.toThrow();
      await expect(store.savePerson({ ...row, identity_tag: 'other' }, signal)).rejects.toThrow();
      expect(await store.setPaidUntil('p1', '2027-01-01', signal)).toBe(true);
      expect((await store.person('p1', signal))?.paid_until).toBe('2027-01-01');
      expect(await store.setPaidUntil('nobody', '2027-01-01', signal)).toBe(false);
    });

    it('keeps certificates; the first revocation dates it', async () => {
      const row = { ...head, type: 'staff', serial: 's1', pid: 'p1', der: blob(1), issued_at: 1, revoked_at: null };
      await store.saveCertificates([row, { ...row, serial: 's2', issued_at: 2 }], signal);
      expect((await store.certificatesOf('p1', 'staff', signal)).map(({ serial }) => serial)).toEqual(['s2', 's1']);
      expect(await store.certificatesOf('p1', 'patient-signing', signal)).toEqual([]);
      expect(await store.revokedCertificates(signal)).toEqual([]);
      expect(await store.revokeCertificate('s1', 50, signal)).toBe(true);
      expect(await store.revokeCertificate('s1', 60, signal)).toBe(true);
      expect(await store.revokeCertificate('none', 60, signal)).toBe(false);
      expect((await store.revokedCertificates(signal)).map((one) => one.revoked_at)).toEqual([50]);
    });

    describe('a card', () => {
      const order = (serial: string, number: number) => ({
        ...head,
        type: 'card-order',
        card: serial,
        number,
        kind: 'block',
        encoded: blob(number),
        issued_at: 5,
      });
      const change = (more: Partial<CardChange> = {}): CardChange => ({
        card: 'c1',
        from: 'active',
        to: 'suspended',
        event: 'suspend',
        reason: 'why',
        by: 'clerk',
        at: 5_000,
        certificates: 'hold',
        member: 'keep',
        replacedBy: null,
        orders: [],
        ...more,
      });
      const revoked = async () =>
        (await store.revokedCertificates(signal)).map(({ serial, hold }) => `${serial} ${hold}`).sort();
      beforeEach(async () => {
        await store.saveCertificates([certificate('s1', 'patient-signing')], signal);
        await store.saveCard({ card: card('c1'), certificate: certificate('c1'), others: ['s1'], by: 'clerk' }, signal);
      });

      it('is found by its number, key, certificates and holder, and logs its issue', async () => {
        const more = { card: card('c2', { issued_at: 2, kind: 'staff' }), certificate: certificate('c2') };
        await store.saveCard({ ...more, others: [], by: 'clerk' }, signal);
        expect(await store.card('c1', signal)).toEqual(card('c1'));
        expect((await store.cardByKey(head.key_id, signal))?.serial).toBe('c2');
        for (const serial of ['s1', 'c1']) expect((await store.cardOfCertificate(serial, signal))?.serial).toBe('c1');
        expect(await store.cardOfCertificate('none', signal)).toBeUndefined();
        const all = await store.cards({ holder: 'p1', limit: 9 }, signal);
        expect(all.map(({ serial }) => serial)).toEqual(['c2', 'c1']);
        expect(await store.cards({ kind: 'patient', status: 'lost', limit: 9 }, signal)).toEqual([]);
        expect((await store.cards({ limit: 1 }, signal)).map(({ serial }) => serial)).toEqual(['c2']);
        expect(await store.cardLog('c1', signal)).toMatchObject([{ event: 'issue', status: 'active', by: 'clerk' }]);
        expect((await store.cardsEnded(9_001, signal)).map(({ serial }) => serial).sort()).toEqual(['c1', 'c2']);
        expect(await store.cardsEnded(9_000, signal)).toEqual([]);
        await expect(store.saveCard({ ...more, others: [], by: 'clerk' }, signal)).rejects.toThrow();
      });

      it('changes with its certificates, from the state it is in, and only in sequence', async () => {
        expect(await store.changeCard(change({ from: 'lost' }), signal)).toBe(false);
        expect(await store.changeCard(change({ card: 'none' }), signal)).toBe(false);
        for (const numbers of [[2], [0], [1, 3], [1, 1]])
          expect(await store.changeCard(change({ orders: numbers.map((n) => order('c1', n)) }), signal)).toBe(false);
        expect([await revoked(), await store.cardOrders('c1', 0, signal)]).toEqual([[], []]);
        expect((await store.cardLog('c1', signal)).length).toBe(1);
        expect(await store.changeCard(change({ orders: [order('c1', 1), order('c1', 2)] }), signal)).toBe(true);
        expect(await revoked()).toEqual(['c1 held', 's1 held']);
        expect((await store.card('c1', signal))?.order_number).toBe(2);
        expect((await store.cardOrders('c1', 1, signal)).map(({ number }) => number)).toEqual([2]);
        expect(await store.changeCard(change(), signal)).toBe(false);
      });

      it('gets back what was held, at once or with the next epoch, and nothing that was revoked by itself', async () => {
        await store.changeCard(change(), signal);
        await store.revokeCertificate('s1', 6_000, signal);
        const resume = change({ from: 'suspended', to: 'active', event: 'resume', certificates: 'resume' });
        await store.changeCard(resume, signal);
        expect(await revoked()).toEqual(['s1 null']);
        await store.changeCard(change(), signal);
        const epoch = (name: string, issued_at: number, previous: string, revokedCount: number) => ({
          epoch: {
            ...head,
            type: 'epoch',
            name,
            previous,
            not_before: issued_at,
            not_after: issued_at + 9,
            issued_at,
            members_to: 0,
            head: blob(1),
            signature: blob(2),
          },
          bundles: [],
          revokedCount,
          erasedCount: 0,
        });
        expect(await store.saveEpoch(epoch('1.0', 20_000, '00', 2), signal)).toBe(true);
        await store.changeCard(resume, signal);
        // A head has counted it: it stays listed, and the next head must not count it.
        expect(await revoked()).toEqual(['c1 resumed', 's1 null']);
        expect(await store.saveEpoch(epoch('1.1', 30_000, '01', 2), signal)).toBe(false);
        expect(await store.saveEpoch(epoch('1.1', 30_000, '01', 1), signal)).toBe(true);
        expect(await revoked()).toEqual(['s1 null']);
      });

      it('takes its doctor out of the group and back, and for good', async () => {
        const member = {
          ...head,
          q: 'q1',
          join_string: blob(1),
          proof_c: blob(2),
          proof_z: blob(3),
          signature: blob(4),
          certificate: blob(5),
          doctor_class: 1,
          status: 'active',
          joined_at: 1,
          doctor_id: 'D1',
          attestation: null,
        };
        await store.saveMember(member, [1], 'h1', 'c1', signal);
        expect((await store.card('c1', signal))?.member).toBe('q1');
        await store.changeCard(change({ member: 'hold' }), signal);
        expect(await store.activeMembers([1], signal)).toEqual([]);
        expect(await store.setMemberClasses('D1', [4, 1], 6, signal)).toBe(1);
        const resume = change({ from: 'suspended', to: 'active', certificates: 'resume', member: 'resume' });
        await store.changeCard(resume, signal);
        expect(await store.activeMembers([4], signal)).toEqual(['q1']);
        await store.changeCard(change({ to: 'lost', member: 'stop' }), signal);
        expect(await store.activeMembers([1, 4], signal)).toEqual([]);
        expect(await store.setMemberClasses('D1', [1], 7, signal)).toBe(0);
        const kinds = (await store.memberLog(0, signal)).map(({ kind }) => kind);
        expect(kinds).toEqual(['joined', 'held', 'classes', 'resumed', 'revoked']);
        // Out with that card, but not barred: the doctor joins with another.
        expect(await store.saveMember({ ...member, q: 'q2' }, [1], 'h2', null, signal)).toBe('stored');
      });
    });

    it('lets a challenge be used once, by its terminal, for its purpose and matter, in time', async () => {
      await store.saveChallenge(challenge('c1'), signal);
      await store.saveChallenge(challenge('c2', { type: 'opening', subject: 'v1' }), signal);
      const use = { challenge: 'c1', type: 'check-in', terminal: 't1', subject: null, now: 1_500 };
      expect(await store.useChallenge({ ...use, challenge: 'none' }, signal)).toBe('stale');
      expect(await store.useChallenge({ ...use, terminal: 't2' }, signal)).toBe('stale');
      expect(await store.useChallenge({ ...use, type: 'opening' }, signal)).toBe('stale');
      expect(await store.useChallenge({ ...use, subject: 'v1' }, signal)).toBe('stale');
      expect(await store.useChallenge({ ...use, now: 2_001 }, signal)).toBe('stale');
      expect(await store.useChallenge({ ...use, now: 2_000 }, signal)).toBe('ok');
      expect(await store.useChallenge(use, signal)).toBe('used');
      const other = { ...use, challenge: 'c2', type: 'opening' };
      expect(await store.useChallenge({ ...other, subject: 'v2' }, signal)).toBe('stale');
      const both = await Promise.all([1, 2].map(() => store.useChallenge({ ...other, subject: 'v1' }, signal)));
      expect(both.sort()).toEqual(['ok', 'used']);
    });

    it('counts queue numbers by institution and day, also when several come at once', async () => {
      const visits = await Promise.all(['v1', 'v2', 'v3'].map((id) => store.openVisit(visitRow(id), signal)));
      expect(new Set(visits.map((visit) => visit.queue_number))).toEqual(new Set([1, 2, 3]));
      expect((await store.openVisit(visitRow('v4', { day: '2026-11-22' }), signal)).queue_number).toBe(1);
      expect((await store.openVisit(visitRow('v5', { institution: '0602030026' }), signal)).queue_number).toBe(1);
    });

    it('finds the newest visit here before a newer one elsewhere', async () => {
      await store.openVisit(visitRow('v1', { opened_at: 1 }), signal);
      await store.openVisit(visitRow('v2', { opened_at: 2 }), signal);
      await store.openVisit(visitRow('v3', { opened_at: 3, institution: '0602030026' }), signal);
      expect((await store.latestVisit('p1', head.institution, signal))?.id).toBe('v2');
      expect((await store.latestVisit('p1', '1111111111', signal))?.id).toBe('v3');
      expect(await store.latestVisit('p2', head.institution, signal)).toBeUndefined();
    });

    it('releases a visit once, with its evidence or not at all', async () => {
      await store.openVisit(visitRow('v1'), signal);
      const release = (token: string) =>
        store.releaseVisit({ id: 'v1', token, terminal: 't1', at: 5 }, [evidence(token)], signal);
      expect(winners(await Promise.all([release('a'), release('b')]))).toBe(1);
      const lines = await store.evidence(signal);
      expect(lines).toHaveLength(1);
      const winner = lines[0]?.result ?? '';
      expect(await store.visitByPresence(winner, signal)).toMatchObject({
        id: 'v1',
        presence_terminal: 't1',
        released_at: 5,
      });
      expect(await store.visitByPresence(winner === 'a' ? 'b' : 'a', signal)).toBeUndefined();
    });

    it('accepts a message once: the same request again gets the first answer', async () => {
      const first = { message: message('m1'), evidence: [evidence('ok')] };
      expect(await accept(first)).toEqual({ result: 'stored', answer: '"m1"' });
      expect(await accept({ ...first, message: message('m1', 'h1', '"later"') })).toEqual({
        result: 'repeated',
        answer: '"m1"',
      });
      expect(await accept({ ...first, message: message('m1', 'h2') })).toEqual({ result: 'id-reused' });
      expect(await store.evidence(signal)).toHaveLength(1);
      expect(new Uint8Array((await store.message('m1', signal))?.signed ?? [])).toEqual(blob(1, 2, 3));
    });

    it('gives records of a patient, newest first, as many as asked for', async () => {
      for (const [id, at] of [
        ['r1', 1],
        ['r3', 3],
        ['r2', 2],
      ] as const) {
        const record = { ...head, id, pid: 'p1', visit_id: 'v1', signed: blob(at), received_at: at };
        await accept({ message: message(id), evidence: [], record });
      }
      expect((await store.recordsOf('p1', 2, signal)).map(({ id }) => id)).toEqual(['r3', 'r2']);
      expect(await store.recordsOf('p2', 2, signal)).toEqual([]);
    });

    it('takes a prescription’s id once', async () => {
      expect(await prescribe(rx('x1'))).toMatchObject({ result: 'stored' });
      expect(await prescribe({ ...rx('x1'), message_id: 'other' })).toEqual({ result: 'id-reused' });
      expect(await store.message('other', signal)).toBeUndefined();
    });

    it('has in the inbox what is designated, in time and not yet collected', async () => {
      await prescribe(rx('x1', { received_at: 2 }));
      await prescribe(rx('x2', { received_at: 1 }));
      await prescribe(rx('x3', { expires: '2026-11-20' }));
      await prescribe(rx('x4', { pharmacy: '5901200002' }));
      await prescribe(rx('x5', { used: 1 }));
      const ids = async (day: string) => (await store.inbox('5901200001', day, signal)).map((row) => row.rx_id);
      expect(await ids('2026-11-21')).toEqual(['x2', 'x1']);
      expect(await ids('2027-01-01')).toEqual([]);
    });

    it('keeps evidence in the order it came', async () => {
      await store.appendEvidence([evidence('a'), evidence('b')], signal);
      await store.appendEvidence([], signal);
      await store.appendEvidence([evidence('c')], signal);
      const lines = await store.evidence(signal);
      expect(lines.map(({ result }) => result)).toEqual(['a', 'b', 'c']);
      expect(lines.map(({ position }) => position)).toEqual([1, 2, 3]);
    });

    it('registers a member’s Q once, also when two come at once', async () => {
      const row = {
        ...head,
        q: 'q1',
        join_string: blob(1),
        proof_c: blob(2),
        proof_z: blob(3),
        signature: blob(4),
        certificate: blob(5),
        doctor_class: 1,
        status: 'active',
        joined_at: 1,
        doctor_id: 'D1',
        attestation: blob(6),
      };
      const twice = await Promise.all([
        store.saveMember(row, [1, 5], 'h1', null, signal),
        store.saveMember(row, [1, 5], 'h1', null, signal),
      ]);
      expect(twice.toSorted()).toEqual(['exists', 'stored']);
      expect(await store.member('q1', signal)).toMatchObject({ doctor_id: 'D1', status: 'active', doctor_class: 1 });
      expect(await store.member('q2', signal)).toBeUndefined();
      expect(await store.saveMember({ ...row, q: 'q0', doctor_id: 'D2' }, [3], 'h2', null, signal)).toBe('stored');
      expect(await store.activeMembers([1, 5], signal)).toEqual(['q1']);
      expect(await store.activeMembers([5, 3], signal)).toEqual(['q0', 'q1']);
      expect(await store.activeMembers([2], signal)).toEqual([]);
    });

    it('keeps a revoked doctor out, also with another card, until readmitted', async () => {
      const row = (q: string, doctor_id: string) => ({
        ...head,
        q,
        join_string: blob(1),
        proof_c: blob(2),
        proof_z: blob(3),
        signature: blob(4),
        certificate: blob(5),
        doctor_class: 1,
        status: 'active',
        joined_at: 1,
        doctor_id,
        attestation: null,
      });
      await store.saveMember(row('q1', 'D1'), [1], 'h1', null, signal);
      await store.saveMember(row('q2', 'D2'), [1], 'h2', null, signal);
      expect(await store.revokeMember('D1', 5, signal)).toBe(1);
      expect(await store.revokeMember('D1', 6, signal)).toBe(1);
      expect(await store.revokeMember('nobody', 5, signal)).toBe(0);
      expect(await store.activeMembers([1], signal)).toEqual(['q2']);
      expect(await store.saveMember(row('q3', 'D1'), [1], 'h3', null, signal)).toBe('revoked');
      expect(await store.readmitMember('D2', 7, signal)).toBe(false);
      expect(await store.readmitMember('D1', 7, signal)).toBe(true);
      expect(await store.saveMember(row('q3', 'D1'), [1], 'h3', null, signal)).toBe('stored');
      expect(await store.activeMembers([1], signal)).toEqual(['q2', 'q3']);
      const log = await store.memberLog(0, signal);
      expect(log.map(({ doctor_id, kind, hash }) => [doctor_id, kind, hash])).toEqual([
        ['D1', 'joined', 'h1'],
        ['D2', 'joined', 'h2'],
        ['D1', 'revoked', ''],
        ['D1', 'readmitted', ''],
        ['D1', 'joined', 'h3'],
      ]);
      expect(await store.memberPosition(signal)).toBe(log.at(-1)?.position);
      expect(await store.memberLog(log.at(-1)?.position ?? 0, signal)).toEqual([]);
    });

    it('publishes an epoch after another once', async () => {
      const epoch = (name: string, previous: string, not_after: number) => ({
        epoch: {
          ...head,
          name,
          previous,
          not_before: 1,
          not_after,
          issued_at: 5_000,
          members_to: 0,
          head: blob(1),
          signature: blob(2),
        },
        bundles: [{ epoch: name, doctor_class: 1, entries: blob(3) }],
        revokedCount: 0,
        erasedCount: 0,
      });
      expect(await store.saveEpoch(epoch('1.0', '', 10), signal)).toBe(true);
      const rivals = [store.saveEpoch(epoch('2.0', 'a', 20), signal), store.saveEpoch(epoch('3.0', 'a', 30), signal)];
      expect(winners(await Promise.all(rivals))).toBe(1);
      expect(await store.saveEpoch(epoch('1.0', 'b', 10), signal)).toBe(false);
      const published = await store.epochsAfter(0, 0, signal);
      expect(published.map(({ name }) => name)).toEqual(['1.0', '2.0']);
      expect(await store.epochsAfter(published[0]?.position ?? 0, 0, signal)).toHaveLength(1);
      expect((await store.epochsAfter(0, 10, signal)).map(({ name }) => name)).toEqual(['2.0']);
      expect([...((await store.bundle('2.0', 1, signal))?.entries ?? [])]).toEqual([3]);
      expect(await store.bundle('3.0', 1, signal)).toBeUndefined();
      // The newest is there whatever its age.
      expect((await store.epochsAfter(0, 99, signal)).map(({ name }) => name)).toEqual(['2.0']);
      expect((await store.epoch('1.0', signal))?.name).toBe('1.0');
      await store.keepBundles(['2.0'], signal);
      expect(await store.bundle('1.0', 1, signal)).toBeUndefined();
      expect(await store.bundle('2.0', 1, signal)).toBeDefined();
      // A head that counted another number of revoked certificates than there are is not stored.
      expect(await store.saveEpoch({ ...epoch('4.0', 'c', 40), revokedCount: 1 }, signal)).toBe(false);
    });

    it('opens a message in one case, takes an officer’s share once, and writes down every step', async () => {
      const one = (case_id: string, message_id: string, revision = 1) => ({
        ...head,
        case_id,
        revision,
        message_id,
        file: '{}',
        ordered_at: 1,
      });
      const log = (case_id: string, step: string) => ({
        ...head,
        case_id,
        message_id: 'm1',
        step,
        opener: null,
        hash: 'h',
        by: 'b',
        at: 1,
      });
      const share = { ...head, case_id: 'c1', revision: 1, opener: 2, share: blob(1), received_at: 2 };
      expect(await store.saveCase(one('c1', 'm1'), log('c1', 'ordered'), signal)).toBe('stored');
      expect(await store.saveCase(one('c1', 'm2'), log('c1', 'ordered'), signal)).toBe('case');
      expect(await store.saveCase(one('c2', 'm1'), log('c2', 'ordered'), signal)).toBe('message');
      expect(await store.saveShare(share, log('c1', 'share'), signal)).toBe(true);
      expect(await store.saveShare({ ...share, share: blob(9) }, log('c1', 'share'), signal)).toBe(false);
      expect((await store.shares('c1', 1, signal)).map((one) => [one.opener, ...one.share])).toEqual([[2, 1]]);
      await store.appendOpeningLog(log('c1', 'combined'), signal);
      expect((await store.openingLog('c1', signal)).map(({ step }) => step)).toEqual(['ordered', 'share', 'combined']);
      expect(await store.openingLog(undefined, signal)).toHaveLength(3);
      expect(await store.openingLog('c2', signal)).toEqual([]);
      expect((await store.openingCase('c1', signal))?.message_id).toBe('m1');
      expect(await store.saveCase(one('c1', 'm1', 3), log('c1', 'ordered'), signal)).toBe('case');
      expect(await store.saveCase(one('c1', 'm2', 2), log('c1', 'ordered'), signal)).toBe('case');
      expect(await store.saveCase(one('c1', 'm1', 2), log('c1', 'ordered'), signal)).toBe('stored');
      expect((await store.openingCase('c1', signal))?.revision).toBe(2);
      expect(await store.shares('c1', 2, signal)).toEqual([]);
    });

    it('keeps operator sessions', async () => {
      const row = { ...head, token: 'k', terminal: 't1', role: 'nurse', certificate_serial: 's1', expires_at: 9 };
      await store.saveOperatorSession(row, signal);
      expect(await store.operatorSession('k', signal)).toEqual(row);
      expect(await store.operatorSession('none', signal)).toBeUndefined();
    });

    it('does nothing for a caller who has gone', async () => {
      const gone = AbortSignal.abort();
      await expect(async () => store.accept({ message: message('m1'), evidence: [] }, gone)).rejects.toThrow();
      expect(await store.message('m1', signal)).toBeUndefined();
    });
  });
}
