import { beforeAll, describe, expect, it, vi } from 'vitest';
import { concat, fromHex, hex, lp, uint, utf8 } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { isSignedBy, newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { standingBody, timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { decodePrescriptionRecord, encodePrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { command } from '../apdu/command.ts';
import { crc32 } from '../apdu/crc32.ts';
import { refusal, SW } from '../apdu/status-word.ts';
import { PATIENT_FILES } from '../apps/card-profile.ts';
import type { PatientApp, VisitSet } from '../apps/patient-app.ts';
import { pendingSetStatus, rollBackSet } from '../apps/pending-set.ts';
import { encodeVisitRecord } from '../apps/visit-record.ts';
import {
  atClinic,
  atPharmacy,
  attributesOf,
  bytes,
  insideClinic,
  issuePatient,
  PID,
  pin,
  refusalOf,
  reinsert,
} from './cards.fixture.ts';
import { loadCard } from './load-card.ts';
import { createPatientCard } from './patient-card.ts';
import { type Cells, cellsOf, tearAtEveryByte, without } from './tear.fixture.ts';

// Thousands of cuts: seconds on a quiet machine.
vi.setConfig({ testTimeout: 120_000 });

const NOON = 1_900_000_000;
const bureau = newPrivateKey(bytes);
const rxh = bytes(32);
const rxId = bytes(16);
const set: VisitSet = {
  reference: bytes(32),
  visit: utf8('visit'),
  prescriptions: [
    {
      record: {
        rxId,
        hash16: rxh.slice(0, 16),
        issued: 1,
        expires: 2_000_000_000,
        parts: 1,
        controlled: false,
        pharmacy: new Uint8Array(5),
      },
      // Long enough to be moved about, short enough to be cut at every byte.
      body: bytes(120),
    },
  ],
};
const pickup = {
  rxId,
  rxh,
  part: 1,
  nonce: bytes(32),
};

let backend: GroupBackend;
let signing: Uint8Array;
let fresh: Uint8Array;
let staged: Uint8Array;
let committed: Uint8Array;

beforeAll(async () => {
  backend = await createMclBackend();
  const card = createPatientCard();
  ({ signing } = await issuePatient(card, { bureauKey: publicPoint(bureau) }));
  fresh = card.save();
  const app = await atClinic(reinsert(card));
  const open = await app.stageVisitAndPrescription(set);
  staged = card.save();
  await app.commit(open);
  committed = card.save();
});

const on =
  (operation: (app: PatientApp) => Promise<unknown>, open = atClinic) =>
  async (session: CardSession): Promise<() => Promise<unknown>> => {
    const app = await open(session);
    return () => operation(app);
  };

/** One command of the set, refused as the application refuses it. */
async function send(session: CardSession, header: readonly [number, number, number, number], data: Uint8Array) {
  const { sw } = await session.send(command(header, data), {});
  if (sw !== SW.ok) throw refusal(sw, 'a command of the set');
}

const RECORDS = [
  [PATIENT_FILES.visits, encodeVisitRecord(utf8('visit'))],
  [
    PATIENT_FILES.prescriptions,
    encodePrescriptionRecord({ ...(set.prescriptions?.[0]?.record ?? never()), used: 0, status: 'open' }),
  ],
  [PATIENT_FILES.bodies, concat(rxId, set.prescriptions?.[0]?.body ?? never())],
] as const;

function never(): never {
  throw new Error('the set has a prescription with a body');
}

const announcement = concat(
  set.reference,
  uint(RECORDS.length, 1),
  uint(crc32(concat(...RECORDS.map(([{ sfi }, data]) => lp(concat(uint(sfi, 1), data))))), 4),
);

/** The set opened anew with its first records, whatever an earlier try left; the session inside the channel. */
async function opened(outside: CardSession, records: number): Promise<CardSession> {
  const session = await insideClinic(outside);
  const { state, sequence } = await pendingSetStatus(session, undefined);
  if (state !== 'none') await rollBackSet(session, sequence, undefined);
  await send(session, [0x80, 0xee, 0, 0], announcement);
  for (const [{ sfi }, data] of RECORDS.slice(0, records)) await send(session, [0x00, 0xe2, 0, sfi << 3], data);
  return session;
}

describe('the supply is cut at every byte of', () => {
  it('TX OPEN: there is a set, or none', async () => {
    await tearAtEveryByte({
      image: fresh,
      backend,
      ready: async (outside) => {
        const session = await insideClinic(outside);
        return () => send(session, [0x80, 0xee, 0, 0], announcement);
      },
    });
  });

  it.each([0, 1, 2])('APPEND RECORD %i of a set: appended or not', async (index) => {
    const [file, data] = RECORDS[index] ?? never();
    const written = await tearAtEveryByte({
      image: fresh,
      backend,
      ready: async (session) => {
        const inside = await opened(session, index);
        return () => send(inside, [0x00, 0xe2, 0, file.sfi << 3], data);
      },
      lasting: without('tx/sequence'),
    });
    expect(written).toBeGreaterThan(2 * data.length);
  });

  it('TX COMMIT: all of the set or nothing, and saying it again is harmless', async () => {
    const status = await (await atClinic(reinsert(loadCard(staged, { backend }).card))).txStatus();
    const written = await tearAtEveryByte({
      image: staged,
      backend,
      ready: on((app) => app.commit(status), atPharmacy),
    });
    expect(written).toBeGreaterThan(900);
    const twice = loadCard(committed, { backend }).card;
    await (await atClinic(reinsert(twice))).commit(status);
    expect(cellsOf(twice.save())).toEqual(cellsOf(committed));
  });

  it('TX ROLLBACK: the set is there whole, or gone', async () => {
    const status = await (await atClinic(reinsert(loadCard(staged, { backend }).card))).txStatus();
    await tearAtEveryByte({ image: staged, backend, ready: on((app) => app.rollback(status.sequence), atPharmacy) });
  });

  it('CONSUME RX: collected once, and the same pickup object for the same request', async () => {
    const answers = new Set<string>();
    /** The record and what was signed; a signature is another each time it is made. */
    const view = (cells: Cells): Cells =>
      Object.fromEntries(
        Object.entries(cells).map(([name, value]) => [
          name,
          name.startsWith('pickup/') ? value.slice(0, 10) + value.slice(138) : value,
        ]),
      );
    const written = await tearAtEveryByte({
      image: committed,
      backend,
      view,
      ready: on(async (app) => {
        const { pu, signature } = await app.consume(pickup);
        expect(isSignedBy(signing, pu, signature)).toBe(true);
        expect(await app.consume(pickup)).toMatchObject({ pu, signature });
        expect(await refusalOf(app.consume({ ...pickup, nonce: bytes(32) }))).toBe('CARD_ALREADY_USED');
        answers.add(hex(pu));
      }, atPharmacy),
    });
    expect(written).toBeGreaterThan(500);
    expect(answers.size).toBe(1);
    const [record] = Object.entries(cellsOf(committed)).filter(([name]) => name.startsWith('ef/0202/'));
    expect(decodePrescriptionRecord(fromHex((record?.[1] ?? '').slice(8)))?.used).toBe(0);
  });

  it('COMPUTE SIGNATURE without a PIN: no signature without its counter and its line in the log', async () => {
    const attributes = attributesOf('designation');
    await tearAtEveryByte({
      image: fresh,
      backend,
      ready: on((app) => app.signAttributes(attributes)),
      lasting: without('counter', 'ef/0301'),
    });
  });

  it('UPDATE BINARY: the emergency data of before, or those of after', async () => {
    const first = loadCard(fresh, { backend }).card;
    const app = await atClinic(reinsert(first));
    await app.verifyPin(pin());
    await app.writeEmergency(utf8('penicillin'));
    for (const image of [fresh, first.save()]) {
      await tearAtEveryByte({
        image,
        backend,
        ready: async (session) => {
          const again = await atClinic(session);
          await again.verifyPin(pin());
          return () => again.writeEmergency(utf8('penicillin, and latex'));
        },
      });
    }
  });

  it('TIME TOKEN and STANDING: the newest or the one before', async () => {
    const time = { time: NOON, signature: signMessage(bureau, timeBody(NOON)) };
    await tearAtEveryByte({ image: fresh, backend, ready: on((app) => app.putTimeToken(time), atPharmacy) });
    const body = { pid: PID, paidUntil: NOON, issued: 10 };
    const standing = { ...body, signature: signMessage(bureau, standingBody(body)) };
    await tearAtEveryByte({ image: fresh, backend, ready: on((app) => app.putStanding(standing), atPharmacy) });
  });

  it('VERIFY: as on every card', async () => {
    await tearAtEveryByte({
      image: fresh,
      backend,
      ready: on((app) => app.verifyPin(pin('000000'))),
      refused: ['PIN_WRONG', 2],
      lasting: without('pin/01'),
    });
  });
});
