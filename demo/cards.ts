/**
 * The life of a card: issued, used, blocked, unblocked, suspended, replaced, renewed. Four processes over mutual TLS and real pcscd, as in
 * `outpatient`; every step checks what it says.
 *
 *   npm run demo -- cards [--json]
 * @module
 */
import { DatabaseSync } from 'node:sqlite';
import type { SoftwareCard } from '../card/simulator/card-os.ts';
import type { DeskState } from '../contract/station.ts';
import { fromBase64 } from '../crypto/envelope/base64.ts';
import { revokeDoctor } from '../main/app/administer-bureau.ts';
import { bureauFiles } from '../main/app/bureau-files.ts';
import {
  DOCTORS,
  digitsOfPin,
  issueDemoDoctor,
  issueDemoPatient,
  issueDemoStaff,
  PATIENTS,
  PHARMACY,
  STAFF,
  worldFolders,
} from '../main/app/demonstration.ts';
import { loadDesk } from '../main/app/desk-folder.ts';
import { systemClock } from '../main/app/system-clock.ts';
import { createCardOffice } from '../main/station/card-office.ts';
import { createBureauClient } from '../nhi-client/bureau-client.ts';
import { insideCardRoom, moveIntoCardRoom } from '../test/harness/card-room.ts';
import { blankCards } from '../test/harness/desk-world.ts';
import { createOutpatientWorld, type ReaderName, type VisitDesk } from '../test/harness/outpatient-world.ts';
import { openWorldIssuing } from '../test/harness/world-issuing.ts';
import { createNarrator } from './steps.ts';

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));

const json = process.argv.includes('--json');
const { run, breakOff, finish } = createNarrator(json);
const { signal } = new AbortController();
const PUK = '13572468';
const [NEW_PIN, WRONG_PIN] = ['909090', '000000'];
const DAY = 86_400_000;

/** Refuses to go on unless what is said holds. */
function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
/** The error a call must end with; what it says of the tries left comes with it. */
async function refused(code: string, call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'accepted',
    (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : cause),
  );
  must(outcome === code, `expected ${code}, got ${String(outcome)}`);
  return code;
}
const settled = (state: DeskState): boolean => state.flow.step !== 'idle' && state.flow.step !== 'working';
const ready =
  (kind: string) =>
  (state: DeskState): boolean =>
    state.slots.some((slot) => slot.state === 'ready' && slot.kind === kind);
const checkedIn = (state: DeskState) => {
  must(state.desk === 'registration' && state.flow.step === 'checked-in', `not checked in: ${JSON.stringify(state)}`);
  return state.flow;
};
const stopped = (state: DeskState): string => {
  const code = 'refusal' in state.flow ? state.flow.refusal?.code : undefined;
  must(code === 'CARD_BLOCKED', `expected CARD_BLOCKED, got ${JSON.stringify(state.flow)}`);
  return code;
};

const none = (): string => '';
const world = await run('bureau, three desks and pcscd are up', '', createOutpatientWorld, none);
const folders = worldFolders(world.dir);
const bureau = createBureauClient({ url: world.bureau().url, tls: (await loadDesk(folders.issuing)).tls });
try {
  const blank = await blankCards();
  const [demoPatient, demoDoctor, demoRegistrar, demoPharmacist] = [PATIENTS[0], DOCTORS[0], STAFF[0], STAFF[1]];
  must(demoPatient !== undefined, 'the demonstration has no patient');
  const { desk, cards, issue, close } = await run(
    'the clerk signs on',
    '',
    () => openWorldIssuing(world, blank.staff()),
    none,
  );
  const office = createCardOffice({ bureau, operator: desk.operator() });
  const issuePatient = (card: SoftwareCard): Promise<{ pid: string; serial: string }> =>
    issue(card, async (slot) => {
      const pid = await issueDemoPatient(world.dir, desk, slot, demoPatient, digitsOfPin(PUK));
      const { serial } = await cards.cardOrders({ slot }, signal);
      return { pid, serial };
    });
  const card = blank.patient();
  const first = await run(
    'issue: a patient card, keys born on it',
    '1, 2',
    () => issuePatient(card),
    ({ serial }) => `card ${serial.slice(0, 8)}...`,
  );
  const [doctor, registrar, pharmacist] = [blank.doctor(), blank.staff(), blank.staff()];
  await run(
    'issue: a doctor, a registrar, a pharmacist',
    '3, 4',
    async () => {
      await issue(doctor, (slot) => issueDemoDoctor(world.dir, desk, slot, demoDoctor));
      await issue(registrar, (slot) => issueDemoStaff(desk, slot, demoRegistrar));
      await issue(pharmacist, (slot) => issueDemoStaff(desk, slot, demoPharmacist));
    },
    none,
  );

  /** A patient's card comes to a desk; what the desk makes of it by itself. The card goes and the screen is cleared. */
  const visit = async (desk: VisitDesk, reader: ReaderName, which: SoftwareCard): Promise<DeskState> => {
    await world.insert(which, reader, 1);
    const state = await world.until(desk, settled);
    await world.remove(which);
    await world.stations[desk].api.clear({ desk });
    return state;
  };
  const checkIn = (which: SoftwareCard): Promise<DeskState> => visit('registration', 'Registration', which);
  const { registration, clinic, pharmacy } = world.stations;
  await world.insert(registrar, 'Registration', 0);
  await world.insert(pharmacist, 'Pharmacy', 0);
  await world.insert(doctor, 'Clinic', 0);
  await world.until('registration', ready('staff'));
  await world.until('pharmacy', ready('staff'));
  await registration.api.signOn({ desk: 'registration', pin: digitsOfPin(demoRegistrar.pin) });
  await pharmacy.api.signOn({ desk: 'pharmacy', pin: digitsOfPin(demoPharmacist.pin) });
  await run(
    'use: checked in through the secure channel',
    '6, 7',
    async () => checkedIn(await checkIn(card)),
    (flow) => `number ${flow.queueNumber}, card until ${flow.cardExpires}`,
  );

  const verify = (slot: string, pin: string): Promise<unknown> =>
    cards.patientVerifyPin({ slot, pin: digitsOfPin(pin) }, signal);
  await run(
    'block: three wrong PINs, then the right one',
    '',
    () =>
      issue(card, async (slot) => {
        for (const code of ['PIN_WRONG', 'PIN_WRONG', 'PIN_BLOCKED']) await refused(code, verify(slot, WRONG_PIN));
        return refused('PIN_BLOCKED', verify(slot, demoPatient.pin));
      }),
    (code) => code,
  );
  await run(
    'unblock: a wrong PUK counts, the right one helps',
    '',
    () =>
      issue(card, async (slot) => {
        const next = (): number[] => digitsOfPin(demoPatient.pin);
        await refused('PIN_WRONG', cards.unblockPin({ slot, puk: digitsOfPin('00000000'), next: next() }, signal));
        await cards.unblockPin({ slot, puk: digitsOfPin(PUK), next: next() }, signal);
        await verify(slot, demoPatient.pin);
      }),
    none,
  );
  await run(
    'change the PIN: the old one is wrong from now on',
    '',
    () =>
      issue(card, async (slot) => {
        await cards.changePin({ slot, pin: digitsOfPin(demoPatient.pin), next: digitsOfPin(NEW_PIN) }, signal);
        await verify(slot, NEW_PIN);
        return refused('PIN_WRONG', verify(slot, demoPatient.pin));
      }),
    (code) => code,
  );

  await run(
    'suspend: the card itself stops',
    '',
    async () => {
      await office.suspend(first.serial, 'mislaid', signal);
      return stopped(await checkIn(card));
    },
    (code) => code,
  );
  await run(
    'resume: found again, checked in again',
    '',
    async () => {
      await office.resume(first.serial, 'found', signal);
      return checkedIn(await checkIn(card));
    },
    none,
  );
  await run(
    'the bureau’s orders replayed',
    '',
    () =>
      issue(card, async (slot) => {
        const { orders } = await bureau.cardOrders({ body: { serial: first.serial, last: 0 } }, signal);
        must(orders.length === 2, `${orders.length} orders, not block and unblock`);
        for (const order of orders)
          await refused('CARD_REFUSED', cards.cardOrder({ slot, order: fromBase64(order) }, signal));
        const { last } = await cards.cardOrders({ slot }, signal);
        must(last === 2, `the card counts ${last} orders`);
      }),
    () => 'block and unblock again: both refused',
  );

  const rxId = await run(
    'a visit with a prescription on the card',
    '7-11',
    async () => {
      await world.insert(card, 'Clinic', 1);
      await world.until('clinic', (state) => ready('doctor')(state) && ready('patient')(state));
      const pin = (): number[] => digitsOfPin(demoDoctor.pin);
      await clinic.api.openVisit({ desk: 'clinic', pin: pin() });
      const lines = [{ code: 'C08CA01', dose: 1, unit: 'tablet' as const, timesPerDay: 1, days: 28 }];
      const draft = { diagnoses: ['I10'], note: '', lines, pharmacy: PHARMACY };
      const state = await clinic.api.signVisit({ desk: 'clinic', pin: pin(), draft });
      must(state.desk === 'clinic' && state.flow.step === 'signed' && state.flow.onCard, JSON.stringify(state.flow));
      await world.remove(card);
      await clinic.api.clear({ desk: 'clinic' });
      return state.flow.rxId ?? '';
    },
    none,
  );
  await run(
    'report lost: whoever found it gets nothing',
    '',
    async () => {
      await office.report(first.serial, 'lost', '', signal);
      return stopped(await visit('pharmacy', 'Pharmacy', card));
    },
    (code) => code,
  );
  const second = blank.patient();
  const replacement = await run(
    'replace: new keys, the same PID_P',
    '1, 2',
    async () => {
      const made = await issuePatient(second);
      must(made.pid === first.pid && made.serial !== first.serial, 'another person, or the same card');
      const old = await office.replace(first.serial, made.serial, '', signal);
      must(old.status === 'replaced' && old.replacedBy === made.serial, JSON.stringify(old));
      return made;
    },
    ({ serial }) => `card ${serial.slice(0, 8)}...`,
  );
  await run(
    'the open prescription, from the new card',
    '16, 17',
    async () => {
      await world.insert(second, 'Pharmacy', 1);
      const listed = await world.until('pharmacy', settled);
      must(listed.desk === 'pharmacy' && listed.flow.step === 'listed', JSON.stringify(listed.flow));
      must(
        listed.flow.prescriptions.some((one) => one.rxId === rxId && one.state === 'ready'),
        'it is not there',
      );
      const state = await pharmacy.api.dispense({ desk: 'pharmacy', rxId });
      must(state.flow.step === 'dispensed', JSON.stringify(state.flow));
      await world.remove(second);
      await pharmacy.api.clear({ desk: 'pharmacy' });
    },
    none,
  );
  await run(
    'the replaced card: refused at registration too',
    '',
    async () => stopped(await checkIn(card)),
    (code) => code,
  );

  const third = blank.patient();
  const last = await run(
    'renew: too early is refused',
    '1, 2',
    async () => {
      const made = await issuePatient(third);
      await refused('CARD_STATE_CONFLICT', office.renew(replacement.serial, made.serial, '', signal));
      return made;
    },
    () => 'CARD_STATE_CONFLICT',
  );
  await run(
    'the register’s end of the card set to 30 days on',
    '',
    async () => {
      // Nobody can wait eight years here: what the bureau holds is changed, nothing else.
      const register = new DatabaseSync(bureauFiles(folders.bureau).database, { timeout: 5000 });
      register
        .prepare('update card set expires_at = ? where serial = ?')
        .run(systemClock.now() + 30 * DAY, replacement.serial);
      register.close();
      const flow = checkedIn(await checkIn(second));
      must(flow.renewalDue, 'registration does not say so');
      return flow.cardExpires;
    },
    (day) => `registration says: renew, ends ${day}`,
  );
  await run(
    'renew: the new card serves, the old one stops',
    '6, 7',
    async () => {
      await office.renew(replacement.serial, last.serial, '', signal);
      must(last.pid === first.pid, 'another person');
      must(!checkedIn(await checkIn(third)).renewalDue, 'the new card is to be renewed at once');
      return stopped(await checkIn(second));
    },
    (code) => code,
  );
  await run(
    'a doctor leaves: the card opens no visit',
    '',
    async () => {
      await revokeDoctor(folders.bureau, demoDoctor.doctorId, false, systemClock);
      await world.remove(doctor);
      await world.until('clinic', (state) => !ready('doctor')(state));
      await world.insert(doctor, 'Clinic', 0);
      await world.insert(third, 'Clinic', 1);
      await world.until('clinic', (state) => ready('doctor')(state) && ready('patient')(state));
      return stopped(await clinic.api.openVisit({ desk: 'clinic', pin: digitsOfPin(demoDoctor.pin) }));
    },
    (code) => code,
  );
  await close();
} catch (cause) {
  breakOff(cause);
} finally {
  await bureau.close();
  await world.close();
}
process.exit(finish());
