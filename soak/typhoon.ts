/**
 * A typhoon day: a pharmacy's line is down from morning to evening while the clinics work on. It hands out what lies in its inbox and what the
 * cards bring, people try five frauds, and in the evening everything is settled.
 *
 *   npm run soak -- typhoon [--pickups 200]
 * @module
 */

import { parseCertificate } from '../crypto/pki/parse-certificate.ts';
import { revoke } from '../main/app/administer-bureau.ts';
import { OTHER_PHARMACY } from '../main/app/demonstration.ts';
import {
  at,
  CHEN,
  collect,
  DRAFT,
  leavePharmacy,
  look,
  openHouse,
  refusalIn,
  seeDoctor,
  WANG,
} from '../test/journey/walk.ts';
import { createWorld, signal } from '../test/journey/world.ts';

const LIN = 'patient-lin';
const HOUR = 3_600_000;
const given = process.argv.indexOf('--pickups');
const pickups = given < 0 ? 200 : Number(process.argv[given + 1]);
const MOST_ON_A_CARD = 4;

const world = await createWorld();
const problems: string[] = [];
const expectThat = (what: string, seen: unknown, wanted: unknown): void => {
  if (JSON.stringify(seen) !== JSON.stringify(wanted))
    problems.push(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
};
await openHouse(world);

// Before the storm: as many prescriptions as cards carry that were not collected; one patient's card is reported lost.
const early: { readonly card: string; readonly rxId: string }[] = [];
for (const card of [WANG, CHEN])
  for (let i = 0; i < MOST_ON_A_CARD; i++) early.push({ card, rxId: (await seeDoctor(world, card)).rxId ?? '' });
const lost = await seeDoctor(world, LIN);
world.table.insert(LIN, 'other-registration/right');
const { signing } = await world
  .desk('registration')
  .ports.cards.patientCertificates({ slot: 'other-registration/right' }, signal);
world.table.remove('other-registration/right');
await revoke(world.folders.bureau, parseCertificate(signing).serial, world.clocks.bureau);
world.clocks.advance(6 * 60_000);
world.runTimers(6 * 60_000);
await look(world, WANG, early[0]?.rxId);
await leavePharmacy(world);
while ((await world.desk('pharmacy').ports.store.inbox(signal)).length < early.length + 1) {
  world.runTimers(6 * 60_000);
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
}

const mend = world.desk('pharmacy').wire.cut();
const began = performance.now();
const sources = { inbox: 0, card: 0 };
const handOut = async (card: string, rxId: string): Promise<void> => {
  const view = await look(world, card, rxId);
  expectThat(`${rxId} may be handed out`, view.state, 'ready');
  const { acknowledged } = at(await collect(world, rxId), 'dispensed');
  expectThat(`${rxId} waits`, acknowledged, false);
  if (view.source !== 'bureau') sources[view.source]++;
  await leavePharmacy(world);
};
for (const { card, rxId } of early) await handOut(card, rxId);
let fraudCopy: { readonly rxId: string; readonly copy: Uint8Array } | undefined;
for (let i = early.length; i < pickups; i++) {
  const card = i % 2 === 0 ? WANG : CHEN;
  const { rxId = '' } = await seeDoctor(world, card);
  // Somebody copies a card on the way to the pharmacy.
  if (i === pickups - 2) fraudCopy = { rxId, copy: world.table.copy(card) };
  await handOut(card, rxId);
  if (i % 20 === 0) console.log(`${i} of ${pickups}`);
}
const seconds = (performance.now() - began) / 1000;

const frauds: Record<string, unknown> = {};
// 1. The same card once more.
frauds['again'] = (await look(world, WANG, fraudCopy?.rxId)).state;
await leavePharmacy(world);
// 2. A copy of it, which off line nobody can see.
if (fraudCopy !== undefined) {
  world.table.restore(WANG, fraudCopy.copy);
  frauds['copy off line'] = (await look(world, WANG, fraudCopy.rxId)).state;
  await collect(world, fraudCopy.rxId);
  await leavePharmacy(world);
}
// 3. A card that was reported lost before the storm.
world.table.insert(LIN, 'pharmacy/right');
const refused = await world.until('pharmacy', ({ flow }) => flow.step === 'refused' || flow.step === 'listed');
frauds['lost card'] = refusalIn(refused.flow);
await leavePharmacy(world);
// 4. A prescription for another pharmacy.
const elsewhere = await seeDoctor(world, CHEN, { ...DRAFT, pharmacy: OTHER_PHARMACY });
frauds['other pharmacy'] = (await look(world, CHEN, elsewhere.rxId)).refusal?.code;
await leavePharmacy(world);
// 5. The pharmacy's clock set back.
world.clocks.desk.advance(-2 * HOUR);
world.table.insert(CHEN, 'pharmacy/right');
const late = await world.until('pharmacy', ({ flow }) => flow.step === 'refused' || flow.step === 'listed');
frauds['clock set back'] = refusalIn(late.flow);
world.clocks.agree();
await leavePharmacy(world);
expectThat('frauds', frauds, {
  again: 'collected',
  'copy off line': 'ready',
  'lost card': 'CERT_REVOKED',
  'other pharmacy': 'RX_OTHER_PHARMACY',
  'clock set back': 'TIME_SKEW',
});

mend();
for (let i = 0; i < 600 && (await world.state('pharmacy')).bureau.waiting > 0; i++) {
  world.runTimers(60_000);
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
}
const { bureau, conflicts } = await world.state('pharmacy');
expectThat('nothing waits', bureau.waiting, 0);
expectThat(
  'one conflict, before a person',
  conflicts.map(({ code, rxId }) => [code, rxId]),
  [['RX_COLLECTED', fraudCopy?.rxId]],
);
const used = await Promise.all(early.map(async ({ rxId }) => (await world.store.prescription(rxId, signal))?.used));
expectThat('each collected once', new Set(used).size === 1 && used[0] === 1, true);
expectThat('the lost card’s prescription stays', (await world.store.prescription(lost.rxId ?? '', signal))?.used, 0);
await world.close();
for (const problem of problems) console.error(problem);
console.log(JSON.stringify({ soak: 'typhoon', pickups, ...sources, frauds, problems: problems.length, seconds }));
process.exit(problems.length === 0 ? 0 : 1);
