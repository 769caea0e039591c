/**
 * A card is not activated without a certificate of its own that it believes in itself.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { command } from '../apdu/command.ts';
import { APPLICATIONS, AUTHENTICATION_FILE, STAFF_FILES } from '../apps/card-profile.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import {
  AUTHORITY,
  authorities,
  bytes,
  certify,
  certifyCard,
  issueStaff,
  pin,
  refusalOf,
  reinsert,
  sessionTo,
  setPins,
  terminal,
} from './cards.fixture.ts';
import { createStaffCard } from './staff-card.ts';

/** A staff card that lacks nothing but its own certificate. */
async function almostIssued() {
  const card = createStaffCard();
  const issuing = await openIssuingApp(sessionTo(card), 'staff', await terminal('bureau'));
  const { bureau } = await authorities();
  const role = { institution: '3501200000', role: 'pharmacist' } as const;
  const signing = await issuing.generateKey('signature');
  const certificate = await certify(bureau, { kind: 'staff', name: '李藥師', staffId: 'S-1', role }, signing);
  await issuing.writeFile(STAFF_FILES.certificate, certificate);
  await setPins(issuing);
  return { card, issuing, signing, authentication: await issuing.generateKey('authentication') };
}

describe('ACTIVATE', () => {
  it('wants the card’s own certificate, for its key, of its kind, by the authority it was told', async () => {
    const { card, issuing, signing, authentication } = await almostIssued();
    const refused = async (): Promise<void> =>
      expect(['CARD_REFUSED', 'CARD_RECORD_NOT_FOUND']).toContain(await refusalOf(issuing.activate()));
    await refused();
    await certifyCard(issuing, 'staff', signing);
    await refused();
    await certifyCard(issuing, 'doctor', authentication);
    await refused();
    await certifyCard(
      issuing,
      'staff',
      authentication,
      {},
      createSoftwareCertificateSigner((await generateP256()).privateKey),
    );
    await refused();
    await certifyCard(issuing, 'staff', authentication, { authority: 'TWIMISCVCA00002' });
    await refused();
    await issuing.writeFile(AUTHENTICATION_FILE, bytes(40));
    await refused();
    await certifyCard(issuing, 'staff', authentication);
    // A key that is made anew leaves the certificate behind.
    await issuing.generateKey('authentication');
    await refused();
    await certifyCard(issuing, 'staff', await issuing.readKey('authentication'));
    await issuing.activate();
    const app = await openStaffApp(reinsert(card), await terminal('pharmacy'));
    expect(await app.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
  });

  it('takes an authority once, as a point with a reference; nothing is issued to another than that', async () => {
    const card = createStaffCard();
    const session = sessionTo(card);
    await session.send(command([0x00, 0xa4, 4, 0], APPLICATIONS.staff.aid, 256));
    const put = async (point: Uint8Array, reference: string): Promise<number> =>
      (await session.send(command([0x00, 0xda, 1, 4], concat(point, utf8(reference))))).sw;
    const point = publicPoint(newPrivateKey(bytes));
    expect(await put(bytes(65), AUTHORITY.reference)).toBe(0x6a80);
    for (const reference of ['', 'with a blank', 'TWIMISCVCA0000001']) expect(await put(point, reference)).toBe(0x6a80);
    expect(await put(point, AUTHORITY.reference)).toBe(0x9000);
    expect(await put(AUTHORITY.point, AUTHORITY.reference)).toBe(0x6985);
    expect(await refusalOf(openIssuingApp(session, 'staff', await terminal('bureau')))).toBe('CARD_TERMINAL_REFUSED');
  });

  it('and everything before it only for a terminal of the bureau, and never again after', async () => {
    const card = createStaffCard();
    const elsewhere = await openIssuingApp(sessionTo(card), 'staff', await terminal('registration'));
    expect(await refusalOf(elsewhere.generateKey('signature'))).toBe('CARD_ROLE_REFUSED');
    expect(await refusalOf(elsewhere.setPin(pin()))).toBe('CARD_ROLE_REFUSED');
    const issued = createStaffCard();
    await issueStaff(issued);
    const late = await openIssuingApp(reinsert(issued), 'staff', await terminal('bureau'));
    expect(await refusalOf(late.readKey('authentication'))).toBe('CARD_REFUSED');
    expect(await refusalOf(late.setPuk(pin('12345678')))).toBe('CARD_REFUSED');
  });

  it('tells a key that was made before, and none that was not', async () => {
    const issuing = await openIssuingApp(sessionTo(createStaffCard()), 'staff', await terminal('bureau'));
    expect(await refusalOf(issuing.readKey('signature'))).toBe('CARD_RECORD_NOT_FOUND');
    const point = await issuing.generateKey('signature');
    expect(await issuing.readKey('signature')).toEqual(point);
    expect(await refusalOf(issuing.readKey('agreement'))).toBe('CARD_RECORD_NOT_FOUND');
  });
});
