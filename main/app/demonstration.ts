/**
 * A small world to play with: a bureau, a hospital with three desks, two pharmacies, and people with software cards. Made once, through the
 * same issuing desk and over the same HTTPS as real cards; everybody in it is invented.
 * @module
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { createDoctorCard } from '../../card/simulator/doctor-card.ts';
import { encodeNhiProfile, type NhiHolder } from '../../card/simulator/encode-nhi-profile.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createNhiCard } from '../../card/simulator/software-nhi-card.ts';
import { createSoftwareReader, type SoftwareReader } from '../../card/simulator/software-reader.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import type { CardKind, cardServiceContract } from '../../contract/card-service.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Api } from '../../contract/dispatch.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { CardApplication } from '../../contract/messages.ts';
import { createSoftwareSigner } from '../../crypto/envelope/attribute-signer.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { createCardService } from '../station/card-service.ts';
import { createIssuingDesk, type IssuingDesk } from '../station/issuing-desk.ts';
import type { StationLog } from '../station/ports.ts';
import { addInstitution, createFirstClerk } from './administer-bureau.ts';
import { bureauFiles } from './bureau-files.ts';
import { createBureauFolder } from './bureau-folder.ts';
import { cardFile, saveCard, type TrayFile, trayFile } from './card-tray.ts';
import { terminalIdentity } from './create-desk-ports.ts';
import { issueCivilCertificate, issueDoctorCertificate } from './demonstration-authorities.ts';
import { CITIZEN, createDemoCivilCard } from './demonstration-civil-card.ts';
import { deskFiles, loadDesk } from './desk-folder.ts';
import { enrolTerminal } from './enrol-terminal.ts';
import { createGroupBackend } from './group-backend.ts';
import { runBureau } from './run-bureau.ts';
import { systemClock } from './system-clock.ts';
import { loadTerminalCredentials } from './terminal-credentials.ts';

const BUREAU = '9900000001';
export const HOSPITAL = '0401180014';
export const PHARMACY = '5901010012';
export const OTHER_PHARMACY = '5931010023';

/** Folders of a world. */
export const worldFolders = (dir: string) => ({
  bureau: join(dir, 'bureau'),
  cards: join(dir, 'cards'),
  registration: join(dir, 'registration'),
  clinic: join(dir, 'clinic'),
  emergency: join(dir, 'emergency'),
  pharmacy: join(dir, 'pharmacy'),
  otherPharmacy: join(dir, 'other-pharmacy'),
  issuing: join(dir, 'issuing'),
  data: (desk: string) => join(dir, 'data', desk),
  /** PIN of all desks' stores, beside them: it keeps nothing from anybody who has the folder. */
  storePin: join(dir, 'data', 'store-pin.demonstration-only'),
});

/** Invented patients. */
export const PATIENTS: readonly {
  readonly id: string;
  readonly pin: string;
  readonly person: CardApplication['person'];
}[] = [
  {
    id: 'patient-wang',
    pin: '112233',
    person: { name: '王小明', nationalId: 'A123456789', birthDate: '1984-05-17', sex: 'male' },
  },
  {
    id: 'patient-chen',
    pin: '445566',
    person: { name: '陳美玲', nationalId: 'F223456786', birthDate: '1957-11-02', sex: 'female' },
  },
  {
    id: 'patient-lin',
    pin: '778899',
    person: { name: '林𠮷祥', nationalId: 'B112345673', birthDate: '2001-01-30', sex: 'male' },
  },
];

/** NHI cards of two of {@link PATIENTS}, as those people would still have them. 𠮷 is not in Big5: such a card holds a user-defined character. */
export const NHI_CARDS: readonly { readonly id: string; readonly holder: NhiHolder }[] = [
  {
    id: 'nhi-wang',
    holder: {
      cardNumber: '000000001234',
      name: '王小明',
      idNumber: 'A123456789',
      birthDate: '1984-05-17',
      sex: 'male',
      issued: '2020-11-09',
    },
  },
  {
    id: 'nhi-lin',
    holder: {
      cardNumber: '000000005678',
      name: '林\ue000祥',
      idNumber: 'B112345673',
      birthDate: '2001-01-30',
      sex: 'male',
      issued: '2018-02-28',
    },
  },
];

/** A second card of 王小明, issued and not yet put in the place of the first: the card office can do that. */
const SPARE = { id: 'patient-wang-spare', of: 'patient-wang' } as const;

/** Invented doctors, both physicians; the first also works in the emergency room and may prescribe controlled drugs. */
export const DOCTORS = [
  { id: 'doctor-lee', pin: '246810', name: '李醫師', doctorId: 'MD-012345', doctorClasses: [1, 4, 5] },
  { id: 'doctor-hsu', pin: '135791', name: '許醫師', doctorId: 'MD-067890', doctorClasses: [1] },
] as const;

/** Invented staff. */
export const STAFF = [
  { id: 'staff-registrar', pin: '369258', name: '掛號 張', role: 'registrar', institution: HOSPITAL },
  { id: 'staff-pharmacist', pin: '147258', name: '藥師 吳', role: 'pharmacist', institution: PHARMACY },
  { id: 'staff-pharmacist-2', pin: '852741', name: '藥師 何', role: 'pharmacist', institution: OTHER_PHARMACY },
  { id: 'staff-nurse', pin: '481526', name: '護理 鄭', role: 'nurse', institution: HOSPITAL },
] as const;

/** The bureau's first clerk, whose card issues all others and then works at the card office. */
export const CLERK = { id: 'staff-clerk', pin: '987654', name: '承辦 周' } as const;

const LABELS: Readonly<Record<string, string>> = {
  'patient-wang': '王小明',
  'patient-chen': '陳美玲',
  'patient-lin': '林𠮷祥',
  'doctor-lee': '李醫師',
  'doctor-hsu': '許醫師',
  'staff-registrar': '掛號 張小姐',
  'staff-nurse': '護理 鄭小姐',
  'staff-pharmacist': '藥師 吳先生',
  'staff-clerk': '承辦 周小姐',
  'patient-wang-spare': '新卡 王小明',
  [CITIZEN.id]: '趙淑芬',
  'nhi-wang': '王先生',
  'nhi-lin': '林先生',
};

/** Digits of a PIN for a port that wipes what it gets. */
export const digitsOfPin = (pin: string): PinDigits => Array.from(pin, Number);

/** The PUK of every demonstration card, said beside the tray. */
export const DEMO_PUK = '73519264';

/** Makes bureau and desks; no cards yet. Rejects with FOLDER_EXISTS where there is one. */
export async function createInstitutions(dir: string): Promise<void> {
  const folders = worldFolders(dir);
  const clock = systemClock;
  await createBureauFolder(folders.bureau, { clock, institution: BUREAU, name: '健保署示範' });
  await addInstitution(folders.bureau, { code: HOSPITAL, name: '示範醫院', kind: 'hospital' });
  await addInstitution(folders.bureau, { code: PHARMACY, name: '示範藥局', kind: 'pharmacy' });
  await addInstitution(folders.bureau, { code: OTHER_PHARMACY, name: '青田藥局', kind: 'pharmacy' });
  const enrol = (role: string, institution: string, out: string) =>
    enrolTerminal(folders.bureau, { role, institution, name: role, out }, clock);
  await enrol('bureau', BUREAU, folders.issuing);
  await enrol('registration', HOSPITAL, folders.registration);
  await enrol('clinic', HOSPITAL, folders.clinic);
  await enrol('emergency', HOSPITAL, folders.emergency);
  await enrol('pharmacy', PHARMACY, folders.pharmacy);
  await enrol('pharmacy', OTHER_PHARMACY, folders.otherPharmacy);
}

/** An issuing desk of a running bureau over any card service, with the first clerk signed on from the card in `clerkSlot`. */
export async function openIssuingDesk(
  dir: string,
  bureauUrl: string,
  cards: Api<typeof cardServiceContract>,
  clerkSlot: string,
  log: StationLog,
  clock: Clock = systemClock,
): Promise<{ readonly desk: IssuingDesk; close(): Promise<void> }> {
  const folders = worldFolders(dir);
  const signal = new AbortController().signal;
  const desk = await loadDesk(folders.issuing);
  const bureau = createBureauClient({ url: bureauUrl, tls: desk.tls });
  const issuing = createIssuingDesk({
    cards,
    bureau,
    terminal: terminalIdentity(desk),
    clock,
    bureauCa: desk.bureauCa.der,
    log,
  });
  const keys = await cards.issueStaffKeys({ slot: clerkSlot }, signal);
  const clerk = { name: CLERK.name, spki: keys.signing, authenticationSpki: keys.authentication };
  const certified = await createFirstClerk(folders.bureau, clerk, systemClock);
  await cards.issueStaffFinish(
    { slot: clerkSlot, ...certified, pin: digitsOfPin(CLERK.pin), puk: digitsOfPin(DEMO_PUK) },
    signal,
  );
  await issuing.signOn(clerkSlot, digitsOfPin(CLERK.pin), signal);
  return { desk: issuing, close: () => bureau.close() };
}

/** Eq 1 and 2 for one of {@link PATIENTS}, with a civil key made for the occasion, and a PUK that is wiped. Answers PID_P. */
export async function issueDemoPatient(
  dir: string,
  desk: IssuingDesk,
  slot: string,
  patient: (typeof PATIENTS)[number],
  puk: PinDigits = digitsOfPin(DEMO_PUK),
): Promise<string> {
  const civil = await generateP256();
  const { name, nationalId } = patient.person;
  const certificate = await issueCivilCertificate(
    worldFolders(dir).bureau,
    { name, nationalId, spki: civil.spki },
    systemClock,
  );
  const signer = createSoftwareSigner(civil.privateKey, certificate);
  return desk.issuePatient(
    { slot, pin: digitsOfPin(patient.pin), puk },
    patient.person,
    signer,
    new AbortController().signal,
  );
}

/** Eq 3 and 4 for one of {@link DOCTORS}. */
export const issueDemoDoctor = (
  dir: string,
  desk: IssuingDesk,
  slot: string,
  doctor: (typeof DOCTORS)[number],
): Promise<void> =>
  desk.issueDoctor(
    { slot, pin: digitsOfPin(doctor.pin), puk: digitsOfPin(DEMO_PUK) },
    {
      doctorClasses: doctor.doctorClasses,
      certify: (spki) =>
        issueDoctorCertificate(
          worldFolders(dir).bureau,
          { name: doctor.name, doctorId: doctor.doctorId, spki },
          systemClock,
        ),
    },
    new AbortController().signal,
  );

/** A staff card of {@link STAFF}. */
export const issueDemoStaff = (desk: IssuingDesk, slot: string, member: (typeof STAFF)[number]): Promise<void> =>
  desk.issueStaff(
    { slot, pin: digitsOfPin(member.pin), puk: digitsOfPin(DEMO_PUK) },
    member,
    new AbortController().signal,
  );

async function issueAllCards(
  dir: string,
  desk: IssuingDesk,
  reader: SoftwareReader,
  clerk: SoftwareCard,
  settled: () => Promise<void>,
): Promise<void> {
  const { cards: folder } = worldFolders(dir);
  const backend = await createGroupBackend()();
  const listed: TrayFile['cards'] = [];
  const keep = ({ id, pin }: { id: string; pin: string }, kind: CardKind, card: SoftwareCard): void => {
    saveCard(folder, id, card);
    listed.push({ id, label: LABELS[id] ?? id, kind, pin, puk: DEMO_PUK });
  };
  const issue = async (
    entry: { id: string; pin: string },
    kind: CardKind,
    card: SoftwareCard,
    work: () => Promise<unknown>,
  ): Promise<void> => {
    reader.insert('blank', card);
    await settled();
    await work();
    reader.remove('blank');
    keep(entry, kind, card);
  };
  for (const patient of PATIENTS)
    await issue(patient, 'patient', createPatientCard(), () => issueDemoPatient(dir, desk, 'blank', patient));
  for (const doctor of DOCTORS)
    await issue(doctor, 'doctor', createDoctorCard({ backend }), () => issueDemoDoctor(dir, desk, 'blank', doctor));
  for (const member of STAFF) {
    if (member.id in LABELS)
      await issue(member, 'staff', createStaffCard(), () => issueDemoStaff(desk, 'blank', member));
  }
  keep(CLERK, 'staff', clerk);
  const holder = PATIENTS.find(({ id }) => id === SPARE.of);
  if (holder === undefined) throw new Error('a spare card of nobody');
  await issue({ id: SPARE.id, pin: holder.pin }, 'patient', createPatientCard(), () =>
    issueDemoPatient(dir, desk, 'blank', holder),
  );
  for (const { id, holder } of NHI_CARDS) {
    saveCard(folder, id, createNhiCard({ profile: encodeNhiProfile(holder) }));
    listed.push({ id, label: LABELS[id] ?? id, kind: 'nhi' });
  }
  saveCard(folder, CITIZEN.id, await createDemoCivilCard(worldFolders(dir).bureau, CITIZEN, systemClock));
  listed.push({ id: CITIZEN.id, label: LABELS[CITIZEN.id] ?? '', kind: 'civil', pin: CITIZEN.pin });
  writeFileSync(trayFile(folder), JSON.stringify({ version: 1, cards: listed } satisfies TrayFile));
}

/** Whether a world is whole and of this version. */
function isUsable(dir: string): boolean {
  const { cards, bureau, issuing, emergency } = worldFolders(dir);
  const newest =
    existsSync(deskFiles(issuing).cardAuthority) &&
    existsSync(deskFiles(emergency).desk) &&
    [...NHI_CARDS, CLERK, SPARE, CITIZEN].every(({ id }) => existsSync(cardFile(cards, id)));
  return newest && existsSync(trayFile(cards)) && existsSync(bureauFiles(bureau).epochs);
}

/** Makes the whole world unless it is there. One that was left half-made, or by an earlier version, is made anew. True when it was made. */
export async function ensureDemonstration(dir: string, log: StationLog): Promise<boolean> {
  if (isUsable(dir)) return false;
  const fresh = `${dir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  await createInstitutions(fresh);
  mkdirSync(worldFolders(fresh).cards, { mode: 0o700 });
  const server = await runBureau(worldFolders(fresh).bureau, { host: '127.0.0.1', port: 0 }, systemClock, log);
  const reader = createSoftwareReader(['clerk', 'blank']);
  const service = await createCardService({
    reader,
    terminals: await loadTerminalCredentials([worldFolders(fresh).issuing]),
  });
  const cards = service.as((await loadDesk(worldFolders(fresh).issuing)).terminalId);
  const clerk = createStaffCard();
  reader.insert('clerk', clerk);
  const issuing = await openIssuingDesk(fresh, server.url, cards, 'clerk', log);
  // The watch recognises a card in a turn of its own; asking for the slots waits for nothing, the first operation does.
  await issueAllCards(fresh, issuing.desk, reader, clerk, async () => {
    await cards.slots({});
  });
  await issuing.close();
  await service.close();
  await server.close();
  renameSync(fresh, dir);
  return true;
}
