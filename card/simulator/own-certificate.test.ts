/**
 * A card is not activated without a certificate of its own that it believes in itself.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { AUTHENTICATION_FILE, STAFF_FILES } from '../apps/card-profile.ts';
import { openIssuingApp } from '../apps/issuing-app.ts';
import { openStaffApp } from '../apps/staff-app.ts';
import { authorities, bytes, certify, certifyCard, refusalOf, reinsert, sessionTo, setPins } from './cards.fixture.ts';
import { createStaffCard } from './staff-card.ts';

/** A staff card that lacks nothing but its own certificate. */
async function almostIssued() {
  const card = createStaffCard();
  const issuing = await openIssuingApp(sessionTo(card), 'staff');
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
    const refused = async (): Promise<void> => expect(await refusalOf(issuing.activate())).toBe('CARD_REFUSED');
    await refused();
    await certifyCard(issuing, 'staff', signing);
    await refused();
    await certifyCard(issuing, 'doctor', authentication);
    await refused();
    await certifyCard(issuing, 'staff', authentication, { told: await generateP256() });
    await refused();
    await certifyCard(issuing, 'staff', authentication, { reference: 'TWIMISCVCA00002' });
    await refused();
    await issuing.writeFile(AUTHENTICATION_FILE, bytes(40));
    await refused();
    await certifyCard(issuing, 'staff', authentication);
    // A key that is made anew leaves the certificate behind.
    await issuing.generateKey('authentication');
    await refused();
    await certifyCard(issuing, 'staff', await issuing.readKey('authentication'));
    await issuing.activate();
    const app = await openStaffApp(reinsert(card));
    expect(await app.pinStatus()).toEqual({ state: 'needed', triesLeft: 3 });
  });

  it('takes an authority only as a point with a reference, and only before', async () => {
    const { issuing, authentication } = await almostIssued();
    const point = publicPoint(newPrivateKey(bytes));
    expect(await refusalOf(issuing.setCardAuthority(bytes(65), 'TWIMISCVCA00001'))).toBe('CARD_REFUSED');
    for (const reference of ['', 'with a blank', 'TWIMISCVCA0000001'])
      expect(await refusalOf(issuing.setCardAuthority(point, reference))).toBe('CARD_REFUSED');
    await certifyCard(issuing, 'staff', authentication);
    await issuing.activate();
    expect(await refusalOf(issuing.setCardAuthority(point, 'TWIMISCVCA00001'))).toBe('CARD_REFUSED');
    expect(await refusalOf(issuing.readKey('authentication'))).toBe('CARD_REFUSED');
  });

  it('tells a key that was made before, and none that was not', async () => {
    const issuing = await openIssuingApp(sessionTo(createStaffCard()), 'staff');
    expect(await refusalOf(issuing.readKey('signature'))).toBe('CARD_RECORD_NOT_FOUND');
    const point = await issuing.generateKey('signature');
    expect(await issuing.readKey('signature')).toEqual(point);
    expect(await refusalOf(issuing.readKey('agreement'))).toBe('CARD_RECORD_NOT_FOUND');
  });
});
