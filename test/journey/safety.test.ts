/**
 * Safety at the clinic, from one visit to the next: an allergy comes back by card and by bureau, and a reason given against a finding is in
 * the signed record.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import type { AllergyDraft } from '../../contract/safety.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { EXAMPLE_SAFETY_TABLE } from '../../main/app/read-safety-table.ts';
import { parseSafetyTable } from '../../record/safety-table.ts';
import { readVisitRecord } from '../../record/visit-documents.ts';
import { at, CHEN, checkIn, codeOf, doctorIn, LEE, open, pinOf, refusalIn, sign, signOn, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const table = parseSafetyTable(new Uint8Array(readFileSync(EXAMPLE_SAFETY_TABLE)));
const PENICILLINS: AllergyDraft = { substance: { kind: 'class', code: 'penicillins' }, criticality: 'high' };
const PEANUTS: AllergyDraft = { substance: { kind: 'text', code: '花生' }, criticality: 'low' };

const draftOf = (codes: readonly string[], more: Partial<VisitDraft> = {}): VisitDraft => ({
  diagnoses: ['I10'],
  note: '',
  lines: codes.map((code) => ({ code, dose: 1, unit: 'tablet', timesPerDay: 1, days: 14 })),
  pharmacy: '5901010012',
  ...more,
});

describe('safety at the clinic', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ safetyTable: table });
    await signOn(world, 'registration', 'staff-registrar');
    await doctorIn(world);
  });
  afterAll(() => world.close());
  afterEach(async () => {
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
  });

  const arrive = async (card: string) => {
    await checkIn(world, card);
    return open(world, card);
  };
  const review = async (draft: VisitDraft) => {
    const state = await world.station.reviewVisit({ desk: 'clinic', draft });
    if (state.desk !== 'clinic') throw new Error('another desk answered');
    return at(state, 'opened').review;
  };
  const trySigning = async (draft: VisitDraft, pin: number[] = pinOf(LEE)) => {
    const state = await world.station.signVisit({ desk: 'clinic', pin, draft });
    if (state.desk !== 'clinic') throw new Error('another desk answered');
    return state.flow;
  };
  /** What the newest records of a patient say, as the bureau keeps them. */
  const recordsOf = async (visitId: string) => {
    const pid = (await world.store.visit(visitId, signal))?.pid ?? '';
    const rows = await world.store.recordsOf(pid, 10, signal);
    return rows.map(({ signed }) => readVisitRecord(parseSignedMessage(signed).content));
  };

  it('says which table is loaded, and offers its allergens', async () => {
    const { safetyTable, allergens } = await world.station.describe({});
    expect(safetyTable).toMatchObject({ edition: 'example-1', licence: 'CC0-1.0' });
    expect(allergens).toContainEqual({ code: 'penicillins', zh: '青黴素類', en: 'Penicillins' });
  });

  it('keeps an allergy on the card and at the bureau, and shows both at the next visit', async () => {
    const first = await arrive(WANG);
    expect(first.allergies).toEqual([]);
    expect(await review(draftOf([], { allergies: [PENICILLINS, PEANUTS] }))).toMatchObject({
      findings: [],
      unchecked: [PEANUTS.substance],
    });
    const signed = await sign(world, draftOf([], { allergies: [PENICILLINS, PEANUTS] }));
    expect(signed).toMatchObject({ acknowledged: true, onCard: true });
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });

    const { allergies, records } = await arrive(WANG);
    expect(records).toMatchObject([{ verified: true }]);
    expect(allergies).toMatchObject([
      { ...PENICILLINS, onCard: 'high', atBureau: 'high', confirmed: true },
      { ...PEANUTS, onCard: 'low', atBureau: 'low', confirmed: true },
    ]);
  });

  it('wants a reason before a PIN, and signs it with the record', async () => {
    const { visitId } = await arrive(WANG);
    const draft = draftOf(['J01CA04', 'N02BE01']);
    const found = await review(draft);
    expect(found).toMatchObject({
      draft,
      findings: [
        { kind: 'allergy', severity: 'contraindicated', codes: ['J01CA04'], substance: PENICILLINS.substance },
      ],
      unchecked: [PEANUTS.substance],
      table: { edition: 'example-1' },
    });
    const id = found?.findings[0]?.id ?? '';
    // A wrong PIN is not even tried: the doctor's card keeps all its tries.
    const wrong = await trySigning(draft, [0, 0, 0, 0, 0, 0]);
    expect(refusalIn(wrong)).toBe('SAFETY_UNANSWERED');
    expect(wrong).toMatchObject({ step: 'opened', review: { findings: [{ id }] } });
    const stray = { finding: 'interaction:B01AA03+M01A', reason: '無關' };
    const answer = { finding: id, reason: '已做皮膚試驗，陰性' };
    for (const overrides of [
      [answer, stray],
      [answer, answer],
    ])
      expect(refusalIn(await trySigning({ ...draft, overrides }))).toBe('SAFETY_OVERRIDE_UNKNOWN');
    expect(await sign(world, { ...draft, overrides: [answer] })).toMatchObject({ acknowledged: true, onCard: true });

    const [newest] = await recordsOf(visitId);
    expect(newest?.issues).toEqual([
      {
        code: 'ALGY',
        severity: 'high',
        medications: ['J01CA04'],
        substance: PENICILLINS.substance,
        reason: '已做皮膚試驗，陰性',
      },
    ]);
    // What was known is stated again, so that it stays among the recent records.
    expect(newest?.allergies.map(({ substance }) => substance)).toEqual([PENICILLINS.substance, PEANUTS.substance]);
  });

  it('counts therapy from before, shown before it can be signed even where no reason is wanted', async () => {
    const { records } = await arrive(WANG);
    // The signature over the record with the reason holds at the next visit.
    expect(records[0]).toMatchObject({ verified: true, lines: [{ code: 'J01CA04' }, { code: 'N02BE01' }] });
    const duplicate = draftOf(['N02BE01']);
    expect((await review(duplicate))?.findings).toMatchObject([
      { id: 'duplicate:N02BE01', severity: 'serious', earlier: true },
    ]);
    // Another draft than the one that was shown: what is moderate has not been seen yet.
    const moderate = draftOf(['C10AA01', 'C08CA01']);
    expect(refusalIn(await trySigning(moderate))).toBe('SAFETY_UNANSWERED');
    expect(at(await world.state('clinic'), 'opened').review?.findings).toMatchObject([
      { id: 'interaction:C08CA01+C10AA01', severity: 'moderate', earlier: false },
    ]);
    expect(await sign(world, moderate)).toMatchObject({ acknowledged: true });
  });

  it('shows where the sources disagree: a card restored from before knows less than the bureau', async () => {
    const before = world.table.copy(CHEN);
    await arrive(CHEN);
    await sign(world, draftOf([], { allergies: [PENICILLINS] }));
    world.table.restore(CHEN, before);
    const { allergies } = await arrive(CHEN);
    expect(allergies).toMatchObject([{ ...PENICILLINS, atBureau: 'high' }]);
    expect(allergies[0]).not.toHaveProperty('onCard');
    // The visit puts it on the card again, beside what is new.
    await sign(world, draftOf([], { allergies: [PEANUTS] }));
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    expect((await arrive(CHEN)).allergies).toMatchObject([{ onCard: 'high' }, { onCard: 'low', atBureau: 'low' }]);
  });

  it('says when the card has no room, and signs all the same', async () => {
    await arrive(CHEN);
    const many = Array.from(
      { length: 10 },
      (_, i): AllergyDraft => ({ substance: { kind: 'text', code: `食物 ${i}` }, criticality: 'low' }),
    );
    expect(await review(draftOf([], { allergies: many }))).toMatchObject({ notOnCard: 2 });
    expect(await sign(world, draftOf([], { allergies: many }))).toMatchObject({ acknowledged: true, onCard: true });
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
    const { allergies } = await arrive(CHEN);
    expect(allergies.filter(({ onCard }) => onCard !== undefined)).toHaveLength(10);
    expect(allergies.filter(({ atBureau }) => atBureau !== undefined)).toHaveLength(12);
  });

  it('reviews nothing where no visit is open, and at no other desk', async () => {
    expect(await codeOf(world.station.reviewVisit({ desk: 'clinic', draft: draftOf([]) }))).toBe('STEP_OUT_OF_ORDER');
    expect(await codeOf(world.station.reviewVisit({ desk: 'pharmacy', draft: draftOf([]) }))).toBe('STEP_OUT_OF_ORDER');
  });
});
