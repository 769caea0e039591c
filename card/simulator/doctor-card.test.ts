import { beforeAll, describe, expect, it } from 'vitest';
import { concat, lp, lp1, uint, utf8 } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import { checkJoin, issueCredential } from '../../crypto/groupsig/issuer.ts';
import { encodeJoinStatement } from '../../crypto/groupsig/join.ts';
import { loadCredential } from '../../crypto/groupsig/member-credential.ts';
import { signWithCard } from '../../crypto/groupsig/sign-host.ts';
import {
  createSampleGroup,
  hashOf,
  neverAborted,
  sampleContext,
  TODAY,
} from '../../crypto/groupsig/testing/sample-group.ts';
import { verifySignature } from '../../crypto/groupsig/verify.ts';
import { verifyP256 } from '../../crypto/pki/certificate-signer.ts';
import { isSignedBy } from '../../crypto/pki/p256-key.ts';
import { command } from '../apdu/command.ts';
import { APPLICATIONS, DOCTOR_FILES } from '../apps/card-profile.ts';
import { type DoctorApp, openDoctorApp } from '../apps/doctor-app.ts';
import { openPatientApp } from '../apps/patient-app.ts';
import { recognise } from '../apps/recognise.ts';
import { attributesOf, bytes, pin, prepareDoctor, refusalOf, reinsert, sessionTo, terminal } from './cards.fixture.ts';
import { createDoctorCard } from './doctor-card.ts';

let backend: GroupBackend;
let group: ReturnType<typeof createSampleGroup>;

beforeAll(async () => {
  backend = await createMclBackend();
  group = createSampleGroup(backend, 0);
});

/** A doctor card that has joined and is active, in a fresh session without PIN. */
async function joined() {
  const card = createDoctorCard({ backend });
  const { issuing, signing, attestation } = await prepareDoctor(card, group.groupKey.encoded);
  await issuing.activate();
  const desk = await openDoctorApp(sessionTo(card), await terminal('clinic'));
  await desk.verifyPin(pin());
  const nonce = bytes(32);
  const join = await desk.gsJoin(nonce);
  const app = await openDoctorApp(reinsert(card), await terminal('clinic'));
  return { card, app, join, nonce, signing, attestation };
}

const open = async (app: DoctorApp, purposes: readonly number[] = [PURPOSES.record], count = 250): Promise<void> => {
  await app.verifyPin(pin());
  await app.setSession({ purposes, count });
};
const challenge = (id: Uint8Array, purpose: number = PURPOSES.record) => ({
  id,
  head: concat(Uint8Array.of(1, purpose), bytes(6)),
  hm: bytes(32),
  tx: bytes(32),
});

describe('joining', () => {
  it('proves the secret, signed by both keys, and the credential signs for the group', async () => {
    const { app, join, nonce, signing, attestation } = await joined();
    const statement = { pkh: group.groupKey.pkh, doctorId: utf8('D-77'), nonce };
    expect(checkJoin(backend, statement, join)).toBe(true);
    const J = encodeJoinStatement({ ...statement, Q: join.Q });
    expect(isSignedBy(signing, J, join.signature)).toBe(true);
    expect(isSignedBy(attestation, J, join.attestation)).toBe(true);
    expect(isSignedBy(signing, J, join.attestation)).toBe(false);

    await open(app);
    const { Q } = join;
    const credential = {
      Q,
      issued: issueCredential(backend, { secret: group.issuer.secret, groupKey: group.groupKey, Q, ...TODAY }),
    };
    await app.writeCredential(concat(credential.Q, credential.issued));
    expect(await app.readCredential()).toEqual(concat(credential.Q, credential.issued));
    const ctx = sampleContext();
    const messageHash = hashOf('record');
    const sigma = await signWithCard({
      backend,
      groupKey: group.groupKey,
      credential: loadCredential(backend, group.groupKey, credential, TODAY),
      ctx,
      messageHash,
      card: { commit: (signal) => app.gsCommit(signal), respond: (input, signal) => app.gsRespond(input, signal) },
      signal: neverAborted,
    });
    expect(verifySignature(backend, group.groupKey, ctx, messageHash, sigma)).toBe(true);
    expect(await app.readLog()).toMatchObject([{ counter: 1, kind: 'group' }]);
  });

  it('happens once for a group key, and again for another with another secret', async () => {
    const { app: atClinic, card, join } = await joined();
    expect(await refusalOf(atClinic.gsJoin(bytes(32)))).toBe('PIN_REQUIRED');
    await atClinic.verifyPin(pin());
    expect(await refusalOf(atClinic.gsJoin(bytes(32)))).toBe('CARD_ALREADY_USED');
    // Another group's key would cost the doctor the membership: only the bureau's desk puts one there.
    expect(await refusalOf(atClinic.writeGroupKey(group.groupKey.encoded))).toBe('CARD_ROLE_REFUSED');
    const app = await openDoctorApp(reinsert(card), await terminal('bureau'));
    await app.verifyPin(pin());
    await app.writeGroupKey(createSampleGroup(backend, 0, 'another').groupKey.encoded);
    expect((await app.gsJoin(bytes(32))).Q).not.toEqual(join.Q);
    await app.writeGroupKey(group.groupKey.encoded);
    expect(await refusalOf(app.gsJoin(bytes(32)))).toBe('CARD_ALREADY_USED');
    await app.writeGroupKey(group.groupKey.encoded.with(100, 1));
    expect(await refusalOf(app.gsJoin(bytes(32)))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('cannot be imitated by the signing command', async () => {
    const { app } = await joined();
    await app.verifyPin(pin());
    const J = concat(lp1('NHI-GSIG-V1-JOIN'), group.groupKey.pkh, lp(utf8('D-77')), bytes(32), bytes(48));
    expect(await refusalOf(app.signAttributes(J))).toBe('CARD_REFUSED');
  });
});

describe('commitments', () => {
  it('are answered once', async () => {
    const { app } = await joined();
    await open(app);
    const { id } = await app.gsCommit();
    await app.gsRespond(challenge(id));
    expect(await refusalOf(app.gsRespond(challenge(id)))).toBe('CARD_ALREADY_USED');
    expect(await refusalOf(app.gsRespond(challenge(uint(9, 4))))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('are gone with the supply, and when aborted', async () => {
    const { app, card } = await joined();
    await open(app);
    const { id } = await app.gsCommit();
    const later = await openDoctorApp(reinsert(card), await terminal('clinic'));
    await open(later);
    expect(await refusalOf(later.gsRespond(challenge(id)))).toBe('CARD_RECORD_NOT_FOUND');
    const { id: first } = await later.gsCommit();
    const { id: second } = await later.gsCommit();
    await later.gsAbort(first);
    expect(await refusalOf(later.gsRespond(challenge(first)))).toBe('CARD_ALREADY_USED');
    await later.gsAbort();
    expect(await refusalOf(later.gsRespond(challenge(second)))).toBe('CARD_ALREADY_USED');
  });

  it('are not aborted by whoever has no channel', async () => {
    const { card } = await joined();
    const session = reinsert(card);
    await session.send(command([0x00, 0xa4, 0x04, 0x00], APPLICATIONS.doctor.aid, 256));
    expect((await session.send(command([0x80, 0x54, 0, 0]))).sw).toBe(0x6982);
  });

  it('are erased when the supply is cut before the answer', async () => {
    const { app, card } = await joined();
    await open(app);
    const { id } = await app.gsCommit();
    card.cutPowerAfter(0);
    expect(await refusalOf(app.gsRespond(challenge(id)))).toBe('CARD_LOST');
    const later = await openDoctorApp(reinsert(card), await terminal('clinic'));
    await open(later);
    expect(await refusalOf(later.gsRespond(challenge(id)))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('are at most 255 at a time, all different, and survive an unanswered refusal', async () => {
    const { app } = await joined();
    expect(await refusalOf(app.gsCommit())).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    const made = [];
    for (let i = 0; i < 255; i++) made.push(await app.gsCommit());
    expect(await refusalOf(app.gsCommit())).toBe('CARD_FULL');
    expect(new Set(made.map(({ N }) => N.join())).size).toBe(255);
    const [{ id } = { id: uint(0, 4) }] = made;
    expect(await refusalOf(app.gsRespond(challenge(id)))).toBe('PIN_REQUIRED');
    await app.setSession({ purposes: [PURPOSES.record], count: 1 });
    expect((await app.gsRespond(challenge(id))).n.length).toBe(16);
  });
});

describe('session', () => {
  it('covers its purposes and its number, never an emergency', async () => {
    const { app } = await joined();
    expect(await refusalOf(app.setSession({ purposes: [1], count: 1 }))).toBe('PIN_REQUIRED');
    await open(app, [PURPOSES.record, PURPOSES.prescription], 2);
    expect(await refusalOf(app.setSession({ purposes: [PURPOSES.emergency], count: 1 }))).toBe('CARD_REFUSED');
    expect(await refusalOf(app.setSession({ purposes: [1], count: 251 }))).toBe('CARD_REFUSED');
    expect(await refusalOf(app.setSession({ purposes: [9], count: 1 }))).toBe('CARD_REFUSED');
    const next = async (purpose: number) => app.gsRespond(challenge((await app.gsCommit()).id, purpose));
    expect(await refusalOf(next(PURPOSES.claim))).toBe('PIN_REQUIRED');
    expect(await refusalOf(next(PURPOSES.emergency))).toBe('PIN_REQUIRED');
    expect(await refusalOf(next(7))).toBe('CARD_REFUSED');
    await next(PURPOSES.record);
    await next(PURPOSES.prescription);
    expect(await refusalOf(next(PURPOSES.record))).toBe('PIN_REQUIRED');
  });

  it('is renewed within one VERIFY only up to 250 signatures in all', async () => {
    const { app } = await joined();
    await open(app, [PURPOSES.record], 200);
    await app.gsRespond(challenge((await app.gsCommit()).id, PURPOSES.record));
    expect(await refusalOf(app.setSession({ purposes: [PURPOSES.record], count: 250 }))).toBe('CARD_REFUSED');
    await app.setSession({ purposes: [PURPOSES.record], count: 249 });
    await app.verifyPin(pin());
    await app.setSession({ purposes: [PURPOSES.record], count: 250 });
  });

  it('answers an emergency only straight after VERIFY, once', async () => {
    const { app } = await joined();
    await app.verifyPin(pin());
    const first = await app.gsCommit();
    const second = await app.gsCommit();
    expect(await refusalOf(app.gsRespond(challenge(first.id, PURPOSES.emergency)))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    await app.gsRespond(challenge(first.id, PURPOSES.emergency));
    expect(await refusalOf(app.gsRespond(challenge(second.id, PURPOSES.emergency)))).toBe('PIN_REQUIRED');
  });

  it('ends with SELECT, with a wrong PIN and with the supply', async () => {
    const { card } = await joined();
    const ends: ((app: DoctorApp) => Promise<DoctorApp>)[] = [
      async () => openDoctorApp(sessionTo(card), await terminal('clinic')),
      async (app) => {
        expect(await refusalOf(app.verifyPin(pin('999999')))).toEqual(['PIN_WRONG', 2]);
        return app;
      },
      async () => openDoctorApp(reinsert(card), await terminal('clinic')),
    ];
    for (const end of ends) {
      const before = await openDoctorApp(sessionTo(card), await terminal('clinic'));
      await open(before);
      const { id } = await before.gsCommit();
      const after = await end(before);
      expect(['PIN_REQUIRED', 'CARD_RECORD_NOT_FOUND']).toContain(await refusalOf(after.gsRespond(challenge(id))));
      expect(await refusalOf(after.gsCommit())).toBe('PIN_REQUIRED');
    }
  });
});

describe('the identity key', () => {
  it('signs attributes behind the PIN, whatever their type', async () => {
    const { app, signing } = await joined();
    const der = attributesOf('check-in');
    expect(await refusalOf(app.signAttributes(der))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    const { signature } = await app.signAttributes(der);
    expect(isSignedBy(signing, der, signature)).toBe(true);
    expect(verifyP256(new Uint8Array(5), der, signature)).toBe(false);
  });

  it('makes 250 signatures for one PIN', async () => {
    const { app } = await joined();
    await app.verifyPin(pin());
    const der = attributesOf('sign-on');
    for (let i = 0; i < 250; i++) await app.signAttributes(der);
    expect(await refusalOf(app.signAttributes(der))).toBe('PIN_REQUIRED');
    await app.verifyPin(pin());
    expect((await app.signAttributes(der)).counter).toBe(251);
  });

  it('is of its own kind of card', async () => {
    const { card } = await joined();
    const session = sessionTo(card);
    expect(await recognise(session)).toBe('doctor');
    expect(await refusalOf(openPatientApp(session, await terminal('clinic')))).toBe('CARD_WRONG_KIND');
    expect(DOCTOR_FILES.credential.read).toEqual([{ pin: true }]);
    expect(await refusalOf((await openDoctorApp(session, await terminal('clinic'))).readCredential())).toBe(
      'PIN_REQUIRED',
    );
  });
});
