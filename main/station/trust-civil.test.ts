import { sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { civilAuthorityStatement } from '../../crypto/pki/civil-authority.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { type Certified, certified, codeOf, DAY, issuerOf, NOW, signal } from '../../crypto/pki/pki.fixture.ts';
import { issueRevocationList } from '../../crypto/pki/revocation-list.ts';
import { readCivilTrust, trustCivil } from './trust-civil.ts';

const CHAO = { kind: 'civil', name: '趙淑芬', personId: 'D223456780' } as const;
let bureau: Certified;
let citizens: Certified;
let chao: Certified;
beforeAll(async () => {
  const root = await certified({ kind: 'bureau-ca', name: 'root' });
  bureau = await certified({ kind: 'bureau-signing', name: 'bureau' }, root);
  citizens = await certified({ kind: 'civil-ca', name: 'citizens' });
  chao = await certified(CHAO, citizens);
});

/** What the material says of an authority; signed by `by` over `about`. */
const named = ({ certificate } = citizens, by = bureau, about = certificate) => ({
  authority: toBase64(certificate),
  signature: toBase64(
    new Uint8Array(sign('sha256', civilAuthorityStatement(about), { key: by.privateKey, dsaEncoding: 'ieee-p1363' })),
  ),
});
const read = (raw: Parameters<typeof readCivilTrust>[0]) => readCivilTrust(raw, parseCertificate(bureau.certificate));
const listed = async (serials: readonly string[], by = citizens): Promise<string> =>
  toBase64(
    await issueRevocationList(
      { number: 1, thisUpdate: NOW, nextUpdate: NOW + DAY, revoked: serials.map((serial) => ({ serial, at: NOW })) },
      issuerOf(by),
      signal,
    ),
  );
const judged = (raw: Parameters<typeof readCivilTrust>[0], now = NOW, { certificate } = chao) =>
  codeOf(() => trustCivil({ civil: read(raw) }, certificate, now));

describe('the authority of citizens', () => {
  it('is whom the bureau names, and nobody else', async () => {
    expect(trustCivil({ civil: read(named()) }, chao.certificate, NOW).name.commonName).toBe('趙淑芬');
    expect(await judged(undefined)).toBe('CERT_UNKNOWN_ISSUER');
    const other = await certified({ kind: 'civil-ca', name: 'others' });
    expect(await codeOf(() => read(named(other, citizens)))).toBe('SIGNATURE_INVALID');
    expect(await codeOf(() => read(named(other, bureau, citizens.certificate)))).toBe('SIGNATURE_INVALID');
    expect(await judged(named(other))).toBe('CERT_UNKNOWN_ISSUER');
  });

  it('has certificates of one kind, with dates', async () => {
    expect(await judged(named(), NOW + 400 * DAY)).toBe('CERT_EXPIRED');
    expect(await judged(named(), NOW - 2 * DAY)).toBe('CERT_NOT_YET_VALID');
    expect(await judged(named(), NOW, citizens)).toBe('CERT_WRONG_KIND');
  });

  it('is asked what it has revoked where there is a list, which must be its own and in time', async () => {
    const { serial } = parseCertificate(chao.certificate);
    const withList = async (serials: readonly string[], by = citizens) => ({
      ...named(),
      revocationList: await listed(serials, by),
    });
    expect(await judged(await withList([]))).toBeUndefined();
    expect(await judged(await withList([serial]))).toBe('CERT_REVOKED');
    expect(await judged(await withList([]), NOW + 2 * DAY)).toBe('CRL_STALE');
    const other = await certified({ kind: 'civil-ca', name: 'others' });
    expect(await judged(await withList([], other))).toBe('CRL_WRONG_ISSUER');
    expect(await judged({ ...named(), revocationList: 'AAAA' })).toBe('CRL_MALFORMED');
  });
});
