import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../contract/calendar.ts';
import type { EmergencyProbe } from '../../contract/emergency.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { encodeContext } from '../../crypto/groupsig/context.ts';
import { flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { revoke, revokeDoctor } from '../../main/app/administer-bureau.ts';
import {
  ask,
  confirm,
  confirmation,
  decide,
  type PreparedQuery,
  prepareQuery,
  query,
  queryBody,
} from '../testing/emergency-messages.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast, signOn } from '../testing/journeys.ts';
import { personal, sealed } from '../testing/messages.ts';
import { MINUTE } from '../testing/moving-clock.ts';
import { fingerSet, probeOf } from '../testing/soft-fingers.ts';
import type { Certified, SoftDoctor } from '../testing/soft-people.ts';
import {
  addPost,
  beginJoin,
  createWorld,
  folderOf,
  HOSPITAL,
  makeStaff,
  OTHER_HOSPITAL,
  type Post,
  signal,
  type World,
} from '../testing/world.ts';

let world: World;
let cast: Cast;
let room: Post;
let otherRoom: Post;
let doctor: SoftDoctor;
let nurse: Certified;

const makeEmergencyDoctor = async (): Promise<SoftDoctor> => {
  const operator = cast.operators.clerk;
  const join = await beginJoin(world, operator, [4]);
  return join.finish((await world.posts.bureau.client.join({ operator, body: join.body }, signal)).credential);
};

beforeAll(async () => {
  world = await createWorld({ policy: { emergencyQueries: 6 } });
  cast = await makeCast(world);
  room = await addPost(world, { name: 'emergency', institution: HOSPITAL, role: 'emergency' });
  otherRoom = await addPost(world, { name: 'emergency-2', institution: HOSPITAL, role: 'emergency' });
  doctor = await makeEmergencyDoctor();
  nurse = await makeStaff(world, cast.operators.clerk, HOSPITAL, 'nurse');
  await decide(world, cast.operators.clerk, cast.patient, { set: fingerSet(1) });
});
afterAll(async () => {
  await Promise.all([room.client.close(), otherRoom.client.close()]);
  await world.close();
});

let lines = 0;
const outcomes = async (): Promise<readonly string[]> => {
  const operator = cast.operators.clerk;
  const answer = await world.posts.bureau.client.breakGlassLog({ operator, body: { after: String(lines) } }, signal);
  expect(answer.broken).toBeNull();
  lines += answer.lines.length;
  return answer.lines.map(({ kind, outcome }) => `${kind} ${outcome}`);
};
// Every test says what it leaves in the log; an hour between them, for the sake of the rate.
beforeEach(async () => {
  cast = { ...cast, operators: { ...cast.operators, clerk: await signOn(world, world.posts.bureau, world.clerk) } };
  await outcomes();
});
afterEach(() => {
  world.clock.advance(61 * MINUTE);
});

const send = (body: ReturnType<typeof queryBody>, post: Post = room) => post.client.emergencyQuery({ body }, signal);

/** A query with parts changed, expected to be refused with a line of the log. */
async function refused(
  code: ErrorCode,
  changes: {
    readonly payload?: Record<string, unknown>;
    readonly ctx?: Parameters<typeof query>[4];
    readonly probe?: EmergencyProbe;
    readonly ready?: PreparedQuery;
    readonly from?: Post;
    readonly by?: SoftDoctor;
  },
): Promise<void> {
  const ready = changes.ready ?? (await prepareQuery(world, room));
  const der = await query(world, room, changes.by ?? doctor, { ...ready.payload, ...changes.payload }, changes.ctx);
  const body = queryBody(world, der, changes.probe ?? ready.probe);
  await expectRefused(world, code, 'line', () => send(body, changes.from));
  expect(await outcomes()).toEqual([`query ${code}`]);
}

describe('an emergency query is refused', () => {
  it('unsigned, signed by another kind of card, or altered', async () => {
    const { payload, probe } = await prepareQuery(world, room);
    const bare = queryBody(world, Buffer.from(JSON.stringify(payload)), probe);
    await expectRefused(world, 'SIGNED_MALFORMED', 'none', () => send(bare));
    const byNurse = queryBody(world, await personal(world, room, nurse, payload), probe);
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', () => send(byNurse));
    const der = await query(world, room, doctor, payload);
    const inContent = Buffer.from(der).indexOf(payload.challenge) + 5;
    const altered = queryBody(world, flipped(der, inContent), probe);
    await expectRefused(world, 'DIGEST_MISMATCH', 'line', () => send(altered));
    const resigned = queryBody(world, flipped(der, der.length - 3), probe);
    await expectRefused(world, 'SIGNATURE_INVALID', 'line', () => send(resigned));
    expect(await outcomes()).toEqual([
      'query SIGNED_MALFORMED',
      'query CONTEXT_MISMATCH',
      'query DIGEST_MISMATCH',
      'query SIGNATURE_INVALID',
    ]);
  });

  it('the second time', async () => {
    const { payload, probe } = await prepareQuery(world, room);
    const body = queryBody(world, await query(world, room, doctor, payload), probe);
    await send(body);
    await expectRefused(world, 'ID_REUSED', 'line', () => send(body));
    // Signed anew over the same challenge.
    const again = queryBody(world, await query(world, room, doctor, payload), probe);
    await expectRefused(world, 'CHALLENGE_USED', 'line', () => send(again));
    expect(await outcomes()).toEqual(['query ok', 'query ID_REUSED', 'query CHALLENGE_USED']);
  });

  it('the second time also after the bureau was started anew', async () => {
    const { payload, probe } = await prepareQuery(world, room);
    const body = queryBody(world, await query(world, room, doctor, payload), probe);
    await send(body);
    await world.restart();
    await expectRefused(world, 'ID_REUSED', 'line', () => send(body));
    const again = queryBody(world, await query(world, room, doctor, payload), probe);
    await expectRefused(world, 'CHALLENGE_USED', 'line', () => send(again));
    expect(await outcomes()).toEqual(['query ok', 'query ID_REUSED', 'query CHALLENGE_USED']);
  });

  it('from another terminal than it was signed for, or of another kind', async () => {
    await refused('CONTEXT_MISMATCH', { from: otherRoom });
    await refused('CHALLENGE_STALE', { ready: await forThisRoom() });
    const ready = await prepareQuery(world, room);
    const body = queryBody(world, await query(world, room, doctor, ready.payload), ready.probe);
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () => send(body, world.posts.clinic));
  });

  it('late, of another version, for a triage that can wait, without a reason, or with a challenge of another kind', async () => {
    await refused('TIME_SKEW', { payload: { at: instantOf(world.clock.now() - 3 * MINUTE) } });
    await refused('VERSION_UNSUPPORTED', { payload: { version: 2 } });
    await refused('REQUEST_MALFORMED', { payload: { triage: 4 } });
    await refused('REQUEST_MALFORMED', { payload: { reason: { kind: 'unconscious', words: '  ' } } });
    await refused('REQUEST_MALFORMED', { payload: { replyKey: 'AAAA' } });
    const { challenge } = await room.client.challenge({ body: { purpose: 'sign-on' } }, signal);
    await refused('CHALLENGE_STALE', { payload: { challenge } });
    const ready = await prepareQuery(world, room);
    world.clock.advance(11 * MINUTE);
    const late = { ...ready, payload: { ...ready.payload, at: instantOf(world.clock.now()) } };
    await refused('CHALLENGE_STALE', { ready: late });
  });

  it('signed for another purpose, recipient, challenge or other fingers', async () => {
    await refused('CONTEXT_MISMATCH', { ctx: { purpose: 'presence', pid: secureRng(16) } });
    await refused('CONTEXT_MISMATCH', { ctx: { aud: secureRng(32) } });
    await refused('CONTEXT_MISMATCH', { ctx: { sid: secureRng(16) } });
    await refused('CONTEXT_MISMATCH', { probe: probeOf(2) });
  });

  it('by a doctor without the emergency class, with a class that was not certified, or revoked', async () => {
    await refused('CLASS_NOT_ALLOWED', { by: cast.doctor });
    const { payload, probe } = await prepareQuery(world, room);
    const der = Uint8Array.from(await query(world, room, cast.doctor, payload));
    const none = { aud: secureRng(32), pid: new Uint8Array(16), sid: new Uint8Array(16) };
    // Version, purpose, epoch and class as they stand in ctx: class 1 at the end.
    const head = encodeContext({ ...cast.doctor.attributes, purpose: 'emergency', ...none }).subarray(0, 10);
    der[Buffer.from(der).indexOf(head) + 9] = 4;
    await expectRefused(world, 'SIGNATURE_INVALID', 'line', () => send(queryBody(world, der, probe)));
    expect(await outcomes()).toEqual(['query SIGNATURE_INVALID']);
    const gone = await makeEmergencyDoctor();
    await revokeDoctor(folderOf(world), gone.doctorId, true, world.clock);
    await world.tend();
    await refused('EPOCH_NOT_IN_FORCE', { by: gone });
    doctor = await makeEmergencyDoctor();
  });

  it('with a template of another version, cut, of another finger, or a finger twice', async () => {
    const good = probeOf(1);
    const [first, second] = good.fingers;
    if (first === undefined || second === undefined) throw new Error('a probe without fingers');
    const withRecord = (change: (bytes: Buffer) => Uint8Array): EmergencyProbe => {
      const record = Buffer.from(change(Buffer.from(first.record, 'base64'))).toString('base64');
      return { ...good, fingers: [{ ...first, record }, second] };
    };
    for (const [code, probe] of [
      ['TEMPLATE_VERSION', withRecord((bytes) => bytes.fill('30', 5, 7))],
      ['TEMPLATE_MALFORMED', withRecord((bytes) => bytes.subarray(0, 40))],
      ['TEMPLATE_MALFORMED', withRecord((bytes) => bytes.fill(9, 24, 25))],
      ['REQUEST_MALFORMED', { ...good, fingers: [first, first] }],
      ['REQUEST_MALFORMED', { ...good, fingers: [] }],
    ] as const) {
      const probed = { ...good, ...probe, fingers: [...probe.fingers] };
      await refused(code, { ready: await prepareQuery(world, room, probed) });
    }
  });

  it('more often than the policy allows within an hour, at this terminal only', async () => {
    for (let i = 0; i < 6; i++) await ask(world, room, doctor);
    await outcomes();
    await refused('EMERGENCY_RATE', {});
    // Neither a bureau that is started anew forgets it, nor one whose clock is set back.
    await world.restart();
    world.clock.advance(-10 * MINUTE);
    await refused('EMERGENCY_RATE', {});
    world.clock.advance(10 * MINUTE);
    expect((await ask(world, otherRoom, doctor)).candidates.candidates).toHaveLength(1);
    world.clock.advance(60 * MINUTE);
    expect((await ask(world, room, doctor)).candidates.candidates).toHaveLength(1);
  });

  it('more often at the same instant too', async () => {
    for (let i = 0; i < 5; i++) await ask(world, room, doctor);
    const results = await Promise.allSettled([1, 2, 3].map(() => ask(world, room, doctor)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'EMERGENCY_RATE' });
  });
});

/** A query of this room over a challenge that the other room was given. */
async function forThisRoom(): Promise<PreparedQuery> {
  const ready = await prepareQuery(world, room);
  const { challenge } = await otherRoom.client.challenge({ body: { purpose: 'emergency' } }, signal);
  return { ...ready, payload: { ...ready.payload, challenge } };
}

describe('a confirmation is refused', () => {
  const sendTo = (post: Post, message: string) => () =>
    post.client.emergencyConfirmation({ body: { message } }, signal);

  it('by a group signature, a patient, a pharmacist, or a nurse of another hospital', async () => {
    const asked = await ask(world, room, doctor);
    const { payload } = await prepareQuery(world, room);
    const grouped = sealed(world, await query(world, room, doctor, payload));
    await expectRefused(world, 'CONTEXT_MISMATCH', 'line', sendTo(room, grouped));
    const { clerk } = cast.operators;
    for (const [code, card] of [
      ['CERT_WRONG_KIND', cast.patient.signing],
      ['CONFIRMER_REFUSED', await makeStaff(world, clerk, HOSPITAL, 'pharmacist')],
      ['CONFIRMER_REFUSED', await makeStaff(world, clerk, OTHER_HOSPITAL, 'nurse')],
    ] as const)
      await expectRefused(world, code, 'line', sendTo(room, await confirmation(world, asked, card)));
    expect(await outcomes()).toEqual([
      'query ok',
      'confirmation CONTEXT_MISMATCH',
      'confirmation CERT_WRONG_KIND',
      'confirmation CONFIRMER_REFUSED',
      'confirmation CONFIRMER_REFUSED',
    ]);
    // Nothing of it spoiled the query.
    await confirm(world, asked, await confirmation(world, asked, nurse));
  });

  it('for another query, of another query’s person, at another terminal, or of another time', async () => {
    const asked = await ask(world, room, doctor);
    const before = await ask(world, room, doctor);
    const [theirs] = before.candidates.candidates;
    const refusal = async (code: ErrorCode, changes: Parameters<typeof confirmation>[3], post = room): Promise<void> =>
      expectRefused(world, code, 'line', sendTo(post, await confirmation(world, asked, nurse, changes)));
    await refusal('EMERGENCY_QUERY_UNKNOWN', { queryId: '00'.repeat(16) });
    await refusal('EMERGENCY_CANDIDATE_UNKNOWN', { handle: theirs?.handle ?? '' });
    await refusal('CONTEXT_MISMATCH', {}, otherRoom);
    await refusal('CONTEXT_MISMATCH', { terminal: otherRoom.desk.terminalId });
    await refusal('TIME_SKEW', { at: instantOf(world.clock.now() - 3 * MINUTE) });
    const fromThere = await confirmation(world, { ...asked, post: otherRoom }, nurse);
    await expectRefused(world, 'EMERGENCY_QUERY_UNKNOWN', 'line', sendTo(otherRoom, fromThere));
  });

  it('the second time; the same bytes get the same answer, and a line', async () => {
    const asked = await ask(world, room, doctor);
    const message = await confirmation(world, asked, nurse);
    const again = await confirmation(world, asked, nurse);
    const first = await confirm(world, asked, message);
    await expectRefused(world, 'EMERGENCY_CONFIRMED', 'line', sendTo(room, again));
    expect(await confirm(world, asked, message)).toEqual(first);
    expect(await outcomes()).toEqual([
      'query ok',
      'confirmation ok',
      'confirmation EMERGENCY_CONFIRMED',
      'confirmation repeated',
    ]);
  });

  it('at the same instant twice: one wins', async () => {
    const asked = await ask(world, room, doctor);
    const messages = await Promise.all([1, 2].map(() => confirmation(world, asked, nurse)));
    const results = await Promise.allSettled(messages.map((message) => confirm(world, asked, message)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [one] = results.filter((result) => result.status === 'rejected');
    expect(one?.reason).toMatchObject({ code: 'EMERGENCY_CONFIRMED' });
  });

  it('by a card that was revoked, also between the query and the confirmation', async () => {
    const gone = await makeStaff(world, cast.operators.clerk, HOSPITAL, 'nurse');
    const asked = await ask(world, room, doctor);
    await revoke(folderOf(world), parseCertificate(gone.certificate).serial, world.clock);
    const late = await confirmation(world, asked, gone);
    await expectRefused(world, 'CERT_REVOKED', 'line', sendTo(room, late));
    await confirm(world, asked, await confirmation(world, asked, nurse));
  });

  it('of somebody who has withdrawn since the query', async () => {
    const { clerk } = cast.operators;
    const patient = await enrol(world, clerk, 'C100000011', '方悔');
    await decide(world, clerk, patient, { set: fingerSet(51) });
    const asked = await ask(world, room, doctor, probeOf(51));
    await decide(world, clerk, patient, { decision: 'withdraw' });
    const message = await confirmation(world, asked, nurse);
    await expectRefused(world, 'EMERGENCY_CANDIDATE_UNKNOWN', 'line', sendTo(room, message));
  });

  it('after the time-out', async () => {
    const asked = await ask(world, room, doctor);
    world.clock.advance(5 * MINUTE + 1);
    const late = await confirmation(world, asked, nurse);
    await expectRefused(world, 'EMERGENCY_EXPIRED', 'line', sendTo(room, late));
    expect(await outcomes()).toEqual(['query ok', 'confirmation EMERGENCY_EXPIRED']);
  });
});
