import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../contract/calendar.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { revoke, setStanding } from '../../main/app/administer-bureau.ts';
import { issueDoctorCertificate } from '../../main/app/demonstration-authorities.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, checkIn, enrol, makeCast, openVisit, prepareOpening, serialOf } from '../testing/journeys.ts';
import { openingProofOf, personal, presence, sealed } from '../testing/messages.ts';
import { DAY, MINUTE } from '../testing/moving-clock.ts';
import { createDoctorKeys, type SoftPatient, startJoin } from '../testing/soft-people.ts';
import { beginJoin, createWorld, folderOf, makeDoctor, type Post, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;
let clinic: Post;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
  clinic = world.posts.clinic;
});
afterAll(() => world.close());

const arrive = (patient: SoftPatient = cast.patient) =>
  checkIn(world, world.posts.registration, cast.operators.registrar, patient);
const send = (message: string, post: Post = clinic) => post.client.opening({ body: { message } }, signal);

/** An opening whose patient's half has been changed, expected to be refused. */
async function refused(
  code: Parameters<typeof expectRefused>[1],
  payload: Record<string, unknown>,
  context: Parameters<typeof personal>[4] = {},
): Promise<void> {
  const ready = await prepareOpening(world, clinic, cast.patient);
  const proof = await personal(world, clinic, cast.patient.signing, { ...ready.payload, ...payload }, context);
  const message = sealed(world, await presence(world, clinic, cast.doctor, ready.visit, proof));
  await expectRefused(world, code, 'line', () => send(message));
}

describe('an opening is refused', () => {
  it('with the patient’s card only', async () => {
    await arrive();
    const { payload } = await prepareOpening(world, clinic, cast.patient);
    const alone = sealed(world, await personal(world, clinic, cast.patient.signing, payload));
    await expectRefused(world, 'PRESENCE_REQUIRED', 'line', () => send(alone));
  });

  it('with the doctor’s card only', async () => {
    await arrive();
    const { visit } = await prepareOpening(world, clinic, cast.patient);
    const alone = sealed(world, await presence(world, clinic, cast.doctor, visit, undefined));
    await expectRefused(world, 'PATIENT_PROOF_REQUIRED', 'line', () => send(alone));
  });

  it('without a check-in today: never came, came yesterday, came elsewhere', async () => {
    const stranger = await enrol(world, cast.operators.clerk, 'L100000008', '馮沒來');
    const ask = (post: Post) => () =>
      post.client.challenge({ body: { purpose: 'opening', pid: stranger.pid } }, signal);
    await expectRefused(world, 'VISIT_NOT_FOUND', 'none', ask(clinic));
    await arrive(stranger);
    await expectRefused(world, 'VISIT_OTHER_INSTITUTION', 'none', ask(world.posts.otherClinic));
    const old = await prepareOpening(world, clinic, stranger);
    world.clock.advance(DAY);
    await expectRefused(world, 'VISIT_CLOSED', 'none', ask(clinic));
    // what happened elsewhere on another day is not told
    await expectRefused(world, 'VISIT_NOT_FOUND', 'none', ask(world.posts.otherClinic));
    const payload = openingProofOf(world, clinic, stranger, old.visit, old.replyKey.spki);
    const proof = await personal(world, clinic, stranger.signing, payload);
    const message = sealed(world, await presence(world, clinic, cast.doctor, old.visit, proof));
    await expectRefused(world, 'VISIT_CLOSED', 'line', () => send(message));
    world.clock.advance(-DAY);
  });

  it('of a visit at another clinic', async () => {
    await arrive();
    const { visit, replyKey } = await prepareOpening(world, clinic, cast.patient);
    const { otherClinic } = world.posts;
    const payload = openingProofOf(world, otherClinic, cast.patient, visit, replyKey.spki);
    const proof = await personal(world, otherClinic, cast.patient.signing, payload);
    const message = sealed(world, await presence(world, otherClinic, cast.doctor, visit, proof));
    await expectRefused(world, 'VISIT_OTHER_INSTITUTION', 'line', () => send(message, otherClinic));
  });

  it('that another terminal sends', async () => {
    await arrive();
    const { visit, payload } = await prepareOpening(world, clinic, cast.patient);
    const proof = await personal(world, clinic, cast.patient.signing, payload);
    const message = sealed(world, await presence(world, clinic, cast.doctor, visit, proof));
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(message, world.posts.otherClinic));
  });

  it('when the two cards speak of different visits or people', async () => {
    await arrive();
    const { visit, payload } = await prepareOpening(world, clinic, cast.patient);
    const proof = await personal(world, clinic, cast.patient.signing, payload);
    const other = { sid: secureRng(16) };
    const visits = sealed(world, await presence(world, clinic, cast.doctor, visit, proof, other));
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(visits));
    const people = sealed(world, await presence(world, clinic, cast.doctor, visit, proof, { pid: secureRng(16) }));
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(people));
    await refused('CONTEXT_MISMATCH', { visitId: '00'.repeat(16) });
  });

  it('late, early, of another version, for another terminal, or with a challenge of another visit', async () => {
    await arrive();
    await refused('TIME_SKEW', { at: instantOf(world.clock.now() - 5 * MINUTE) });
    await refused('TIME_SKEW', { at: instantOf(world.clock.now() + 5 * MINUTE) });
    await refused('VERSION_UNSUPPORTED', { version: 2 });
    await refused('CONTEXT_MISMATCH', { terminal: world.posts.otherClinic.desk.terminalId });
    await refused('REQUEST_MALFORMED', { replyKey: 'AAAA' });
    await refused('CHALLENGE_STALE', { challenge: '00'.repeat(32) });
    const { visit } = await prepareOpening(world, clinic, cast.patient);
    await arrive();
    await refused('CHALLENGE_STALE', { challenge: visit.challenge });
  });

  it('when the doctor signed for another purpose, recipient or epoch', async () => {
    await arrive();
    const { visit, payload } = await prepareOpening(world, clinic, cast.patient);
    const proof = await personal(world, clinic, cast.patient.signing, payload);
    const turned = async (ctx: Parameters<typeof presence>[5]) =>
      sealed(world, await presence(world, clinic, cast.doctor, visit, proof, ctx));
    const purpose = await turned({ purpose: 'record' });
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(purpose));
    const aud = await turned({ aud: secureRng(32) });
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(aud));
  });

  it('when the patient’s half was altered', async () => {
    await arrive();
    const { visit, payload } = await prepareOpening(world, clinic, cast.patient);
    const proof = await personal(world, clinic, cast.patient.signing, payload);
    const inContent = Buffer.from(proof).indexOf(payload.challenge) + 5;
    for (const [at, code] of [
      [inContent, 'DIGEST_MISMATCH'],
      [proof.length - 3, 'SIGNATURE_INVALID'],
    ] as const) {
      const message = sealed(world, await presence(world, clinic, cast.doctor, visit, flipped(proof, at)));
      await expectRefused(world, code, 'line', () => send(message));
    }
    const garbage = sealed(world, await presence(world, clinic, cast.doctor, visit, Uint8Array.of(1, 2, 3)));
    await expectRefused(world, 'SIGNED_MALFORMED', 'line', () => send(garbage));
  });

  it('unpaid or revoked since the check-in', async () => {
    const patient = await enrol(world, cast.operators.clerk, 'M100000003', '何欠費');
    await arrive(patient);
    const { visit, payload } = await prepareOpening(world, clinic, patient);
    const proof = await personal(world, clinic, patient.signing, payload);
    const message = sealed(world, await presence(world, clinic, cast.doctor, visit, proof));
    await setStanding(folderOf(world), patient.pid, '2020-01-01');
    await expectRefused(world, 'INSURANCE_UNPAID', 'line', () => send(message));
    await setStanding(folderOf(world), patient.pid, '2099-01-01');
    await revoke(folderOf(world), serialOf(patient.signing.certificate), world.clock);
    await expectRefused(world, 'CERT_REVOKED', 'line', () => send(message));
  });

  it('the second time: records are released once a visit', async () => {
    await arrive();
    // two challenges, asked for before the first opening
    const first = await prepareOpening(world, clinic, cast.patient);
    const second = await prepareOpening(world, clinic, cast.patient);
    const messageOf = async ({ visit, payload }: typeof first): Promise<string> => {
      const proof = await personal(world, clinic, cast.patient.signing, payload);
      return sealed(world, await presence(world, clinic, cast.doctor, visit, proof));
    };
    const message = await messageOf(first);
    const late = await messageOf(second);
    await send(message);
    await expectRefused(world, 'CHALLENGE_USED', 'line', () => send(message));
    await expect(send(late)).rejects.toMatchObject({ code: 'RECORDS_RELEASED' });
    const { challenge } = clinic.client;
    const body = { purpose: 'opening', pid: cast.patient.pid } as const;
    await expectRefused(world, 'RECORDS_RELEASED', 'none', () => challenge({ body }, signal));
  });

  it('at the same instant twice: one wins', async () => {
    await arrive();
    const results = await Promise.allSettled(
      (await Promise.all([1, 2].map(() => prepareOpening(world, clinic, cast.patient)))).map(
        async ({ visit, payload }) => {
          const proof = await personal(world, clinic, cast.patient.signing, payload);
          return send(sealed(world, await presence(world, clinic, cast.doctor, visit, proof)));
        },
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a join is refused', () => {
  const begin = () => beginJoin(world, cast.operators.clerk);
  const join = (body: Awaited<ReturnType<typeof beginJoin>>['body']) => () =>
    world.posts.bureau.client.join({ operator: cast.operators.clerk, body }, signal);

  it('with a nonce that was not issued, is too old or was used', async () => {
    const { keys } = await begin();
    const { body } = startJoin(world.group, '00'.repeat(32), keys);
    await expectRefused(world, 'CHALLENGE_STALE', 'none', join(body));
    const late = await begin();
    world.clock.advance(3 * MINUTE + 1);
    await expectRefused(world, 'CHALLENGE_STALE', 'none', join(late.body));
    const good = await begin();
    await join(good.body)();
    await expectRefused(world, 'CHALLENGE_USED', 'none', join(good.body));
  });

  it('with a nonce that another card was given, or a card that nobody registered', async () => {
    const [first, second] = [await begin(), await begin()];
    const swapped = startJoin(world.group, first.body.nonce, second.keys);
    await expectRefused(world, 'CHALLENGE_STALE', 'none', join(swapped.body));
    const stranger = await createDoctorKeys((spki, doctorId) =>
      issueDoctorCertificate(folderOf(world), { name: '林醫師', doctorId, spki }, world.clock),
    );
    const unknown = startJoin(world.group, first.body.nonce, stranger);
    await expectRefused(world, 'CHALLENGE_STALE', 'none', join(unknown.body));
    await join(first.body)();
  });

  it('without the secret, or without the doctor’s signature', async () => {
    const { body } = await begin();
    const { keys } = await begin();
    const other = startJoin(world.group, body.nonce, keys);
    await expectRefused(world, 'MEMBER_PROOF_INVALID', 'none', join({ ...body, Q: other.body.Q }));
    await expectRefused(world, 'MEMBER_PROOF_INVALID', 'none', join({ ...body, z: other.body.z }));
    await expectRefused(world, 'MEMBER_PROOF_INVALID', 'none', join({ ...body, c: 'AAAA' }));
    await expectRefused(world, 'MEMBER_PROOF_INVALID', 'none', join({ ...body, signature: other.body.signature }));
    await expectRefused(world, 'MEMBER_PROOF_INVALID', 'none', join({ ...body, certificate: other.body.certificate }));
    const staff = Buffer.from(world.clerk.certificate).toString('base64');
    await expectRefused(world, 'CERT_WRONG_KIND', 'none', join({ ...body, certificate: staff }));
  });

  it('and nothing signed in an epoch that has ended is taken', async () => {
    const doctor = await makeDoctor(world, cast.operators.clerk);
    await arrive();
    const { visit, payload } = await prepareOpening(world, clinic, cast.patient);
    const proof = await personal(world, clinic, cast.patient.signing, payload);
    const message = sealed(world, await presence(world, clinic, doctor, visit, proof));
    world.clock.advance(40 * DAY);
    await expectRefused(world, 'EPOCH_NOT_IN_FORCE', 'line', () => send(message));
    world.clock.advance(-40 * DAY);
    await send(message);
  });
});

describe('a lost answer', () => {
  it('does not lock the patient out: a new check-in opens a new visit', async () => {
    await arrive();
    await openVisit(world, clinic, cast.patient, cast.doctor);
    const again = await arrive();
    const { reply } = await openVisit(world, clinic, cast.patient, cast.doctor);
    expect(reply.visitId).toBe(again.visitId);
  });
});
