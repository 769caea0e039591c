import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { createSampleGroup } from '../../crypto/groupsig/testing/sample-group.ts';
import { isPoint, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { type CardKind, PATIENT_FILES, STAFF_FILES } from '../apps/card-profile.ts';
import { type IssuingApp, openIssuingApp } from '../apps/issuing-app.ts';
import type { SoftwareCard } from './card-os.ts';
import {
  authorities,
  bytes,
  certify,
  certifyCard,
  PID,
  PUK,
  pin,
  prepareDoctor,
  reinsert,
  sessionTo,
  setPins,
  terminal,
} from './cards.fixture.ts';
import { createDoctorCard } from './doctor-card.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { createStaffCard } from './staff-card.ts';
import { cellsOf, lengthsOf, tearAtEveryByte } from './tear.fixture.ts';

// Thousands of cuts: seconds on a quiet machine.
vi.setConfig({ testTimeout: 120_000 });

let backend: GroupBackend;
/** Each kind as it comes from the factory, and with everything on it but ACTIVATE. */
const blank = new Map<CardKind, Uint8Array>();
const complete = new Map<CardKind, Uint8Array>();

async function preparePatient(card: SoftwareCard): Promise<void> {
  const { bureau } = await authorities();
  const issuing = await openIssuingApp(sessionTo(card), 'patient', await terminal('bureau'));
  const signing = await issuing.generateKey('signature');
  await certifyCard(issuing, 'patient', await issuing.generateKey('authentication'));
  const agreement = await issuing.generateKey('agreement');
  const standing = { paidUntil: '2026-12-31', agents: [] };
  const certificate = await certify(bureau, { kind: 'patient-signing', pid: PID, standing }, signing);
  await issuing.writeFile(PATIENT_FILES.certificate, certificate);
  const decryption = await certify(bureau, { kind: 'patient-decryption', pid: PID }, agreement);
  await issuing.writeFile(PATIENT_FILES.decryptionCertificate, decryption);
  await setPins(issuing);
}

async function prepareStaff(card: SoftwareCard): Promise<void> {
  const { bureau } = await authorities();
  const issuing = await openIssuingApp(sessionTo(card), 'staff', await terminal('bureau'));
  const point = await issuing.generateKey('signature');
  await certifyCard(issuing, 'staff', await issuing.generateKey('authentication'));
  const role = { institution: '3501200000', role: 'pharmacist' } as const;
  await issuing.writeFile(
    STAFF_FILES.certificate,
    await certify(bureau, { kind: 'staff', name: '李藥師', staffId: 'S-1', role }, point),
  );
  await setPins(issuing);
}

beforeAll(async () => {
  backend = await createMclBackend();
  const made = { patient: createPatientCard(), doctor: createDoctorCard({ backend }), staff: createStaffCard() };
  for (const kind of ['patient', 'doctor', 'staff'] as const) blank.set(kind, made[kind].save());
  await preparePatient(made.patient);
  await prepareDoctor(made.doctor, createSampleGroup(backend, 0).groupKey.encoded);
  await prepareStaff(made.staff);
  for (const kind of ['patient', 'doctor', 'staff'] as const) complete.set(kind, made[kind].save());
});

const imageIn = (images: ReadonlyMap<CardKind, Uint8Array>, kind: CardKind): Uint8Array => {
  const image = images.get(kind);
  if (image === undefined) throw new Error(`no ${kind} card`);
  return image;
};

const on =
  (kind: CardKind, operation: (app: IssuingApp) => Promise<unknown>) =>
  async (session: CardSession): Promise<() => Promise<unknown>> => {
    const app = await openIssuingApp(session, kind, await terminal('bureau'));
    return () => operation(app);
  };

describe.each(['patient', 'doctor', 'staff'] as const)(
  'on a blank %s card the supply is cut at every byte of',
  (kind) => {
    it('GENERATE KEY: a key, or none; the one that is told is the one that stays', async () => {
      await tearAtEveryByte({
        image: imageIn(blank, kind),
        backend,
        ready: on(kind, async (app) => {
          const point = await app.generateKey('signature');
          expect(isPoint(point)).toBe(true);
        }),
        // A second try makes another key.
        lasting: lengthsOf('key/01'),
      });
    });

    it('CHANGE REFERENCE DATA: the PIN, or none', async () => {
      await tearAtEveryByte({
        image: imageIn(blank, kind),
        backend,
        ready: on(kind, (app) => app.setPin(pin(), { transport: true })),
      });
      await tearAtEveryByte({ image: imageIn(blank, kind), backend, ready: on(kind, (app) => app.setPuk(pin(PUK))) });
    });

    it('UPDATE BINARY: the contents, or none', async () => {
      const contents = bytes(60);
      await tearAtEveryByte({
        image: imageIn(blank, kind),
        backend,
        ready: on(kind, (app) => app.writeFile(PATIENT_FILES.certificate, contents)),
      });
    });

    it('ACTIVATE: still blank, or active and whole', async () => {
      await tearAtEveryByte({ image: imageIn(complete, kind), backend, ready: on(kind, (app) => app.activate()) });
      const { card } = loadCard(imageIn(complete, kind), { backend });
      await (await openIssuingApp(reinsert(card), kind, await terminal('bureau'))).activate();
      const cells = cellsOf(card.save());
      expect(cells['life']).toBe('01');
      expect(cells['pid'] !== undefined).toBe(kind === 'patient');
    });
  },
);

describe('on a blank patient card the supply is cut at every byte of', () => {
  it('PUT DATA', async () => {
    const bureau = publicPoint(newPrivateKey(bytes));
    const image = imageIn(blank, 'patient');
    await tearAtEveryByte({ image, backend, ready: on('patient', (app) => app.setPolicy(0x1f)) });
    await tearAtEveryByte({ image, backend, ready: on('patient', (app) => app.setBureauKey(bureau)) });
  });
});
