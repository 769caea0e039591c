import { beforeEach, describe, expect, it } from 'vitest';
import { concat } from '../../crypto/common/bytes.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { agreedWith, newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { type CardSession, createCardSession } from '../apdu/card-session.ts';
import { channelTranscript, deriveChannelKeys, roleStatement, terminalStatement } from '../apdu/channel-keys.ts';
import { command, encodeCommand } from '../apdu/command.ts';
import { createSecureFrames } from '../apdu/secure-messaging.ts';
import { APPLICATIONS, PATIENT_FILES, type TerminalRole } from '../apps/card-profile.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { openPatientApp } from '../apps/patient-app.ts';
import { openTerminalChannel, type TerminalCredential } from '../apps/secure-channel.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import type { SoftwareCard } from './card-os.ts';
import {
  AUTHORITY,
  atClinic,
  attributesOf,
  bytes,
  cardCertificate,
  certifyCard,
  FIRST_DAY,
  issuePatient,
  issueStaff,
  pin,
  refusalOf,
  reinsert,
  sessionTo,
  TERMINAL_ID,
  terminal,
} from './cards.fixture.ts';
import { createPatientCard } from './patient-card.ts';
import { createStaffCard } from './staff-card.ts';

const DAY = 86_400_000;
const PATIENT = APPLICATIONS.patient;

const bureauKey = newPrivateKey(bytes);
const shared = createPatientCard();
await issuePatient(shared, { bureauKey: publicPoint(bureauKey) });

let card: SoftwareCard;
let session: CardSession;
beforeEach(() => {
  card = shared;
  session = reinsert(card);
});

const selectPatient = () => session.send(command([0x00, 0xa4, 0x04, 0x00], PATIENT.aid, 256));
const at = async (role: TerminalRole) => openPatientApp(session, await terminal(role));

/** Key agreement by hand, the terminal not proved. */
async function anonymous() {
  await selectPatient();
  const key = newPrivateKey(bytes);
  const point = publicPoint(key);
  const { data } = await session.send(command([0x80, 0x88, 0, 0], point, 256));
  const transcript = channelTranscript(PATIENT.aid, point, data.slice(0, 65));
  const frames = createSecureFrames(deriveChannelKeys(agreedWith(key, data.slice(0, 65)) ?? bytes(32), transcript));
  const send = async (apdu: ReturnType<typeof command>) => {
    const answer = await session.send(frames.wrap(apdu));
    return answer.sw === 0x9000 ? (frames.open(answer.data)?.sw ?? 0) : answer.sw;
  };
  return { frames, transcript, send };
}

describe('the terminal proves itself', () => {
  it('before anything that identifies the card is readable', async () => {
    const { send } = await anonymous();
    for (const file of Object.values(PATIENT_FILES)) {
      const header =
        file.structure === 'transparent'
          ? ([0x00, 0xb0, 0x80 | file.sfi, 0] as const)
          : ([0x00, 0xb2, 1, (file.sfi << 3) | 4] as const);
      expect(await send(command(header, undefined, 256))).toBe(file.sfi === 1 ? 0x9000 : 0x6982);
    }
    expect(await send(command([0x00, 0x88, 0, 1], undefined, 256))).toBe(0x6982);
    expect(await send(command([0x00, 0x20, 0, 1], new Uint8Array(8)))).toBe(0x6982);
  });

  it('with a certificate of the card’s authority, its own key, for this channel', async () => {
    const stranger = await generateP256();
    const foreign = createSoftwareCertificateSigner(stranger.privateKey);
    const clinic = await terminal('clinic');
    const other = await terminal('clinic', {});
    const refused: readonly [string, TerminalCredential, number][] = [
      ['signed by another authority of the same name', await terminal('clinic', {}, foreign), 0x6300],
      ['of an authority of another name', await terminal('clinic', { authority: 'TWOTHER00000001' }), 0x6a88],
      ['with the key of another terminal', { ...clinic, sign: other.sign }, 0x6300],
      ['no certificate', { ...clinic, certificate: bytes(200) }, 0x6a80],
      ['cut short', { ...clinic, certificate: clinic.certificate.slice(0, -1) }, 0x6a80],
      ['a card instead of a terminal', await terminal('clinic', { role: { kind: 'card', card: 'doctor' } }), 0x6985],
    ];
    for (const [name, credential, statusWord] of refused) {
      const error: unknown = await openPatientApp(reinsert(card), credential).catch((cause: unknown) => cause);
      expect([name, error]).toMatchObject([name, { code: 'CARD_TERMINAL_REFUSED', statusWord }]);
    }
    await openPatientApp(reinsert(card), clinic);
  });

  it('not with a signature for another channel', async () => {
    const clinic = await terminal('clinic');
    const { send } = await anonymous();
    const replayed = concat(clinic.certificate, await clinic.sign(terminalStatement(bytes(32))));
    expect(await send(command([0x00, 0x82, 0, 1], replayed))).toBe(0x6300);
  });

  it('once for a channel, and never in the clear', async () => {
    const clinic = await terminal('clinic');
    const { send, transcript } = await anonymous();
    const proof = concat(clinic.certificate, await clinic.sign(terminalStatement(transcript)));
    expect(await send(command([0x00, 0x82, 0, 1], proof))).toBe(0x9000);
    expect(await send(command([0x00, 0x82, 0, 1], proof))).toBe(0x6985);
    expect((await session.send(command([0x00, 0x82, 0, 1], proof))).sw).toBe(0x6982);
  });

  it('with a certificate that has not expired by the newest time the card knows', async () => {
    const own = createPatientCard();
    await issuePatient(own, { bureauKey: publicPoint(bureauKey) });
    const short = { notAfter: FIRST_DAY + 10 * DAY };
    const app = await openPatientApp(reinsert(own), await terminal('registration', short));
    const time = Math.floor((FIRST_DAY + 11 * DAY) / 1000);
    await app.putTimeToken({ time, signature: signMessage(bureauKey, timeBody(time)) });
    expect(await refusalOf(openPatientApp(reinsert(own), await terminal('registration', short)))).toBe(
      'CARD_TERMINAL_REFUSED',
    );
    await openPatientApp(reinsert(own), await terminal('registration'));
  });

  it('and a card without time tokens learns the day from certificates', async () => {
    const staff = createStaffCard();
    await issueStaff(staff);
    await openStaffApp(reinsert(staff), await terminal('pharmacy', { notBefore: FIRST_DAY + 20 * DAY }));
    const old = await terminal('pharmacy', { notAfter: FIRST_DAY + 19 * DAY });
    expect(await refusalOf(openStaffApp(reinsert(staff), old))).toBe('CARD_TERMINAL_REFUSED');
  });
});

describe('the card proves itself', () => {
  it('and tells its serial number inside the channel only', async () => {
    const app = await at('registration');
    expect(app.certificate.role).toEqual({ kind: 'card', card: 'patient' });
    expect(app.certificate.holder.length).toBe(16);
  });

  it('not to a terminal that trusts another authority', async () => {
    const other = { reference: AUTHORITY.reference, point: publicPoint(newPrivateKey(bytes)) };
    expect(await refusalOf(openPatientApp(session, { ...(await terminal('clinic')), authority: other }))).toBe(
      'CARD_NOT_GENUINE',
    );
  });

  it('a copy of its certificate on another card is not enough', async () => {
    const genuine = await at('clinic');
    const copy = createPatientCard();
    // Never activated: ACTIVATE would find out that the certificate is for another key.
    const issuing = await openIssuingApp(sessionTo(copy), 'patient', await terminal('bureau'));
    await issuing.generateKey('authentication');
    await issuing.writeFile(PATIENT_FILES.authentication, genuine.certificate.encoded);
    expect(await refusalOf(openPatientApp(reinsert(copy), await terminal('clinic')))).toBe('CARD_NOT_GENUINE');
    expect(await refusalOf(issuing.activate())).toBe('CARD_CHANNEL_BROKEN');
  });

  it('not with a certificate for another application, or none', async () => {
    const copy = createPatientCard();
    const issuing = await openIssuingApp(sessionTo(copy), 'patient', await terminal('bureau'));
    await certifyCard(issuing, 'doctor', await issuing.generateKey('authentication'));
    expect(await refusalOf(openPatientApp(reinsert(copy), await terminal('clinic')))).toBe('CARD_NOT_GENUINE');
    const blank = createPatientCard();
    await openIssuingApp(sessionTo(blank), 'patient', await terminal('bureau'));
    expect(await refusalOf(openPatientApp(reinsert(blank), await terminal('clinic')))).toBe('CARD_NOT_GENUINE');
  });
});

describe('roles', () => {
  const visit = { reference: bytes(32), visit: bytes(3) };

  it('decide what a terminal may read', async () => {
    const names = Object.entries(PATIENT_FILES);
    const open: Record<string, string[]> = {};
    for (const role of ['registration', 'clinic', 'pharmacy', 'emergency', 'bureau', 'insurer'] as const) {
      await selectPatient();
      const { session: inside } = await openTerminalChannel(session, PATIENT, await terminal(role), undefined);
      for (const [name, file] of names) {
        const header =
          file.structure === 'transparent'
            ? ([0x00, 0xb0, 0x80 | file.sfi, 0] as const)
            : ([0x00, 0xb2, 1, (file.sfi << 3) | 4] as const);
        const { sw } = await inside.send(command(header, undefined, 65_536));
        expect([0x9000, 0x6a83, 0x6600, 0x6982]).toContain(sw);
        if (sw === 0x9000 || sw === 0x6a83) (open[role] ??= []).push(name);
      }
    }
    const everybody = [
      'cardInfo',
      'certificate',
      'chain',
      'authentication',
      'decryptionCertificate',
      'standing',
      'time',
    ];
    const sorted = (list: readonly string[] = []) => [...list].sort();
    expect(sorted(open['registration'])).toEqual(sorted([...everybody, 'warrants']));
    expect(sorted(open['insurer'])).toEqual(sorted(everybody));
    expect(sorted(open['clinic'])).toEqual(sorted([...everybody, 'prescriptions', 'allergies']));
    expect(sorted(open['emergency'])).toEqual(sorted([...everybody, 'prescriptions', 'allergies']));
    expect(sorted(open['pharmacy'])).toEqual(
      sorted([...everybody, 'warrants', 'prescriptions', 'allergies', 'bodies']),
    );
    expect(sorted(open['bureau'])).toEqual(sorted([...everybody, 'warrants', 'log']));
  });

  it('a visit is read and written only beside a doctor card that has proved itself', async () => {
    const alone = await at('clinic');
    expect(await refusalOf(alone.readVisits())).toBe('CARD_ROLE_REFUSED');
    expect(await refusalOf(alone.writeVisitAndPrescription(visit))).toBe('CARD_ROLE_REFUSED');
    const pharmacy = await at('pharmacy');
    expect(await refusalOf(pharmacy.writeVisitAndPrescription(visit))).toBe('CARD_ROLE_REFUSED');
    const clinic = await atClinic(session);
    await clinic.writeVisitAndPrescription(visit);
    expect((await clinic.readVisits())[0]).toEqual(visit.visit);
  });

  it('the doctor’s proof is for this challenge, this terminal, a doctor’s key, once', async () => {
    const doctor = newPrivateKey(bytes);
    const point = publicPoint(doctor);
    const certificate = await cardCertificate({ holder: bytes(16), point, role: { kind: 'card', card: 'doctor' } });
    const staff = await cardCertificate({ holder: bytes(16), point, role: { kind: 'card', card: 'staff' } });
    const prove = async (
      app: Awaited<ReturnType<typeof at>>,
      changes: { challenge?: Uint8Array; terminalId?: Uint8Array; certificate?: Uint8Array; key?: Uint8Array } = {},
    ) => {
      const challenge = await app.getChallenge();
      const statement = roleStatement(changes.challenge ?? challenge, changes.terminalId ?? TERMINAL_ID);
      const proof = {
        certificate: changes.certificate ?? certificate,
        signature: signMessage(changes.key ?? doctor, statement),
      };
      await app.acceptDoctor(proof);
      return proof;
    };
    const app = await at('clinic');
    expect(await refusalOf(prove(app, { challenge: bytes(16) }))).toBe('CARD_REFUSED');
    expect(await refusalOf(prove(app, { terminalId: bytes(16) }))).toBe('CARD_REFUSED');
    expect(await refusalOf(prove(app, { certificate: staff }))).toBe('CARD_REFUSED');
    expect(await refusalOf(prove(app, { key: newPrivateKey(bytes) }))).toBe('CARD_REFUSED');
    expect(await refusalOf(prove(await at('registration')))).toBe('CARD_ROLE_REFUSED');
    const clinic = await at('clinic');
    const proof = await prove(clinic);
    expect(await refusalOf(clinic.acceptDoctor(proof))).toBe('CARD_REFUSED');
    await clinic.readVisits();
  });
});

describe('the PIN', () => {
  it('is taken inside the channel only: in the clear it costs no try and opens nothing', async () => {
    await selectPatient();
    const send = async (header: readonly [number, number, number, number], data: Uint8Array) =>
      (await session.send(command(header, data))).sw;
    expect(await send([0x00, 0x20, 0, 1], pin())).toBe(0x6982);
    expect(await send([0x00, 0x20, 0, 1], pin('000000'))).toBe(0x6982);
    expect(await send([0x00, 0x24, 0, 1], concat(pin(), pin()))).toBe(0x6982);
    expect(await send([0x00, 0x2c, 0, 1], concat(pin('87654321'), pin()))).toBe(0x6982);
    expect(await (await at('registration')).pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
  });

  it('verified in a channel opens nothing beside it', async () => {
    const app = await at('registration');
    await app.verifyPin(pin());
    const sign = command([0x00, 0x2a, 0x9e, 0x9a], attributesOf('card-application'), 256);
    expect((await session.send(sign)).sw).toBe(0x6982);
    await app.signAttributes(attributesOf('card-application'));
  });
});

describe('a broken frame', () => {
  it('ends the channel and what was verified in it; the card goes on with a new one', async () => {
    const app = await at('registration');
    await app.verifyPin(pin());
    expect((await session.send(command([0x04, 0x20, 0, 1], bytes(32), 256))).sw).toBe(0x6988);
    expect(await refusalOf(app.pinStatus())).toBe('CARD_CHANNEL_BROKEN');
    expect(await refusalOf(app.readCertificates())).toBe('CARD_CHANNEL_BROKEN');
    expect((await session.send(command([0x04, 0x20, 0, 1], bytes(32), 256))).sw).toBe(0x6985);
    const again = await at('registration');
    expect(await again.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
  });

  it('is what another program’s SELECT leaves behind', async () => {
    const app = await at('registration');
    await selectPatient();
    expect(await refusalOf(app.readCertificates())).toBe('CARD_CHANNEL_BROKEN');
  });

  it('a frame recorded on the wire and sent again, or two in the wrong order, is refused', async () => {
    const recorded: Uint8Array[] = [];
    card.powerOff();
    card.powerOn();
    const tapped = createCardSession({
      transmit: (apdu) => {
        recorded.push(apdu.slice());
        return card.transmit(apdu);
      },
    });
    const app = await openPatientApp(tapped, await terminal('registration'));
    await app.pinStatus();
    const again = recorded.at(-1) ?? new Uint8Array(0);
    expect((await card.transmit(again)).slice(-2)).toEqual(Uint8Array.of(0x69, 0x88));
    // Not even in a new channel.
    await openPatientApp(tapped, await terminal('registration'));
    expect((await card.transmit(again)).slice(-2)).toEqual(Uint8Array.of(0x69, 0x88));
  });

  it('inside a channel neither SELECT nor another key agreement exists', async () => {
    const { send } = await anonymous();
    expect(await send(command([0x00, 0xa4, 4, 0], PATIENT.aid, 256))).toBe(0x6d00);
    expect(await send(command([0x80, 0x88, 0, 0], publicPoint(newPrivateKey(bytes)), 256))).toBe(0x6d00);
  });

  it('key agreement refuses what is no point of the curve', async () => {
    await selectPatient();
    for (const point of [new Uint8Array(65), bytes(64), concat(Uint8Array.of(4), new Uint8Array(64).fill(1))])
      expect([0x6a80, 0x6700]).toContain((await session.send(command([0x80, 0x88, 0, 0], point, 256))).sw);
  });

  it('works with short commands and chaining as well', async () => {
    const short = await openPatientApp(sessionTo(card, { extended: false }), await terminal('registration'));
    const { signing } = await short.readCertificates();
    expect(signing.length).toBeGreaterThan(300);
    expect(encodeCommand(command([0x00, 0x84, 0, 0], undefined, 16)).length).toBe(5);
  });
});
