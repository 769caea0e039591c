/**
 * Card-verifiable certificates of terminals: what enrolment puts into a desk's folder, and its renewal over the bureau's route.
 * @module
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hex } from '../../crypto/common/bytes.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { spkiOf } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { serialOf } from '../testing/journeys.ts';
import { DAY } from '../testing/moving-clock.ts';
import { createWorld, folderOf, type Post, signal, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const keyOf = ({ desk }: Post): Uint8Array => spkiOf(desk.cardChannel.key);

const renew = async (post: Post): Promise<Uint8Array> => {
  const { certificate } = await post.client.terminalCardCertificate({ body: { key: toBase64(keyOf(post)) } }, signal);
  return fromBase64(certificate);
};

describe('a terminal’s certificate for cards', () => {
  it('lies in the desk’s folder, says who the terminal is, and hangs on the bureau’s authority', () => {
    const authority = parseCertificate(fromBase64(world.material.cardAuthorityCertificate));
    for (const [post, role] of [
      [world.posts.clinic, 'clinic'],
      [world.posts.secondPharmacyDesk, 'pharmacy'],
      [world.posts.bureau, 'bureau'],
    ] as const) {
      const { desk } = post;
      expect(desk.cardAuthority).toEqual({ reference: 'TWIMISCVCA00001', point: p256Point(authority.spki) });
      const certificate = parseCardCertificate(new Uint8Array(readFileSync(desk.cardChannel.cvcFile)));
      expect(isCertifiedBy(certificate, desk.cardAuthority.point)).toBe(true);
      expect(certificate).toMatchObject({
        authority: 'TWIMISCVCA00001',
        point: p256Point(keyOf(post)),
        role: { kind: 'terminal', role, institution: desk.institution },
      });
      expect(hex(certificate.holder)).toBe(desk.terminalId);
      const days = (certificate.notAfter + 1 - certificate.notBefore) / DAY;
      expect(days).toBe(31);
    }
  });

  it('is renewed for whoever asks, as the terminal that asks', async () => {
    world.clock.advance(20 * DAY);
    const certificate = parseCardCertificate(await renew(world.posts.clinic));
    expect(hex(certificate.holder)).toBe(world.posts.clinic.desk.terminalId);
    expect(certificate.notAfter).toBeGreaterThan(world.clock.now() + 29 * DAY);
    world.clock.advance(-20 * DAY);
  });

  it('is not renewed for a key that is none, nor for a terminal that was revoked', async () => {
    const { client } = world.posts.otherClinic;
    const key = toBase64(new Uint8Array(91));
    await expect(client.terminalCardCertificate({ body: { key } }, signal)).rejects.toMatchObject({
      code: 'REQUEST_MALFORMED',
    });
    await revoke(folderOf(world), serialOf(world.posts.otherClinic.desk.terminal.der), world.clock);
    await expect(renew(world.posts.otherClinic)).rejects.toMatchObject({ code: 'CERT_REVOKED' });
  });
});
