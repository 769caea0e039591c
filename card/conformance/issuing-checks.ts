/**
 * A blank card is issued, by the steps of docs/card.md, and on the way refuses what must not be: these checks change the card, one after another.
 * @module
 */
import { concat, equalBytes, utf8 } from '../../crypto/common/bytes.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { isPoint } from '../../crypto/pki/p256-key.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { pinBlock } from '../apdu/pin-block.ts';
import { SW } from '../apdu/status-word.ts';
import { type CardKind, KEY, PATIENT_FILES, STAFF_FILES } from '../apps/card-profile.ts';
import { type CardUnderTest, statusOf } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';
import { agree, agreeAs, type ProbeChannel, proofOf } from './probe-channel.ts';
import { TEST_INSTITUTION, TEST_PID, type TestAuthority } from './test-authority.ts';

/** PIN of the card when it is handed out, PIN its holder chooses, PUK; digits. */
export const TEST_PINS = { transport: '135790', chosen: '246813', other: '975310', puk: '86420975' } as const;

/** What issuing leaves for later checks. */
export interface IssuedCard {
  serial: Uint8Array;
  /** Public points, 65 bytes. */
  signing: Uint8Array;
  authentication: Uint8Array;
}

export const block = (digits: string): Uint8Array => pinBlock(utf8(digits));

const put = (tag: number, data: Uint8Array): CommandApdu => command([0x00, 0xda, 0x01, tag], data);
const generate = (key: number, p1 = 0x80): CommandApdu => command([0x00, 0x47, p1, 0x00], Uint8Array.of(key), 256);
const write = ({ sfi }: { readonly sfi: number }, data: Uint8Array): CommandApdu =>
  command([0x00, 0xd6, 0x80 | sfi, 0x00], data);
const setPin = (reference: number, data: Uint8Array): CommandApdu => command([0x00, 0x24, 0x01, reference], data);
const ACTIVATE = command([0x00, 0x44, 0x00, 0x00]);

async function done({ send }: ProbeChannel, what: string, apdu: CommandApdu): Promise<Uint8Array> {
  const { data, sw } = await send(apdu);
  expectStatus(what, sw, SW.ok);
  return data;
}

const subjectOf = (kind: CardKind): CertificateSubject => {
  switch (kind) {
    case 'patient':
      return { kind: 'patient-signing', pid: TEST_PID, standing: { paidUntil: '2099-12-31', agents: [] } };
    case 'doctor':
      return { kind: 'doctor', name: '測試醫師', doctorId: 'TEST-1' };
    case 'staff': {
      const role = { institution: TEST_INSTITUTION, role: 'pharmacist' } as const;
      return { kind: 'staff', name: '測試員', staffId: 'TEST-1', role };
    }
  }
};

/** Keys, certificates, PIN and PUK, and ACTIVATE; refused until everything is there. */
async function issue(card: CardUnderTest, made: IssuedCard, authority: TestAuthority): Promise<void> {
  const { kind, keys, files } = card.profile;
  const channel = await agreeAs(card, await authority.terminal('bureau'));
  const points = new Map<number, Uint8Array>();
  for (const key of keys) {
    const point = await done(channel, 'GENERATE ASYMMETRIC KEY PAIR', generate(key));
    expectThat(isPoint(point), `key ${key}: no point of P-256`);
    const again = await done(channel, 'public key', generate(key, 0x81));
    expectThat(equalBytes(point, again), `key ${key}: another public key when asked again`);
    points.set(key, point);
  }
  expectThat(new Set([...points.values()].map(String)).size === keys.length, 'two keys are the same');
  const pointOf = (key: number): Uint8Array => points.get(key) ?? new Uint8Array(0);
  made.signing = pointOf(KEY.signature);
  made.authentication = pointOf(KEY.authentication);
  expectStatus('ACTIVATE without certificates', (await channel.send(ACTIVATE)).sw, SW.conditions);
  // Certificate and EF AUT.CVC have the same short identifiers in every application.
  const holder = await authority.certificate(subjectOf(kind), made.signing);
  await done(channel, 'UPDATE BINARY of the certificate', write(STAFF_FILES.certificate, holder));
  if (kind === 'patient') {
    const subject = { kind: 'patient-decryption', pid: TEST_PID } as const;
    const decryption = await authority.certificate(subject, pointOf(KEY.agreement));
    await done(
      channel,
      'UPDATE BINARY of the decryption certificate',
      write(PATIENT_FILES.decryptionCertificate, decryption),
    );
  }
  await done(channel, 'PUT DATA of the bureau’s key', put(0x03, authority.bureauKey));
  await done(channel, 'SET PIN', setPin(0x01, concat(block(TEST_PINS.transport), Uint8Array.of(1))));
  await done(channel, 'SET PUK', setPin(0x02, block(TEST_PINS.puk)));
  const other = await authority.cardCertificate(kind, made.serial, made.signing);
  await done(channel, 'UPDATE BINARY of EF AUT.CVC', write(files.authentication, other));
  expectStatus('ACTIVATE with EF AUT.CVC of another key', (await channel.send(ACTIVATE)).sw, SW.conditions);
  const own = await authority.cardCertificate(kind, made.serial, made.authentication);
  await done(channel, 'UPDATE BINARY of EF AUT.CVC', write(files.authentication, own));
  await done(channel, 'ACTIVATE', ACTIVATE);
  expectStatus('ACTIVATE again', (await channel.send(ACTIVATE)).sw, SW.conditions);
}

/** Fills `made`. The last one activates the card. */
export function issuingChecks(authority: TestAuthority, made: IssuedCard): readonly Check[] {
  const { reference, point } = authority.authority;
  return [
    {
      id: 'issue.no-authority',
      clause: CLAUSE.issuing,
      what: 'a card without an authority believes no terminal: 6A88',
      async run(card) {
        const { send, transcript } = await agree(card);
        const { sw } = await send(await proofOf(await authority.terminal('bureau'), transcript));
        expectStatus('EXTERNAL AUTHENTICATE', sw, SW.referenceNotFound);
      },
    },
    {
      id: 'issue.authority',
      clause: CLAUSE.issuing,
      what: 'the authority is put once, a point of P-256 with a name; then never again',
      async run(card) {
        const wrong = put(0x04, concat(new Uint8Array(65), utf8(reference)));
        expectStatus('no point', await statusOf(card, wrong), SW.wrongData);
        const nameless = await statusOf(card, put(0x04, point));
        expectStatus('no name', nameless, SW.wrongData);
        const right = put(0x04, concat(point, utf8(reference)));
        expectStatus('PUT DATA', await statusOf(card, right), SW.ok);
        expectStatus('PUT DATA again', await statusOf(card, right), SW.conditions);
      },
    },
    {
      id: 'issue.role',
      clause: CLAUSE.issuing,
      what: 'a terminal of another role than the bureau issues nothing: 6600',
      async run(card) {
        const { send } = await agreeAs(card, await authority.terminal('clinic'));
        expectStatus('GENERATE', (await send(generate(KEY.signature))).sw, SW.roleRefused);
        expectStatus('SET PIN', (await send(setPin(0x01, block(TEST_PINS.transport)))).sw, SW.roleRefused);
        expectStatus('ACTIVATE', (await send(ACTIVATE)).sw, SW.roleRefused);
      },
    },
    {
      id: 'issue.incomplete',
      clause: CLAUSE.issuing,
      what: 'nothing to activate yet, no key to read, and a blank card signs nothing',
      async run(card) {
        const { send } = await agreeAs(card, await authority.terminal('bureau'));
        expectStatus('ACTIVATE', (await send(ACTIVATE)).sw, SW.conditions);
        expectStatus('a public key', (await send(generate(KEY.signature, 0x81))).sw, SW.referenceNotFound);
        expectStatus('a key it has not', (await send(generate(0x1f))).sw, SW.referenceNotFound);
        expectStatus('no PIN block', (await send(setPin(0x01, new Uint8Array(8)))).sw, SW.wrongData);
      },
    },
    {
      id: 'issue.whole',
      clause: CLAUSE.issuing,
      what: 'keys, certificates, PIN and PUK, ACTIVATE: refused until all is there and belongs together',
      changesLife: true,
      run: (card) => issue(card, made, authority),
    },
  ];
}
