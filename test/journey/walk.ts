/**
 * The visit as people walk it, step by step. Every step checks that it arrived where it should and answers what the screen shows.
 * @module
 */
import { expect } from 'vitest';
import type { KnownCard } from '../../contract/card-service.ts';
import type { VisitDraft } from '../../contract/clinic-desk.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { PharmacyFlow, PrescriptionView } from '../../contract/pharmacy-desk.ts';
import type { Desk, DeskState } from '../../contract/station.ts';
import { CLERK, DOCTORS, digitsOfPin, PATIENTS, PHARMACY, STAFF } from '../../main/app/demonstration.ts';
import type { StateOf, StationUnderTest } from './station-under-test.ts';
import type { World } from './world.ts';

export const WANG = 'patient-wang';
export const CHEN = 'patient-chen';
export const LEE = 'doctor-lee';

const PINS = new Map([...PATIENTS, ...DOCTORS, ...STAFF, CLERK].map(({ id, pin }) => [id, pin]));

/** A fresh array of a card's PIN digits. */
export const pinOf = (card: string): number[] => digitsOfPin(PINS.get(card) ?? '');

/** A PIN that is wrong for every card. */
export const wrongPin = (): number[] => digitsOfPin('000000');

export const DRAFT: VisitDraft = {
  diagnoses: ['I10', 'E11.9'],
  note: '',
  lines: [
    { code: 'C08CA01', dose: 1, unit: 'tablet', timesPerDay: 1, days: 28 },
    { code: 'A10BA02', dose: 1, unit: 'tablet', timesPerDay: 2, days: 28 },
  ],
  pharmacy: PHARMACY,
};

/** True once nothing is being read and no work is running. */
export const settled = ({ slots, flow }: DeskState): boolean =>
  slots.every(({ state }) => state !== 'reading') && flow.step !== 'working';

/** True once the slot holds a recognised card, or none. */
export const ready =
  (slot: string, kind: KnownCard) =>
  ({ slots }: DeskState): boolean =>
    slots.some((view) => view.slot === slot && view.state === 'ready' && view.kind === kind);

/** The flow of a desk, which must be at this step. */
export function at<F extends { readonly step: string }, S extends F['step']>(
  state: { readonly flow: F },
  step: S,
): Extract<F, { readonly step: S }> {
  if (state.flow.step !== step) throw new Error(`expected ${step}, got ${JSON.stringify(state)}`);
  // `step` is the discriminant of the union, compared just above.
  return state.flow as Extract<F, { readonly step: S }>;
}

/** Code under which a flow refuses; undefined when it does not. */
export function refusalIn(flow: DeskState['flow']): ErrorCode | undefined {
  return 'refusal' in flow ? flow.refusal?.code : undefined;
}

/** Code with which an intent is refused outright. */
export async function codeOf(intent: Promise<unknown>): Promise<unknown> {
  return intent.then(
    () => 'accepted',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );
}

/** A member of staff signs on in the left slot of a desk. */
export async function signOn(
  world: World,
  desk: 'registration' | 'pharmacy',
  card: string,
  where: { readonly station: StationUnderTest; readonly slots: string } = { station: world, slots: desk },
): Promise<void> {
  const slot = `${where.slots}/left`;
  world.table.insert(card, slot);
  await where.station.until(desk, ready(slot, 'staff'));
  const state = await where.station.station.signOn({ desk, pin: pinOf(card) });
  expect(state.operator?.role).toBe(desk === 'registration' ? 'registrar' : 'pharmacist');
}

/** Registrar and pharmacist sign on, the doctor sits down. */
export async function openHouse(world: World): Promise<void> {
  await signOn(world, 'registration', 'staff-registrar');
  await signOn(world, 'pharmacy', 'staff-pharmacist');
  await doctorIn(world);
}

export async function doctorIn(world: World, card: string = LEE): Promise<void> {
  world.table.insert(card, 'clinic/left');
  await world.until('clinic', ready('clinic/left', 'doctor'));
}

/** The patient's card into the right slot of a desk, until it was recognised and what starts by itself has ended. */
export async function patientIn<D extends Desk>(world: World, desk: D, card: string): Promise<StateOf<D>> {
  const slot = `${desk}/right`;
  world.table.insert(card, slot);
  await world.until(desk, ready(slot, 'patient'));
  return world.until(desk, settled);
}

/** Eq 6 and 7; the card is taken out again. */
export async function checkIn(world: World, card: string) {
  world.table.insert(card, 'registration/right');
  const state = await world.until('registration', (now) => settled(now) && now.flow.step !== 'idle');
  const flow = at(state, 'checked-in');
  world.table.remove('registration/right');
  await world.station.clear({ desk: 'registration' });
  return flow;
}

/** Eq 7 and 8; both cards stay in. */
export async function open(world: World, card: string) {
  await patientIn(world, 'clinic', card);
  const state = await world.station.openVisit({ desk: 'clinic', pin: pinOf(LEE) });
  if (state.desk !== 'clinic') throw new Error('another desk answered');
  return at(state, 'opened');
}

/** Eq 9 to 11; the cards stay in. */
export async function sign(world: World, draft: VisitDraft = DRAFT) {
  const state = await world.station.signVisit({ desk: 'clinic', pin: pinOf(LEE), draft });
  if (state.desk !== 'clinic') throw new Error('another desk answered');
  return at(state, 'signed');
}

/** From the door to the prescription; the patient's card is taken out, the clinic cleared. */
export async function seeDoctor(world: World, card: string, draft: VisitDraft = DRAFT) {
  await checkIn(world, card);
  await open(world, card);
  const signed = await sign(world, draft);
  world.table.remove('clinic/right');
  await world.station.clear({ desk: 'clinic' });
  return signed;
}

/** Eq 16: what the pharmacy lists of a prescription; the card stays in. */
export async function look(world: World, card: string, rxId: string | undefined): Promise<PrescriptionView> {
  const state = await patientIn(world, 'pharmacy', card);
  return listed(await world.until('pharmacy', (now) => settled(now) && now.flow.step !== 'idle'), rxId, state);
}

/** One prescription of a listed flow. */
export function listed(
  state: { readonly flow: PharmacyFlow },
  rxId: string | undefined,
  ..._context: readonly unknown[]
): PrescriptionView {
  const view = at(state, 'listed').prescriptions.find((one) => one.rxId === rxId);
  if (view === undefined) throw new Error(`not listed: ${JSON.stringify(state.flow)}`);
  return view;
}

/** Eq 17. */
export async function collect(world: World, rxId: string | undefined): Promise<StateOf<'pharmacy'>> {
  const state = await world.station.dispense({ desk: 'pharmacy', rxId: rxId ?? '' });
  if (state.desk !== 'pharmacy') throw new Error('another desk answered');
  return state;
}

/** The patient takes the card and goes; the pharmacist clears. */
export async function leavePharmacy(world: World): Promise<void> {
  world.table.remove('pharmacy/right');
  await world.station.clear({ desk: 'pharmacy' });
}
