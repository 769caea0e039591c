import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayAfter } from '../../contract/calendar.ts';
import { refusalOf } from '../../contract/errors.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { encodePrescriptionBody } from '../../crypto/envelope/prescription-body.ts';
import { withUnsignedAttribute } from '../../crypto/envelope/unsigned-attributes.ts';
import { credentialFor, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, visitOf } from '../testing/journeys.ts';
import { type OpenVisit, type PrescriptionChanges, prescription, record, sealed } from '../testing/messages.ts';
import { DAY } from '../testing/moving-clock.ts';
import type { SoftDoctor, SoftPatient } from '../testing/soft-people.ts';
import { createWorld, folderOf, HOSPITAL, OTHER_HOSPITAL, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let visit: OpenVisit;
let other: SoftPatient;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  visit = await visitOf(world, cast);
  other = await enrol(world, cast.operators.clerk, 'N100000005', '許別人');
});
afterAll(() => world.close());

const sendRecord = (message: string, presence: string | undefined = visit.presence) =>
  world.posts.clinic.client.record({ presence, body: { message } }, signal);
const sendRx = (body: { manifest: string; designation: string; ciphertext: string }, presence = visit.presence) =>
  world.posts.clinic.client.prescription({ presence, body }, signal);

/** The doctor with a credential of an epoch that is not in force. */
async function doctorOfEpoch(day: number): Promise<SoftDoctor> {
  const { backend, key } = world.group;
  const secret = new Uint8Array(await readFile(bureauFiles(folderOf(world)).issuerSecret));
  const attributes = { epoch: { day, seq: 0 }, classNumber: cast.doctor.attributes.classNumber };
  const { loaded } = credentialFor(backend, key, secret, cast.doctor.Q, attributes);
  return { ...cast.doctor, credential: loaded, attributes };
}

/** Where ctx, content and signature stand in a message, and what a flipped bit in each place is refused with. */
function places(der: Uint8Array) {
  const { attributes, content, signature } = parseSignedMessage(der);
  if (attributes.kind !== 'group') throw new Error('not group-signed');
  const bytes = Buffer.from(der);
  const ctx = bytes.indexOf(attributes.ctx);
  const sigma = bytes.indexOf(signature);
  return [
    ['ctx: version', ctx, 'SIGNATURE_INVALID'],
    ['ctx: purpose', ctx + 1, 'CONTEXT_MISMATCH'],
    ['ctx: epoch', ctx + 4, 'SIGNATURE_INVALID'],
    ['ctx: class', ctx + 9, 'SIGNATURE_INVALID'],
    ['ctx: audience', ctx + 20, 'CONTEXT_MISMATCH'],
    ['ctx: patient', ctx + 50, 'SIGNATURE_INVALID'],
    ['ctx: matter', ctx + 70, 'SIGNATURE_INVALID'],
    ['content', bytes.indexOf(content) + 10, 'DIGEST_MISMATCH'],
    ["sigma: A'", sigma + 20, 'SIGNATURE_INVALID'],
    ['sigma: Abar', sigma + 60, 'SIGNATURE_INVALID'],
    ['sigma: E1', sigma + 110, 'SIGNATURE_INVALID'],
    ['sigma: E2', sigma + 160, 'SIGNATURE_INVALID'],
    ['sigma: E3', sigma + 210, 'SIGNATURE_INVALID'],
    ['sigma: n', sigma + 245, 'SIGNATURE_INVALID'],
    ['sigma: c', sigma + 260, 'SIGNATURE_INVALID'],
    ['sigma: z_s', sigma + 300, 'SIGNATURE_INVALID'],
    ['sigma: z_r', sigma + 330, 'SIGNATURE_INVALID'],
    ['sigma: z_e', sigma + 360, 'SIGNATURE_INVALID'],
    ['sigma: z_rho', sigma + 399, 'SIGNATURE_INVALID'],
  ] as const;
}

describe('a record is refused', () => {
  it('without an opening, with a wrong token, or with the token of another terminal', async () => {
    const message = sealed(world, await record(world, cast.doctor, visit));
    const send = (presence?: string) => () => world.posts.clinic.client.record({ presence, body: { message } }, signal);
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', send());
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', send('00'.repeat(32)));
    const { client } = world.posts.otherClinic;
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', () =>
      client.record({ presence: visit.presence, body: { message } }, signal),
    );
  });

  it('with one bit flipped anywhere', async () => {
    const der = await record(world, cast.doctor, visit);
    for (const [, at, code] of places(der)) {
      const message = sealed(world, flipped(der, at));
      await expectRefused(world, code, 'line', () => sendRecord(message));
    }
    await sendRecord(sealed(world, der));
  });

  it('for another purpose, visit, patient, institution or content', async () => {
    const turned = async (ctx: Parameters<typeof record>[3], about: Partial<OpenVisit> = {}) =>
      sealed(world, await record(world, cast.doctor, { ...visit, ...about }, ctx));
    for (const message of [
      await turned({ purpose: 'presence' }),
      await turned({ aud: secureRng(32) }),
      await turned({ sid: secureRng(16) }),
      await turned({ pid: secureRng(16) }),
      await turned({}, { visitId: hex(secureRng(16)) }),
      await turned({}, { pid: other.pid }),
      await turned({}, { post: world.posts.otherClinic }),
    ]) {
      await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => sendRecord(message));
    }
    const manifest = await prescription(world, cast.doctor, visit);
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => sendRecord(manifest.body.manifest));
    // signed by a person instead of the group
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => sendRecord(manifest.body.designation));
  });

  it('of an epoch that is not in force', async () => {
    const { day } = world.epoch;
    for (const epoch of [day - 30, day + 1]) {
      const message = sealed(world, await record(world, await doctorOfEpoch(epoch), visit));
      await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => sendRecord(message));
    }
  });

  it('under an id that was accepted with other bytes', async () => {
    const der = await record(world, cast.doctor, visit);
    await sendRecord(sealed(world, der));
    await expectRefused(world, 'ID_REUSED', 'line', () => sendRecord(sealed(world, der)));
  });

  it('but not because its epoch ended between acceptance and repetition', async () => {
    const message = sealed(world, await record(world, cast.doctor, visit));
    const ack = await sendRecord(message);
    world.clock.advance(40 * DAY);
    expect(await sendRecord(message)).toEqual(ack);
    world.clock.advance(-40 * DAY);
  });
});

describe('a prescription is refused', () => {
  const refused = async (code: Parameters<typeof expectRefused>[1], changes: PrescriptionChanges): Promise<void> => {
    const { body } = await prescription(world, cast.doctor, visit, changes);
    await expectRefused(world, code, 'line', () => sendRx(body));
  };

  it('with one bit flipped anywhere', async () => {
    const rx = await prescription(world, cast.doctor, visit);
    for (const [, at, code] of places(rx.manifest)) {
      const body = { ...rx.body, manifest: sealed(world, flipped(rx.manifest, at)) };
      await expectRefused(world, code, 'line', () => sendRx(body));
    }
    expect((await sendRx(rx.body)).id).toBe(rx.id);
  });

  it('when PCert_P is missing, swapped, or of another person', async () => {
    await refused('CERT_SWAPPED', { certificates: [] });
    await refused('CERT_SWAPPED', { certificates: [other.signing.certificate] });
    const pcertHash = hex(h256(other.signing.certificate));
    await refused('CERT_SWAPPED', { manifest: { pcertHash }, certificates: [other.signing.certificate] });
  });

  it('when manifest, signed context and visit do not agree', async () => {
    await refused('CONTEXT_MISMATCH', { manifest: { rxId: hex(secureRng(16)) } });
    await refused('CONTEXT_MISMATCH', { manifest: { pid: other.pid } });
    await refused('CONTEXT_MISMATCH', { manifest: { institution: OTHER_HOSPITAL } });
    await refused('CONTEXT_MISMATCH', { manifest: { visitId: hex(secureRng(16)) } });
    await refused('CONTEXT_MISMATCH', { manifest: { keyId: '00'.repeat(32) } });
    await refused('CONTEXT_MISMATCH', { ctx: { sid: secureRng(16) } });
    await refused('CONTEXT_MISMATCH', { ctx: { purpose: 'cancellation', aud: secureRng(32) } });
  });

  it('out of its time, of another version or shape', async () => {
    const now = world.clock.now();
    await refused('RX_EXPIRED', { manifest: { expires: dayAfter(now, -1) } });
    await refused('RX_EXPIRED', { manifest: { issued: dayAfter(now, 1) } });
    // A version the type does not allow, as a newer desk would send it.
    const newer: object = { version: 2 };
    await refused('VERSION_UNSUPPORTED', { manifest: newer });
    await refused('REQUEST_MALFORMED', { manifest: { parts: 4 } });
    await refused('REQUEST_MALFORMED', { manifest: { lineCount: 0 } });
  });

  it('of an epoch that is not in force', async () => {
    const { body } = await prescription(world, await doctorOfEpoch(world.epoch.day - 30), visit);
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => sendRx(body));
  });

  it('when the designation is another’s, for another, or for nobody known', async () => {
    await refused('CONTEXT_MISMATCH', { designatedBy: other });
    await refused('CONTEXT_MISMATCH', { designation: { rxId: hex(secureRng(16)) } });
    await refused('CONTEXT_MISMATCH', { designation: { institution: OTHER_HOSPITAL } });
    await refused('NOT_FOUND', { designation: { pharmacy: HOSPITAL } });
    await refused('NOT_FOUND', { designation: { pharmacy: '1111111111' } });
    const { body } = await prescription(world, cast.doctor, visit);
    const swapped = { ...body, designation: (await prescription(world, cast.doctor, visit)).body.designation };
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => sendRx(swapped));
  });

  it('when its body comes along where the bureau could read it', async () => {
    const rx = await prescription(world, cast.doctor, visit);
    const body = encodePrescriptionBody({ salt: secureRng(32), rx: Uint8Array.of(1), mrs: Uint8Array.of(2) });
    const manifest = sealed(world, withUnsignedAttribute(rx.manifest, IMIS_OID.prescriptionBody, body));
    await expectRefused(world, 'UNSIGNED_ATTRIBUTE_REFUSED', 'none', () => sendRx({ ...rx.body, manifest }));
  });

  it('without an opening, too large, or with other bytes under its id', async () => {
    const rx = await prescription(world, cast.doctor, visit);
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', () => sendRx(rx.body, '00'.repeat(32)));
    const ciphertext = Buffer.alloc(64 * 1024 + 1).toString('base64');
    await expectRefused(world, 'ENVELOPE_TOO_LARGE', 'none', () => sendRx({ ...rx.body, ciphertext }));
    await sendRx(rx.body);
    await expectRefused(world, 'ID_REUSED', 'line', () => sendRx({ ...rx.body, ciphertext: 'AAAA' }));
    // another manifest, properly signed, under the same R_X_ID
    const ctx = { sid: new Uint8Array(Buffer.from(rx.rxId, 'hex')) };
    await refused('ID_REUSED', { manifest: { rxId: rx.rxId }, designation: { rxId: rx.rxId }, ctx });
  });
});

describe('the status of a prescription', () => {
  it('is told to who wrote it and who is to fill it, and to nobody else', async () => {
    const rx = await prescription(world, cast.doctor, visit);
    await sendRx(rx.body);
    const params = { rxId: rx.rxId };
    const { pharmacy, otherPharmacy, otherClinic, bureau, clinic } = world.posts;
    for (const { client } of [pharmacy, bureau, clinic]) {
      expect(await client.prescriptionStatus({ params }, signal)).toMatchObject({ state: 'issued' });
    }
    for (const { client } of [otherPharmacy, otherClinic]) {
      const thrown: unknown = await client.prescriptionStatus({ params }, signal).catch((cause: unknown) => cause);
      expect(refusalOf(thrown).code).toBe('RX_OTHER_PHARMACY');
    }
    const unknown = { rxId: '00'.repeat(16) };
    await expectRefused(world, 'RX_NOT_FOUND', 'none', () =>
      pharmacy.client.prescriptionStatus({ params: unknown }, signal),
    );
    world.clock.advance(10 * DAY);
    expect(await clinic.client.prescriptionStatus({ params }, signal)).toMatchObject({ state: 'expired' });
    world.clock.advance(-10 * DAY);
  });
});
