import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { secureRng } from '../common/random.ts';
import {
  type CardCertificate,
  type CardCertificateContents,
  isCertifiedBy,
  issueCardCertificate,
  parseCardCertificate,
} from './card-certificate.ts';
import { createSoftwareCertificateSigner } from './certificate-signer.ts';
import { generateP256 } from './key-store.ts';
import { newPrivateKey, publicPoint } from './p256-key.ts';
import { codeOf, DAY, NOW, signal } from './pki.fixture.ts';
import { p256Point } from './public-key.ts';

const terminal: CardCertificateContents = {
  authority: 'TWIMISCVCA00001',
  holder: new Uint8Array(16).fill(0x11),
  point: publicPoint(newPrivateKey(secureRng)),
  role: { kind: 'terminal', role: 'pharmacy', institution: '5901010012' },
  notBefore: NOW + 3_600_000,
  notAfter: NOW + 30 * DAY + 5,
};

describe('card-verifiable certificates', () => {
  let authority: Uint8Array;
  let other: Uint8Array;
  let issued: Uint8Array;
  let card: Uint8Array;

  beforeAll(async () => {
    const pair = await generateP256();
    authority = p256Point(pair.spki) ?? new Uint8Array(0);
    other = publicPoint(newPrivateKey(secureRng));
    const signer = createSoftwareCertificateSigner(pair.privateKey);
    issued = await issueCardCertificate(terminal, signer, signal);
    card = await issueCardCertificate({ ...terminal, role: { kind: 'card', card: 'doctor' } }, signer, signal);
  });

  it('come back as they were issued, cut to days', () => {
    const { encoded, body: _body, signature, ...contents } = parseCardCertificate(issued);
    expect(contents).toEqual({ ...terminal, notBefore: NOW, notAfter: NOW + 31 * DAY - 1 });
    expect([encoded.length, signature.length]).toEqual([issued.length, 64]);
    expect(issued.length).toBeLessThan(512);
    expect(parseCardCertificate(card).role).toEqual({ kind: 'card', card: 'doctor' });
  });

  it('hold under their authority and under no other', () => {
    expect(isCertifiedBy(parseCardCertificate(issued), authority)).toBe(true);
    expect(isCertifiedBy(parseCardCertificate(issued), other)).toBe(false);
  });

  it('are refused with one bit changed, wherever it is', () => {
    for (let at = 0; at < issued.length; at++) {
      const changed = issued.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      let parsed: CardCertificate | undefined;
      try {
        parsed = parseCardCertificate(changed);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CERT_MALFORMED' });
      }
      expect(parsed !== undefined && isCertifiedBy(parsed, authority), `byte ${at}`).toBe(false);
    }
  });

  it('are refused cut short, with something behind, and as any other bytes', async () => {
    for (let length = 0; length < issued.length; length++)
      expect(await codeOf(() => parseCardCertificate(issued.slice(0, length)))).toBe('CERT_MALFORMED');
    expect(await codeOf(() => parseCardCertificate(Uint8Array.of(...issued, 0)))).toBe('CERT_MALFORMED');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await codeOf(() => parseCardCertificate(bytes))).toBe('CERT_MALFORMED');
      }),
    );
  });

  it('refuse a day that is none: 30 February', async () => {
    const at = issued.findIndex((byte, i) => byte === 0x5f && issued[i + 1] === 0x24);
    const changed = issued.slice();
    changed.set([2, 6, 0, 2, 3, 0], at + 3);
    expect(await codeOf(() => parseCardCertificate(changed))).toBe('CERT_MALFORMED');
  });

  it('are not issued for contents out of shape', async () => {
    const { privateKey } = await generateP256();
    const signer = createSoftwareCertificateSigner(privateKey);
    for (const wrong of [
      { authority: '' },
      { authority: 'seventeen-letters' },
      { holder: new Uint8Array(15) },
      { point: new Uint8Array(65) },
      { notBefore: Date.UTC(2112, 0, 1) },
    ])
      await expect(issueCardCertificate({ ...terminal, ...wrong }, signer, signal)).rejects.toThrow(RangeError);
  });
});
