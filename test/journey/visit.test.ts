import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import {
  at,
  checkIn,
  collect,
  DRAFT,
  leavePharmacy,
  listed,
  look,
  open,
  openHouse,
  seeDoctor,
  sign,
  WANG,
} from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

describe('an outpatient visit from card to medicine', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
  });
  afterAll(() => world.close());

  it('goes from registration over the clinic to the pharmacy', async () => {
    const checkedIn = await checkIn(world, WANG);
    expect(checkedIn.person).toEqual({ name: '王○明', birthYear: 1984, sex: 'male' });
    const opened = await open(world, WANG);
    expect(opened.visitId).toBe(checkedIn.visitId);
    expect(opened.records).toEqual([]);
    const signed = await sign(world);
    expect(signed).toMatchObject({ acknowledged: true, onCard: true });
    world.table.remove('clinic/right');
    const view = await look(world, WANG, signed.rxId);
    expect(view).toMatchObject({ state: 'ready', lines: DRAFT.lines });
    expect(at(await collect(world, signed.rxId), 'dispensed')).toMatchObject({
      acknowledged: true,
      prescription: { state: 'collected' },
    });
    expect((await world.store.prescription(signed.rxId ?? '', signal))?.used).toBe(1);
    await leavePharmacy(world);
  });

  it('shows the earlier record at the next visit, verified', async () => {
    await checkIn(world, WANG);
    const { records } = await open(world, WANG);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ verified: true, diagnoses: DRAFT.diagnoses, lines: DRAFT.lines });
    await world.station.clear({ desk: 'clinic' });
    world.table.remove('clinic/right');
  });

  it('leaves no prescription where none was written', async () => {
    const signed = await seeDoctor(world, WANG, { ...DRAFT, lines: [] });
    expect(signed).toMatchObject({ acknowledged: true, onCard: true });
    expect(signed.rxId).toBeUndefined();
  });

  it('puts ten different lines on the card and reads them again at the pharmacy', async () => {
    const codes = [
      'C08CA01',
      'A10BA02',
      'C10AA05',
      'N02BE01',
      'J01CA04',
      'R03AC02',
      'B01AC06',
      'M01AE01',
      'A02BC01',
      'C09AA05',
    ];
    const units = ['tablet', 'capsule', 'ml', 'puff', 'drop'] as const;
    const lines: VisitDraft['lines'] = codes.map((code, i) => ({
      code,
      dose: i + 0.25,
      unit: units[i % units.length] ?? 'tablet',
      timesPerDay: 1 + (i % 12),
      days: 30 - i,
    }));
    const signed = await seeDoctor(world, WANG, { ...DRAFT, lines });
    expect(signed).toMatchObject({ acknowledged: true, onCard: true });
    world.table.insert(WANG, 'pharmacy/right');
    const state = await world.until('pharmacy', ({ flow }) => flow.step === 'listed');
    expect(listed(state, signed.rxId).lines).toEqual(lines);
    const body = await world.table.cards.patientPrescriptionBody({ slot: 'pharmacy/right', rxId: signed.rxId ?? '' });
    expect(fromHex(signed.rxId ?? '').length + body.length).toBeLessThanOrEqual(4096);
    await leavePharmacy(world);
  });

  it('lets nothing cross a port that is another thing on the other side', () => {
    const { altered, crossings } = world.border;
    expect([...altered]).toEqual([]);
    for (const what of ['cards.patientStageVisit', 'cards.doctorRespond answered', 'cards.patientConsume answered'])
      expect(crossings.get(what)).toBeGreaterThan(0);
    for (const what of ['outbox.put', 'outbox.list answered', 'store.appendEvidence', 'institutionKey.agree answered'])
      expect(crossings.get(what)).toBeGreaterThan(0);
  });
});
