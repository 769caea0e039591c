import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../contract/calendar.ts';
import { fromHex } from '../../crypto/common/bytes.ts';
import { encodeDer, octets } from '../../crypto/common/der-write.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import { withUnsignedAttribute } from '../../crypto/envelope/unsigned-attributes.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { createKeyStore, generateP256 } from '../../crypto/pki/key-store.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { revoke, setStanding } from '../../main/app/administer-bureau.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, prepareCheckIn, serialOf } from '../testing/journeys.ts';
import { applicationOf, checkInOf, personal, sealed } from '../testing/messages.ts';
import { MINUTE } from '../testing/moving-clock.ts';
import type { SoftPatient } from '../testing/soft-people.ts';
import { createWorld, folderOf, makeCitizen, OTHER_HOSPITAL, type Post, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let post: Post;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  post = world.posts.registration;
});
afterAll(() => world.close());

const send = (message: string): Promise<{ reply: string }> =>
  post.client.checkIn({ operator: cast.operators.registrar, body: { message } }, signal);

/** A check-in of the cast's patient with changed payload and context, expected to be refused. */
async function refused(
  code: Parameters<typeof expectRefused>[1],
  payload: Record<string, unknown> = {},
  context: Parameters<typeof personal>[4] = {},
  patient: SoftPatient = cast.patient,
): Promise<void> {
  const ready = await prepareCheckIn(world, post, patient);
  const changed = { ...ready.payload, ...payload };
  const message = sealed(world, await personal(world, post, patient.signing, changed, context));
  await expectRefused(world, code, 'line', () => send(message));
}

describe('a check-in is refused', () => {
  it('with a stale challenge', async () => {
    const { challenge, replyKey } = await prepareCheckIn(world, post, cast.patient);
    world.clock.advance(3 * MINUTE + 1);
    const payload = checkInOf(world, post, cast.patient, challenge, replyKey.spki);
    const message = sealed(world, await personal(world, post, cast.patient.signing, payload));
    await expectRefused(world, 'CHALLENGE_STALE', 'line', () => send(message));
  });

  it('the second time, whether replayed or sealed anew', async () => {
    const { payload } = await prepareCheckIn(world, post, cast.patient);
    const signed = await personal(world, post, cast.patient.signing, payload);
    const message = sealed(world, signed);
    await send(message);
    await expectRefused(world, 'CHALLENGE_USED', 'line', () => send(message));
    await expectRefused(world, 'CHALLENGE_USED', 'line', () => send(sealed(world, signed)));
  });

  it('with the challenge of another terminal or another purpose, or none that was issued', async () => {
    const elsewhere = await world.posts.clinic.client.challenge({ body: { purpose: 'check-in' } }, signal);
    await refused('CHALLENGE_STALE', { challenge: elsewhere.challenge });
    const other = await post.client.challenge({ body: { purpose: 'sign-on' } }, signal);
    await refused('CHALLENGE_STALE', { challenge: other.challenge });
    await refused('CHALLENGE_STALE', { challenge: '00'.repeat(32) });
  });

  it('when it was made for another terminal or institution, or names another key', async () => {
    const { terminalId } = world.posts.clinic.desk;
    await refused('CONTEXT_MISMATCH', { terminal: terminalId });
    await refused('CONTEXT_MISMATCH', {}, { senderTerminal: fromHex(terminalId) });
    await refused('CONTEXT_MISMATCH', { institution: OTHER_HOSPITAL });
    await refused('CONTEXT_MISMATCH', { keyId: '00'.repeat(32) });
  });

  it('with a clock five minutes apart', async () => {
    await refused('TIME_SKEW', { at: instantOf(world.clock.now() - 5 * MINUTE) });
    await refused('TIME_SKEW', { at: instantOf(world.clock.now() + 5 * MINUTE) });
  });

  it('of another version, shape or type', async () => {
    await refused('VERSION_UNSUPPORTED', { version: 2 });
    await refused('REQUEST_MALFORMED', { more: true });
    await refused('REQUEST_MALFORMED', { replyKey: 'AAAA' });
    await refused('CONTEXT_MISMATCH', {}, { type: 'opening' });
    await refused('REQUEST_MALFORMED', { type: 'opening' }, { type: 'check-in' });
  });

  it('when it is sealed for another, or signed for another', async () => {
    const { payload } = await prepareCheckIn(world, post, cast.patient);
    const signed = await personal(world, post, cast.patient.signing, payload);
    const other = world.posts.pharmacy.desk.decryption?.certificate ?? new Uint8Array(0);
    const message = sealed(world, signed, [{ certificate: other }]);
    await expectRefused(world, 'NOT_A_RECIPIENT', 'none', () => send(message));
    const { spki } = await generateP256();
    await refused('CONTEXT_MISMATCH', {}, { recipient: keyIdentifier(spki) });
  });

  it('with anything unsigned in it', async () => {
    const { payload } = await prepareCheckIn(world, post, cast.patient);
    const signed = await personal(world, post, cast.patient.signing, payload);
    const more = withUnsignedAttribute(signed, IMIS_OID.prescriptionBody, encodeDer(octets(Uint8Array.of(1))));
    await expectRefused(world, 'UNSIGNED_ATTRIBUTE_REFUSED', 'none', () => send(sealed(world, more)));
  });

  it('when the envelope was altered', async () => {
    const { payload } = await prepareCheckIn(world, post, cast.patient);
    const bytes = Buffer.from(sealed(world, await personal(world, post, cast.patient.signing, payload)), 'base64');
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await expectRefused(world, 'ENVELOPE_TAMPERED', 'none', () => send(bytes.toString('base64')));
  });

  it('for a patient whose insurance is unpaid, and is not once it is paid', async () => {
    const patient = await enrol(world, cast.operators.clerk, 'E100000009', '趙未繳');
    await setStanding(folderOf(world), patient.pid, '2020-01-01');
    await refused('INSURANCE_UNPAID', {}, {}, patient);
    await setStanding(folderOf(world), patient.pid, '2099-12-31');
    const { payload } = await prepareCheckIn(world, post, patient);
    const message = sealed(world, await personal(world, post, patient.signing, payload));
    expect((await send(message)).reply).not.toBe('');
  });
});

describe('a patient’s certificate is refused', () => {
  it('once revoked', async () => {
    const patient = await enrol(world, cast.operators.clerk, 'F100000001', '錢遺失');
    await revoke(folderOf(world), serialOf(patient.signing.certificate), world.clock);
    await refused('CERT_REVOKED', {}, {}, patient);
  });

  it('when the bureau’s authority signed it but the register does not have it', async () => {
    const stored = await createKeyStore(bureauFiles(folderOf(world)).keys).load('bureau-ca');
    const key = await generateP256();
    const now = world.clock.now();
    const certificate = await issueCertificate(
      {
        subject: {
          kind: 'patient-signing',
          pid: fromHex(cast.patient.pid),
          standing: { paidUntil: '2099-12-31', agents: [] },
        },
        spki: key.spki,
        notBefore: now - MINUTE,
        notAfter: now + MINUTE,
      },
      {
        signer: createSoftwareCertificateSigner(stored.privateKey),
        certificate: stored.certificate ?? new Uint8Array(0),
      },
      signal,
    );
    await refused('CERT_UNKNOWN', {}, {}, { ...cast.patient, signing: { ...key, certificate } });
  });

  it('when it is of another kind or another person’s', async () => {
    await refused('CERT_WRONG_KIND', {}, {}, { ...cast.patient, signing: cast.registrar });
    const other = await enrol(world, cast.operators.clerk, 'G100000006', '孫別人');
    await refused('CERT_SWAPPED', {}, { pcertHash: h256(other.signing.certificate) });
    await refused('CERT_SWAPPED', {}, { pid: fromHex(other.pid) });
    // signed with one key, presented with the certificate of another
    const mixed = { ...cast.patient, signing: { ...cast.patient.signing, certificate: other.signing.certificate } };
    await refused('SIGNATURE_INVALID', {}, {}, mixed);
  });
});

describe('an application is refused', () => {
  const apply = (message: string) =>
    world.posts.bureau.client.application({ operator: cast.operators.clerk, body: { message } }, signal);

  it('for somebody else than its signer, or with keys that are none', async () => {
    const desk = world.posts.bureau;
    const citizen = await makeCitizen(world, 'H100000001', '周本人');
    const payload = applicationOf(desk, citizen);
    const message = async (changes: object): Promise<string> =>
      sealed(world, await personal(world, desk, citizen.civil, { ...payload, ...changes }));
    const another = await message({ person: { ...payload.person, nationalId: 'H100000010' } });
    await expectRefused(world, 'CERT_SWAPPED', 'line', () => apply(another));
    const renamed = await message({ person: { ...payload.person, name: '周別人' } });
    await expectRefused(world, 'CERT_SWAPPED', 'line', () => apply(renamed));
    const keyless = await message({ decryptionKey: 'AAAA' });
    await expectRefused(world, 'REQUEST_MALFORMED', 'line', () => apply(keyless));
    const future = await message({ version: 2 });
    await expectRefused(world, 'VERSION_UNSUPPORTED', 'line', () => apply(future));
  });

  it('when signed with a card of the bureau instead of the civil key', async () => {
    const desk = world.posts.bureau;
    const citizen = await makeCitizen(world, 'J100000007', '吳假冒');
    const payload = applicationOf(desk, { ...citizen, civil: cast.patient.signing });
    const message = sealed(world, await personal(world, desk, cast.patient.signing, payload));
    await expectRefused(world, 'CERT_WRONG_KIND', 'line', () => apply(message));
  });

  it('with the same signed message sealed a second time: other bytes, same id', async () => {
    const desk = world.posts.bureau;
    const citizen = await makeCitizen(world, 'K100000001', '鄭重複');
    const signed = await personal(world, desk, citizen.civil, applicationOf(desk, citizen));
    await apply(sealed(world, signed));
    await expectRefused(world, 'ID_REUSED', 'line', () => apply(sealed(world, signed)));
  });
});
