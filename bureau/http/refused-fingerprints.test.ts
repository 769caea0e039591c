import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../contract/calendar.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { FingerprintSet } from '../../contract/fingerprints.ts';
import { decide, decision, decisionBody } from '../testing/emergency-messages.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, enrol, makeCast } from '../testing/journeys.ts';
import { sealed } from '../testing/messages.ts';
import { MINUTE } from '../testing/moving-clock.ts';
import { enrolledFinger, fingerSet, PHOTO } from '../testing/soft-fingers.ts';
import type { Certified } from '../testing/soft-people.ts';
import { createWorld, makeCitizen, signal, type World } from '../testing/world.ts';

let world: World;
let cast: Cast;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
});
afterAll(() => world.close());

const send = (body: ReturnType<typeof decisionBody> & { duplicateFound?: string }) =>
  world.posts.bureau.client.fingerprints({ operator: cast.operators.clerk, body }, signal);

/** A set that its holder consents to, expected to be refused. */
async function refusedSet(code: ErrorCode, set: FingerprintSet, evidence: 'line' | 'none' = 'line'): Promise<void> {
  const body = decisionBody(world, await decision(world, cast.patient, set), set);
  await expectRefused(world, code, evidence, () => send(body));
}

/** A decision with something changed, its set beside it, expected to be refused. */
async function refusedDecision(
  code: ErrorCode,
  changes: Record<string, unknown>,
  { signed = fingerSet(1), sent = signed, signer = cast.patient.signing }: Partial<Changed> = {},
): Promise<void> {
  const der = await decision(world, cast.patient, signed ?? undefined, changes, signer);
  await expectRefused(world, code, 'line', () => send(decisionBody(world, der, sent ?? undefined)));
}
interface Changed {
  readonly signed: FingerprintSet | null;
  readonly sent: FingerprintSet | null;
  readonly signer: Certified;
}

/** A set whose first record is another. */
const withRecord = (change: (record: Buffer) => Uint8Array): FingerprintSet => {
  const set = fingerSet(1);
  const [first, ...rest] = set.fingers;
  const [impression, ...others] = first?.impressions ?? [];
  if (first === undefined || impression === undefined) throw new Error('a set without fingers');
  const record = Buffer.from(change(Buffer.from(impression.record, 'base64'))).toString('base64');
  return { ...set, fingers: [{ ...first, impressions: [{ ...impression, record }, ...others] }, ...rest] };
};
const withPhoto = (mime: FingerprintSet['photo']['mime'], bytes: Uint8Array): FingerprintSet => ({
  ...fingerSet(1),
  photo: { mime, data: Buffer.from(bytes).toString('base64') },
});

describe('fingerprints are refused', () => {
  it('without consent: another set, none, one beside a refusal, signed by somebody else, not signed', async () => {
    await refusedDecision('CONSENT_MISMATCH', {}, { sent: fingerSet(2) });
    await refusedDecision('CONSENT_MISMATCH', {}, { sent: null });
    await refusedDecision('CONSENT_MISMATCH', { decision: 'refuse' }, { signed: null, sent: fingerSet(1) });
    await refusedDecision('REQUEST_MALFORMED', { decision: 'withdraw' });
    await refusedDecision('REQUEST_MALFORMED', {}, { signed: null, sent: fingerSet(1) });
    await refusedDecision('CERT_WRONG_KIND', {}, { signer: world.clerk });
    const { civil } = await makeCitizen(world, 'C100000001', '陳公民');
    await refusedDecision('CERT_WRONG_KIND', {}, { signer: civil });
    const bare = sealed(world, Buffer.from(JSON.stringify({ type: 'fingerprint-decision' })));
    await expectRefused(world, 'SIGNED_MALFORMED', 'none', () => send({ decision: bare }));
  });

  it('late, early, of another version, or with somebody else’s id', async () => {
    await refusedDecision('TIME_SKEW', { at: instantOf(world.clock.now() - 16 * MINUTE) });
    await refusedDecision('TIME_SKEW', { at: instantOf(world.clock.now() + 3 * MINUTE) });
    await refusedDecision('VERSION_UNSUPPORTED', { version: 2 });
  });

  it('without a clerk, and elsewhere than at the bureau', async () => {
    const set = fingerSet(1);
    const body = decisionBody(world, await decision(world, cast.patient, set), set);
    const { bureau, registration } = world.posts;
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => bureau.client.fingerprints({ body }, signal));
    const operator = cast.operators.registrar;
    const elsewhere = () => registration.client.fingerprints({ operator, body }, signal);
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', elsewhere);
    const params = { pid: '00'.repeat(16) };
    const nobody = () => bureau.client.fingerprintStanding({ operator: cast.operators.clerk, params }, signal);
    await expectRefused(world, 'NOT_FOUND', 'none', nobody);
  });

  it('with a record of another version, cut, too long, of another finger, or none at all', async () => {
    await refusedSet(
      'TEMPLATE_VERSION',
      withRecord((record) => record.fill('30', 5, 7)),
    );
    await refusedSet(
      'TEMPLATE_MALFORMED',
      withRecord((record) => record.subarray(0, -7)),
    );
    await refusedSet(
      'TEMPLATE_MALFORMED',
      withRecord((record) => Buffer.concat([record, Buffer.of(0)])),
    );
    await refusedSet(
      'TEMPLATE_MALFORMED',
      withRecord((record) => record.fill(3, 24, 25)),
    );
    await refusedSet(
      'TEMPLATE_MALFORMED',
      withRecord(() => Buffer.from('finger')),
    );
    const noViews = (record: Buffer): Buffer => {
      const header = Buffer.from(record.subarray(0, 24));
      header.writeUInt32BE(24, 8);
      header[22] = 0;
      return header;
    };
    await refusedSet('TEMPLATE_MALFORMED', withRecord(noViews));
  });

  it('of one finger, one twice, two impressions, or hardly a minutia', async () => {
    const set = fingerSet(1);
    const [first, second] = set.fingers;
    if (first === undefined || second === undefined) throw new Error('a set without fingers');
    await refusedSet('REQUEST_MALFORMED', { ...set, fingers: [first] });
    await refusedSet('REQUEST_MALFORMED', { ...set, fingers: [first, first] });
    const two = { ...first, impressions: first.impressions.slice(0, 2) };
    await refusedSet('REQUEST_MALFORMED', { ...set, fingers: [two, second] });
    const again = enrolledFinger({ person: 1, finger: 2, as: 3 });
    await refusedSet('FINGER_REPEATED', { ...set, fingers: [first, again] });
    const few = first.impressions.map(({ record, quality }) => {
      // Header 24, view header 4 with the count last, 11 minutiae of 6, extended data 2.
      const cut = Buffer.concat([Buffer.from(record, 'base64').subarray(0, 28 + 66), Buffer.of(0, 0)]);
      cut.writeUInt32BE(cut.length, 8);
      cut[27] = 11;
      return { record: cut.toString('base64'), quality };
    });
    await refusedSet('FINGER_PARTIAL', { ...set, fingers: [{ ...first, impressions: few }, second] });
  });

  it('with a photo that is not what it says, too large, or too many pixels', async () => {
    const png = Buffer.from(PHOTO.data, 'base64');
    await refusedSet('PHOTO_REFUSED', withPhoto('image/jpeg', png));
    await refusedSet('PHOTO_REFUSED', withPhoto('image/png', Buffer.from('<svg/>')));
    await refusedSet(
      'PHOTO_REFUSED',
      withPhoto('image/png', Buffer.concat([png, Buffer.alloc(64 * 1024 - png.length + 1)])),
    );
    await refusedSet('PHOTO_REFUSED', withPhoto('image/png', Buffer.from(png).fill(0xff, 18, 20)));
    await refusedSet('REQUEST_MALFORMED', withPhoto('image/png', Buffer.alloc(70_000)));
  });

  it('out of order: nothing to withdraw, something to withdraw before it is refused', async () => {
    const withdraw = await decision(world, cast.patient, undefined, { decision: 'withdraw' });
    await expectRefused(world, 'STEP_OUT_OF_ORDER', 'line', () => send(decisionBody(world, withdraw, undefined)));
    const patient = await enrol(world, cast.operators.clerk, 'C100000002', '林先給');
    await decide(world, cast.operators.clerk, patient, { set: fingerSet(20) });
    const refuse = await decision(world, patient, undefined, { decision: 'refuse' });
    await expectRefused(world, 'STEP_OUT_OF_ORDER', 'line', () => send(decisionBody(world, refuse, undefined)));
  });

  it('on a consent that is older than the last decision: kept back, it does not undo a refusal or a withdrawal', async () => {
    const { clerk } = cast.operators;
    for (const [id, first, last] of [
      ['C100000005', undefined, 'refuse'],
      ['C100000006', fingerSet(40), 'withdraw'],
    ] as const) {
      const patient = await enrol(world, clerk, id, '馬悔');
      if (first !== undefined) await decide(world, clerk, patient, { set: first });
      const set = fingerSet(41);
      const keptBack = decisionBody(world, await decision(world, patient, set), set);
      world.clock.advance(MINUTE);
      await decide(world, clerk, patient, { decision: last });
      world.clock.advance(MINUTE);
      await expectRefused(world, 'STEP_OUT_OF_ORDER', 'line', () => send({ ...keptBack, duplicateFound: '已核對' }));
      // A new word is taken.
      expect((await decide(world, clerk, patient, { set })).state).toBe('enrolled');
      await decide(world, clerk, patient, { decision: 'withdraw' });
    }
  });

  it('when somebody else has one of them, under whatever position, until a clerk has looked into it', async () => {
    const { clerk } = cast.operators;
    const first = await enrol(world, clerk, 'C100000003', '郭先');
    const second = await enrol(world, clerk, 'C100000004', '郭後');
    await decide(world, clerk, first, { set: fingerSet(30) });
    // One finger of the other person's, given for another one, beside an own one.
    const borrowed = enrolledFinger({ person: 30, finger: 2, as: 4 });
    const set = { ...fingerSet(31), fingers: [borrowed, enrolledFinger({ person: 31, finger: 7 })] };
    const body = decisionBody(world, await decision(world, second, set), set);
    await expectRefused(world, 'FINGER_DUPLICATE', 'line', () => send(body));
    const words = '雙胞胎，證件已核對';
    const standing = await send({ ...body, duplicateFound: words });
    expect(standing.state).toBe('enrolled');
    expect(standing.events.map(({ event, words, others }) => [event, words, others])).toEqual([
      ['duplicate-found', '', [first.pid]],
      ['duplicate-accepted', words, [first.pid]],
      ['enrolled', '', []],
    ]);
  });
});
