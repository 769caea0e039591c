/**
 * Cards that are issued with a transport PIN: they open nothing before the first desk has had it changed (card note 3.4, 3.8).
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDoctorCard } from '../../card/simulator/doctor-card.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createSoftwareReader } from '../../card/simulator/software-reader.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import type { CardKind } from '../../contract/card-service.ts';
import type { Desk } from '../../contract/station.ts';
import { createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { DEMO_PUK, digitsOfPin, HOSPITAL, openIssuingDesk, PATIENTS } from '../../main/app/demonstration.ts';
import { issueCivilCertificate, issueDoctorCertificate } from '../../main/app/demonstration-authorities.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { checkIn, codeOf, DRAFT, openHouse, patientIn, ready, refusalIn, WANG } from './walk.ts';
import { createWorld, signal, type World } from './world.ts';

const TRANSPORT = '204060';
const OWN = '580213';

describe('a card with a transport PIN', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await openHouse(world);
    await issueCards();
  });
  afterAll(() => world.close());

  /** One card of each kind, at the bureau's own desk. */
  async function issueCards(): Promise<void> {
    const reader = createSoftwareReader(['clerk', 'blank']);
    const terminals = await loadTerminalCredentials([world.folders.issuing]);
    const service = await createCardService({ reader, terminals });
    const cards = service.as((await loadDesk(world.folders.issuing)).terminalId);
    reader.insert('clerk', createStaffCard());
    const { desk, close } = await openIssuingDesk(
      world.dir,
      world.url,
      cards,
      'clerk',
      () => undefined,
      world.clocks.desk,
    );
    const secrets: number[][] = [];
    const blank = () => {
      const card = { slot: 'blank', pin: digitsOfPin(TRANSPORT), puk: digitsOfPin(DEMO_PUK), transport: true };
      secrets.push(card.pin, card.puk);
      return card;
    };
    const backend = await createMclBackend();
    const [person = expect.fail()] = PATIENTS.map((patient) => patient.person);
    const civil = await generateP256();
    const citizen = { name: person.name, nationalId: person.nationalId, spki: civil.spki };
    const citizens = await issueCivilCertificate(world.folders.bureau, citizen, systemClock);
    const made = [
      [
        'transport-staff',
        createStaffCard(),
        () => desk.issueStaff(blank(), { institution: HOSPITAL, role: 'registrar', name: '掛號 林' }, signal),
      ],
      [
        'transport-patient',
        createPatientCard(),
        () => desk.issuePatient(blank(), person, createSoftwareSigner(civil.privateKey, citizens), signal),
      ],
      [
        'transport-doctor',
        createDoctorCard({ backend }),
        () =>
          desk.issueDoctor(
            blank(),
            {
              doctorClasses: [1],
              certify: (spki) =>
                issueDoctorCertificate(
                  world.folders.bureau,
                  { name: '周醫師', doctorId: 'MD-099001', spki },
                  systemClock,
                ),
            },
            signal,
          ),
      ],
    ] as const;
    for (const [id, card, issue] of made) {
      reader.insert('blank', card);
      await issue();
      reader.remove('blank');
      world.table.restore(id, card.save());
    }
    expect(secrets.flat().every((digit) => digit === 0)).toBe(true);
    await close();
    await service.close();
  }

  const serve = async (desk: Desk, card: CardKind, pin: string, next: string) => {
    await world.station.openPinService({ desk, work: 'change' });
    const secrets = { pin: digitsOfPin(pin), next: digitsOfPin(next), again: digitsOfPin(next) };
    const { pinService } = await world.station.changePin({ desk, card, ...secrets });
    await world.station.clear({ desk });
    return pinService;
  };

  it('of a member of staff signs on only after the change', async () => {
    world.table.insert('transport-staff', 'registration/left');
    await world.until('registration', ready('registration/left', 'staff'));
    const on = (pin: string) => world.station.signOn({ desk: 'registration', pin: digitsOfPin(pin) });
    expect((await on(TRANSPORT)).signOnRefusal).toEqual({ code: 'PIN_CHANGE_REQUIRED' });
    expect((await on(OWN)).signOnRefusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    // The transport PIN is not kept as the holder's own.
    expect(await serve('registration', 'staff', TRANSPORT, TRANSPORT)).toMatchObject({ refusal: { code: 'PIN_WEAK' } });
    expect(await serve('registration', 'staff', TRANSPORT, OWN)).toMatchObject({ state: 'done' });
    expect((await on(TRANSPORT)).signOnRefusal).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect((await on(OWN)).operator?.role).toBe('registrar');
  });

  it('of a doctor is a member of the group, but opens and signs nothing before the change', async () => {
    await checkIn(world, WANG);
    world.table.insert('transport-doctor', 'clinic/left');
    await world.until('clinic', ready('clinic/left', 'doctor'));
    await patientIn(world, 'clinic', WANG);
    const open = (pin: string) => world.station.openVisit({ desk: 'clinic', pin: digitsOfPin(pin) });
    expect(refusalIn((await open(TRANSPORT)).flow)).toBe('PIN_CHANGE_REQUIRED');
    expect(await codeOf(world.station.openComfort({ desk: 'clinic', pin: digitsOfPin(TRANSPORT) }))).toBe(
      'PIN_CHANGE_REQUIRED',
    );
    expect(await serve('clinic', 'doctor', TRANSPORT, OWN)).toMatchObject({ state: 'done' });
    expect((await open(OWN)).flow.step).toBe('opened');
    const signed = await world.station.signVisit({ desk: 'clinic', pin: digitsOfPin(OWN), draft: DRAFT });
    expect(signed.flow).toMatchObject({ step: 'signed', acknowledged: true, onCard: true });
    world.table.remove('clinic/right');
    await world.station.clear({ desk: 'clinic' });
  });

  it('of a patient verifies no PIN before the change', async () => {
    const { cards } = world.desk('pharmacy').ports;
    const slot = 'pharmacy/right';
    world.table.insert('transport-patient', slot);
    await world.until('pharmacy', ready(slot, 'patient'));
    const verify = (pin: string) => codeOf(cards.patientVerifyPin({ slot, pin: digitsOfPin(pin) }, signal));
    await world.until('pharmacy', ({ flow }) => flow.step !== 'working');
    expect(await verify(TRANSPORT)).toBe('PIN_CHANGE_REQUIRED');
    expect(await serve('pharmacy', 'patient', TRANSPORT, OWN)).toMatchObject({ state: 'done' });
    expect(await verify(OWN)).toBe('accepted');
  });
});
