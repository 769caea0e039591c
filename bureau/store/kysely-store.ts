/**
 * Store over Kysely. The SQL is portable; what differs between databases stands in the file that opens them.
 * @module
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { createAgentStore, erasuresBefore, hasUseLeft, insertErasure } from './kysely-agents.ts';
import { createCardStore, inSequence, insertOrders, revokeCertificates } from './kysely-cards.ts';
import { changeFingers, confirmQuery, createEmergencyStore, insertQuery } from './kysely-emergency.ts';
import type { AcceptResult, ChallengeUse, EvidenceRow, PrescriptionChange, Store } from './store.ts';
import type { Tables } from './tables.ts';

async function insertEvidence(db: Kysely<Tables>, rows: readonly EvidenceRow[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto('evidence')
      .values([...rows])
      .execute();
}

/** False, and nothing written, when the prescription or a card has moved on since the change was decided. */
async function changePrescription(tx: Transaction<Tables>, change: PrescriptionChange): Promise<boolean> {
  const { event, phase, life, used, pharmacy, dispensing, designated, orders, warrant } = change;
  if (!(await inSequence(tx, orders))) return false;
  if (warrant !== undefined && !(await hasUseLeft(tx, warrant, dispensing?.pickup ?? ''))) return false;
  const { numUpdatedRows } = await tx
    .updateTable('prescription')
    .set({ phase, life, used, pharmacy, revision: event.revision, ...designated })
    .where('rx_id', '=', event.rx_id)
    .where('revision', '=', event.revision - 1)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tx.insertInto('prescription_event').values(event).execute();
  if (dispensing !== undefined) await tx.insertInto('dispensing').values(dispensing).execute();
  await insertOrders(tx, orders);
  return true;
}

/** Wraps an open database whose migrations have run. `scrub`: as in emergency-store.ts, by the means of this database. */
export function createKyselyStore(db: Kysely<Tables>, scrub: () => Promise<void>): Store {
  const guarded =
    <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: [...A, AbortSignal]): Promise<R> => {
      // The signal is the last argument of every method of Store; a query once started is short and runs to its end.
      (args.at(-1) as AbortSignal).throwIfAborted();
      return work(...(args.slice(0, -1) as unknown as A));
    };

  return {
    ...createCardStore(db, guarded),
    ...createAgentStore(db, guarded),
    ...createEmergencyStore(db, guarded, scrub),
    savePerson: guarded(async (row) => {
      await db.insertInto('person').values(row).execute();
    }),
    person: guarded((pid) => db.selectFrom('person').selectAll().where('pid', '=', pid).executeTakeFirst()),
    personByTag: guarded((tag) =>
      db.selectFrom('person').selectAll().where('identity_tag', '=', tag).executeTakeFirst(),
    ),
    saveCertificates: guarded(async (rows) => {
      await db
        .insertInto('certificate')
        .values([...rows])
        .execute();
    }),
    certificate: guarded((serial) =>
      db.selectFrom('certificate').selectAll().where('serial', '=', serial).executeTakeFirst(),
    ),
    certificatesOf: guarded((pid, type) =>
      db
        .selectFrom('certificate')
        .selectAll()
        .where('pid', '=', pid)
        .where('type', '=', type)
        .orderBy('issued_at', 'desc')
        .execute(),
    ),
    setPaidUntil: guarded(async (pid, day) => {
      const result = await db.updateTable('person').set({ paid_until: day }).where('pid', '=', pid).executeTakeFirst();
      return result.numUpdatedRows > 0n;
    }),
    revokeCertificate: guarded((serial, at) =>
      db.transaction().execute(async (tx) => (await revokeCertificates(tx, [serial], at)) > 0n),
    ),
    revokedCertificates: guarded(() =>
      db.selectFrom('certificate').selectAll().where('revoked_at', 'is not', null).execute(),
    ),
    saveChallenge: guarded(async (row) => {
      await db.insertInto('challenge').values(row).execute();
    }),
    useChallenge: guarded(
      (use): Promise<ChallengeUse> =>
        db.transaction().execute(async (tx) => {
          const row = await tx
            .selectFrom('challenge')
            .selectAll()
            .where('challenge', '=', use.challenge)
            .executeTakeFirst();
          if (
            row === undefined ||
            row.type !== use.type ||
            row.terminal !== use.terminal ||
            row.subject !== use.subject
          )
            return 'stale';
          if (row.used_at !== null) return 'used';
          if (row.expires_at < use.now) return 'stale';
          await tx.updateTable('challenge').set({ used_at: use.now }).where('challenge', '=', use.challenge).execute();
          return 'ok';
        }),
    ),
    saveOperatorSession: guarded(async (row) => {
      await db.insertInto('operator_session').values(row).execute();
    }),
    operatorSession: guarded((token) =>
      db.selectFrom('operator_session').selectAll().where('token', '=', token).executeTakeFirst(),
    ),
    openVisit: guarded((row) =>
      db.transaction().execute(async (tx) => {
        const { last } = await tx
          .selectFrom('visit')
          .select(sql<number>`coalesce(max(queue_number), 0)`.as('last'))
          .where('institution', '=', row.institution)
          .where('day', '=', row.day)
          .executeTakeFirstOrThrow();
        const visit = { ...row, queue_number: last + 1 };
        await tx.insertInto('visit').values(visit).execute();
        return visit;
      }),
    ),
    visit: guarded((id) => db.selectFrom('visit').selectAll().where('id', '=', id).executeTakeFirst()),
    latestVisit: guarded(async (pid, institution) => {
      const visits = db.selectFrom('visit').selectAll().where('pid', '=', pid).orderBy('opened_at', 'desc').limit(1);
      return (
        (await visits.where('institution', '=', institution).executeTakeFirst()) ?? (await visits.executeTakeFirst())
      );
    }),
    visitByPresence: guarded((token) =>
      db.selectFrom('visit').selectAll().where('presence_token', '=', token).executeTakeFirst(),
    ),
    releaseVisit: guarded((release, evidence) =>
      db.transaction().execute(async (tx) => {
        const result = await tx
          .updateTable('visit')
          .set({ released_at: release.at, presence_token: release.token, presence_terminal: release.terminal })
          .where('id', '=', release.id)
          .where('released_at', 'is', null)
          .executeTakeFirst();
        if (result.numUpdatedRows === 0n) return false;
        await insertEvidence(tx, evidence);
        return true;
      }),
    ),
    message: guarded((id) => db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst()),
    accept: guarded(
      (acceptance): Promise<AcceptResult> =>
        db.transaction().execute(async (tx) => {
          const { message, evidence, record, prescription, change, approval, erasure } = acceptance;
          const { fingers, query, confirmation } = acceptance;
          const earlier = await tx.selectFrom('message').selectAll().where('id', '=', message.id).executeTakeFirst();
          if (earlier !== undefined) {
            return earlier.request_hash === message.request_hash
              ? { result: 'repeated', answer: earlier.answer }
              : { result: 'id-reused' };
          }
          if (prescription !== undefined) {
            const known = await tx
              .selectFrom('prescription')
              .select('rx_id')
              .where('rx_id', '=', prescription.rx_id)
              .executeTakeFirst();
            if (known !== undefined) return { result: 'id-reused' };
            await tx.insertInto('prescription').values(prescription).execute();
          }
          if (change !== undefined && !(await changePrescription(tx, change))) return { result: 'changed' };
          if (erasure !== undefined && !(await insertErasure(tx, erasure))) return { result: 'changed' };
          if (fingers !== undefined && !(await changeFingers(tx, fingers))) return { result: 'changed' };
          if (query !== undefined && !(await insertQuery(tx, query))) return { result: 'changed' };
          if (confirmation !== undefined && !(await confirmQuery(tx, confirmation))) return { result: 'changed' };
          if (approval !== undefined) await tx.insertInto('agent_approval').values(approval).execute();
          if (record !== undefined) await tx.insertInto('clinical_record').values(record).execute();
          await tx.insertInto('message').values(message).execute();
          await insertEvidence(tx, evidence);
          return { result: 'stored', answer: message.answer };
        }),
    ),
    recordsOf: guarded((pid, limit) =>
      db
        .selectFrom('clinical_record')
        .selectAll()
        .where('pid', '=', pid)
        .orderBy('received_at', 'desc')
        .limit(limit)
        .execute(),
    ),
    prescription: guarded((rxId) =>
      db.selectFrom('prescription').selectAll().where('rx_id', '=', rxId).executeTakeFirst(),
    ),
    changePrescription: guarded((change) => db.transaction().execute((tx) => changePrescription(tx, change))),
    prescriptionEvents: guarded((rxId) =>
      db.selectFrom('prescription_event').selectAll().where('rx_id', '=', rxId).orderBy('revision').execute(),
    ),
    dispensings: guarded((rxId) =>
      db.selectFrom('dispensing').selectAll().where('rx_id', '=', rxId).orderBy('position').execute(),
    ),
    inbox: guarded((pharmacy, today) =>
      db
        .selectFrom('prescription')
        .selectAll()
        .where('pharmacy', '=', pharmacy)
        .where('expires', '>=', today)
        .where('phase', '!=', 'cancelled')
        .whereRef('used', '<', 'parts')
        .orderBy('received_at')
        .execute(),
    ),
    appendEvidence: guarded((rows) => insertEvidence(db, rows)),
    evidence: guarded(() => db.selectFrom('evidence').selectAll().orderBy('position').execute()),
    saveMember: guarded((row, classes, hash, card) =>
      db.transaction().execute(async (tx): Promise<'stored' | 'exists' | 'revoked'> => {
        const out = await tx
          .selectFrom('group_member')
          .select('q')
          .where('doctor_id', '=', row.doctor_id ?? '')
          .where('status', '=', 'revoked')
          .executeTakeFirst();
        if (out !== undefined) return 'revoked';
        const result = await tx
          .insertInto('group_member')
          .values(row)
          .onConflict((conflict) => conflict.column('q').doNothing())
          .executeTakeFirst();
        if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return 'exists';
        await tx
          .insertInto('member_class')
          .values(classes.map((doctor_class) => ({ q: row.q, doctor_class })))
          .execute();
        await tx
          .insertInto('member_log')
          .values({ doctor_id: row.doctor_id, kind: 'joined', hash, at: row.joined_at })
          .execute();
        if (card !== null) await tx.updateTable('card').set({ member: row.q }).where('serial', '=', card).execute();
        return 'stored';
      }),
    ),
    member: guarded((q) => db.selectFrom('group_member').selectAll().where('q', '=', q).executeTakeFirst()),
    activeMembers: guarded(async (classes) => {
      const rows = await db
        .selectFrom('member_class')
        .innerJoin('group_member', 'group_member.q', 'member_class.q')
        .select('group_member.q')
        .distinct()
        .where('member_class.doctor_class', 'in', [...classes])
        .where('group_member.status', '=', 'active')
        .orderBy('group_member.q')
        .execute();
      return rows.map(({ q }) => q);
    }),
    memberLog: guarded((after) =>
      db.selectFrom('member_log').selectAll().where('position', '>', after).orderBy('position').execute(),
    ),
    memberPosition: guarded(async () => {
      const row = await db
        .selectFrom('member_log')
        .select(({ fn }) => fn.max('position').as('newest'))
        .executeTakeFirst();
      return Number(row?.newest ?? 0);
    }),
    revokeMember: guarded((doctorId, at) =>
      db.transaction().execute(async (tx) => {
        const mine = await tx.selectFrom('group_member').select('status').where('doctor_id', '=', doctorId).execute();
        const isIn = (status: string): boolean => status === 'active' || status === 'held';
        if (mine.some(({ status }) => isIn(status))) {
          await tx
            .updateTable('group_member')
            .set({ status: 'revoked' })
            .where('doctor_id', '=', doctorId)
            .where('status', 'in', ['active', 'held'])
            .execute();
          await tx.insertInto('member_log').values({ doctor_id: doctorId, kind: 'revoked', hash: '', at }).execute();
        }
        return mine.length;
      }),
    ),
    readmitMember: guarded((doctorId, at) =>
      db.transaction().execute(async (tx) => {
        const result = await tx
          .updateTable('group_member')
          .set({ status: 'replaced' })
          .where('doctor_id', '=', doctorId)
          .where('status', '=', 'revoked')
          .executeTakeFirst();
        if (result.numUpdatedRows === 0n) return false;
        await tx.insertInto('member_log').values({ doctor_id: doctorId, kind: 'readmitted', hash: '', at }).execute();
        return true;
      }),
    ),
    setMemberClasses: guarded((doctorId, classes, at) =>
      db.transaction().execute(async (tx) => {
        const mine = await tx
          .selectFrom('group_member')
          .select('q')
          .where('doctor_id', '=', doctorId)
          .where('status', 'in', ['active', 'held'])
          .execute();
        if (mine.length === 0) return 0;
        const qs = mine.map(({ q }) => q);
        await tx.deleteFrom('member_class').where('q', 'in', qs).execute();
        await tx
          .insertInto('member_class')
          .values(qs.flatMap((q) => classes.map((doctor_class) => ({ q, doctor_class }))))
          .execute();
        await tx.updateTable('group_member').set({ doctor_class: classes[0] }).where('q', 'in', qs).execute();
        await tx.insertInto('member_log').values({ doctor_id: doctorId, kind: 'classes', hash: '', at }).execute();
        return mine.length;
      }),
    ),
    epochsAfter: guarded((position, endingAfter) =>
      db
        .selectFrom('epoch')
        .selectAll()
        .where('position', '>', position)
        // From the first that has not ended on: a chain without gaps, though one that was replaced may end after its successor.
        .where('position', '>=', (from) =>
          from
            .selectFrom('epoch')
            .select(
              sql<number>`coalesce(min(case when not_after > ${endingAfter} then position end), max(position))`.as(
                'first',
              ),
            ),
        )
        .orderBy('position')
        .execute(),
    ),
    epoch: guarded((name) => db.selectFrom('epoch').selectAll().where('name', '=', name).executeTakeFirst()),
    saveEpoch: guarded(({ epoch, bundles, revokedCount, erasedCount }) =>
      db.transaction().execute(async (tx) => {
        const second = Math.floor(epoch.issued_at / 1000);
        const counted = await tx
          .selectFrom('certificate')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('revoked_at', '<', second * 1000)
          .where((is) => is.or([is('hold', 'is', null), is('hold', '=', 'held')]))
          .executeTakeFirstOrThrow();
        if (Number(counted.count) !== revokedCount) return false;
        if ((await erasuresBefore(tx, epoch.issued_at)) !== erasedCount) return false;
        const result = await tx
          .insertInto('epoch')
          .values(epoch)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
        await tx
          .updateTable('certificate')
          .set({ revoked_at: null, hold: null })
          .where('hold', '=', 'resumed')
          .execute();
        for (const bundle of bundles) await tx.insertInto('bundle').values(bundle).execute();
        return true;
      }),
    ),
    bundle: guarded((epoch, doctorClass) =>
      db
        .selectFrom('bundle')
        .selectAll()
        .where('epoch', '=', epoch)
        .where('doctor_class', '=', doctorClass)
        .executeTakeFirst(),
    ),
    keepBundles: guarded(async (epochs) => {
      await db
        .deleteFrom('bundle')
        .where('epoch', 'not in', [...epochs])
        .execute();
    }),
    saveCase: guarded((row, log) =>
      db.transaction().execute(async (tx): Promise<'stored' | 'case' | 'message'> => {
        const known = await tx
          .selectFrom('opening_case')
          .select(['case_id', 'message_id', 'revision'])
          .where((is) => is.or([is('case_id', '=', row.case_id), is('message_id', '=', row.message_id)]))
          .execute();
        if (known.some((one) => one.case_id !== row.case_id)) return 'message';
        const newest = Math.max(0, ...known.map(({ revision }) => revision));
        if (row.revision !== newest + 1 || known.some((one) => one.message_id !== row.message_id)) return 'case';
        await tx.insertInto('opening_case').values(row).execute();
        await tx.insertInto('opening_log').values(log).execute();
        return 'stored';
      }),
    ),
    openingCase: guarded((caseId) =>
      db
        .selectFrom('opening_case')
        .selectAll()
        .where('case_id', '=', caseId)
        .orderBy('revision', 'desc')
        .executeTakeFirst(),
    ),
    saveShare: guarded((row, log) =>
      db.transaction().execute(async (tx) => {
        const result = await tx
          .insertInto('opening_share')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
        await tx.insertInto('opening_log').values(log).execute();
        return true;
      }),
    ),
    shares: guarded((caseId, revision) =>
      db
        .selectFrom('opening_share')
        .selectAll()
        .where('case_id', '=', caseId)
        .where('revision', '=', revision)
        .orderBy('opener')
        .execute(),
    ),
    appendOpeningLog: guarded(async (row) => {
      await db.insertInto('opening_log').values(row).execute();
    }),
    openingLog: guarded((caseId) => {
      const rows = db.selectFrom('opening_log').selectAll().orderBy('position');
      return (caseId === undefined ? rows : rows.where('case_id', '=', caseId)).execute();
    }),
    close: () => db.destroy(),
  };
}
