import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate as ForeignCertificate } from '@peculiar/asn1-x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hex } from '../common/bytes.ts';
import { encodeOid } from '../common/der-oid.ts';
import { IMIS_OID } from '../common/oids.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { policyOf } from './certificate-kinds.ts';
import { createSoftwareCertificateSigner } from './certificate-signer.ts';
import { issueCertificate } from './issue-certificate.ts';
import { toPem } from './key-store.ts';
import { parseCertificate } from './parse-certificate.ts';
import { type Certified, certified, codeOf, DAY, issuerOf, NOW, PID, SUBJECTS, signal } from './pki.fixture.ts';
import { groupKey, groupSpki } from './public-key.ts';
import { issueRevocationList, openRevocationList } from './revocation-list.ts';
import { type PathPolicy, validatePath } from './validate-path.ts';

let folder: string;
let root: Certified;
let professional: Certified;
let civil: Certified;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pki-'));
  root = await certified({ kind: 'bureau-ca', name: 'NHI root', pathLength: 1 });
  professional = await certified({ kind: 'professional-ca', name: 'Profession' });
  civil = await certified({ kind: 'civil-ca', name: 'Citizens' });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, label: string, ...ders: Uint8Array[]): string => {
  const path = join(folder, name);
  writeFileSync(path, ders.map((der) => toPem(label, der)).join(''));
  return path;
};

function opensslVerify(certificate: Uint8Array, authority: Uint8Array, ...options: string[]): string {
  const ca = write('ca.pem', 'CERTIFICATE', authority);
  const leaf = write('leaf.pem', 'CERTIFICATE', certificate);
  const at = String(NOW / 1000);
  try {
    return execFileSync('openssl', ['verify', '-x509_strict', '-attime', at, '-CAfile', ca, ...options, leaf], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  } catch (error) {
    return String(error);
  }
}

const policy = (kinds: PathPolicy['kinds'], more: Partial<PathPolicy> = {}): PathPolicy => ({
  anchors: [root, professional, civil].map(({ certificate }) => parseCertificate(certificate)),
  revoked: undefined,
  now: NOW,
  kinds,
  ...more,
});

describe('every kind', () => {
  it('is issued, parsed, validated, and accepted by openssl, node and an independent library', async () => {
    for (const subject of SUBJECTS) {
      const { certificate } = await certified(subject, root);
      const parsed = parseCertificate(certificate);
      expect(parsed.kind).toBe(subject.kind);
      expect(validatePath(parsed, policy([subject.kind]))).toHaveLength(2);
      expect(opensslVerify(certificate, root.certificate)).toContain('OK');
      expect(new X509Certificate(certificate).checkIssued(new X509Certificate(root.certificate))).toBe(true);
      const foreign = AsnConvert.parse(certificate, ForeignCertificate);
      expect(hex(new Uint8Array(foreign.tbsCertificate.serialNumber))).toBe(parsed.serial);
    }
  }, 60_000);

  it('keeps its facts', async () => {
    const patient = parseCertificate((await certified(SUBJECTS[2] ?? expect.fail(), root)).certificate);
    expect(patient.pid).toEqual(PID);
    expect(patient.subject).toBe(`serialNumber=${hex(PID)}`);
    expect(patient.standing).toEqual({ paidUntil: '2026-12-31', agents: [new Uint8Array(32).fill(7)] });
    const staff = parseCertificate((await certified(SUBJECTS[4] ?? expect.fail(), root)).certificate);
    expect(staff.role).toEqual({ institution: '3501200000', role: 'pharmacist' });
    expect(staff.subject).toBe('CN=王明, serialNumber=S1');
    expect(staff.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    const terminal = parseCertificate((await certified(SUBJECTS[5] ?? expect.fail(), root)).certificate);
    expect(terminal.terminalId).toEqual(new Uint8Array(16).fill(9));
  });

  it('comes from its own authority only', async () => {
    const doctor = await certified({ kind: 'doctor', name: 'Chen', doctorId: 'D1' }, professional);
    expect(validatePath(parseCertificate(doctor.certificate), policy(['doctor']))).toHaveLength(2);
    expect(opensslVerify(doctor.certificate, professional.certificate)).toContain('OK');
    const person = await certified({ kind: 'civil', name: 'Lin', personId: 'A123456789' }, civil);
    expect(opensslVerify(person.certificate, civil.certificate)).toContain('OK');
    await expect(certified({ kind: 'doctor', name: 'x', doctorId: 'D2' }, root)).rejects.toThrow(RangeError);
    // An authority that would sign another's kind all the same is not believed.
    const posing = await certified({ kind: 'doctor', name: 'Chen', doctorId: 'D1' }, professional);
    const anchors = [parseCertificate(root.certificate)];
    expect(
      await codeOf(() => validatePath(parseCertificate(posing.certificate), policy(['doctor'], { anchors }))),
    ).toBe('CERT_UNKNOWN_ISSUER');
  });

  it('names a card authority by a reference that a card-verifiable certificate can carry', async () => {
    for (const name of ['', 'TWIMISCVCA0000001', 'TW IMIS', '臺灣'])
      await expect(certified({ kind: 'card-authority', name }, root)).rejects.toThrow(RangeError);
    // A certificate of another kind with the policy of a card authority: its name decides.
    const { certificate } = await certified({ kind: 'bureau-signing', name: 'a name with blanks' }, root);
    const renamed = Buffer.from(certificate);
    const policyAt = renamed.indexOf(Buffer.from(encodeOid(policyOf('bureau-signing'))));
    renamed[policyAt + encodeOid(policyOf('bureau-signing')).length - 1] = 15;
    expect(await codeOf(() => parseCertificate(new Uint8Array(renamed)))).toBe('CERT_MALFORMED');
  });

  it('carries a group key', async () => {
    const key = new Uint8Array(144).fill(3);
    const request = { spki: groupSpki(key), notBefore: NOW, notAfter: NOW + DAY } as const;
    const der = await issueCertificate(
      { ...request, subject: { kind: 'group', name: 'PK_GK' } },
      issuerOf(root),
      signal,
    );
    expect(groupKey(parseCertificate(der).spki)).toEqual(key);
    expect(validatePath(parseCertificate(der), policy(['group']))).toHaveLength(2);
    // openssl 3.0 loads the key of a leaf before it builds a path, so it cannot go further than reading this one.
    const text = execFileSync('openssl', ['x509', '-inform', 'DER', '-noout', '-text'], { input: der }).toString();
    expect(text).toContain(`Public Key Algorithm: ${IMIS_OID.groupSignature}`);
    const asStaff = { ...request, subject: SUBJECTS[0] ?? expect.fail() };
    await expect(issueCertificate(asStaff, issuerOf(root), signal)).rejects.toThrow(RangeError);
  });

  it('serves TLS with client certificates in node', async () => {
    const server = await certified(SUBJECTS[7] ?? expect.fail(), root, { notAfter: Date.UTC(2049, 0) });
    const terminal = await certified(SUBJECTS[5] ?? expect.fail(), root, { notAfter: Date.UTC(2049, 0) });
    const anchor = await certified({ kind: 'bureau-ca', name: 'x' }, undefined, { notAfter: Date.UTC(2049, 0) });
    const tls = ({ certificate, privateKey }: Certified) => ({
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: toPem('CERTIFICATE', certificate),
      ca: [toPem('CERTIFICATE', root.certificate), toPem('CERTIFICATE', anchor.certificate)],
    });
    const seen = await new Promise<string>((resolve, reject) => {
      const listener = createServer({ ...tls(server), requestCert: true, rejectUnauthorized: true }, (socket) => {
        resolve(socket.getPeerCertificate().subject.CN?.toString() ?? '');
        socket.destroy();
        listener.close();
      });
      listener.on('tlsClientError', reject);
      listener.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        connect({ ...tls(terminal), host: '127.0.0.1', port }).on('error', (error) => {
          if (!('code' in error && error.code === 'ECONNRESET')) reject(error);
        });
      });
    });
    expect(seen).toBe('T1');
  });
});

describe('refusals', () => {
  it('a certificate out of its time', async () => {
    const parsed = parseCertificate((await certified(SUBJECTS[0] ?? expect.fail(), root)).certificate);
    const at = (now: number) => codeOf(() => validatePath(parsed, policy(['bureau-signing'], { now })));
    expect(await at(parsed.notBefore - 1)).toBe('CERT_NOT_YET_VALID');
    expect(await at(parsed.notBefore)).toBeUndefined();
    expect(await at(parsed.notAfter + 999)).toBeUndefined();
    expect(await at(parsed.notAfter + 1000)).toBe('CERT_EXPIRED');
  });

  it('another kind, another authority, another authority of the same name', async () => {
    const parsed = parseCertificate((await certified(SUBJECTS[0] ?? expect.fail(), root)).certificate);
    expect(await codeOf(() => validatePath(parsed, policy(['staff'])))).toBe('CERT_WRONG_KIND');
    const twin = await certified({ kind: 'bureau-ca', name: 'NHI root' });
    const anchors = [parseCertificate(twin.certificate)];
    const only = policy(['bureau-signing'], { anchors });
    expect(await codeOf(() => validatePath(parsed, only))).toBe('CERT_UNKNOWN_ISSUER');
    const untrusting = policy(['bureau-signing'], { anchors: [], intermediates: [parseCertificate(root.certificate)] });
    expect(await codeOf(() => validatePath(parsed, untrusting))).toBe('CERT_UNKNOWN_ISSUER');
  });

  it('a signature by another key, and every flipped bit', async () => {
    const request = {
      spki: root.spki,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      subject: SUBJECTS[1] ?? expect.fail(),
    };
    const signer = createSoftwareCertificateSigner(professional.privateKey);
    const forged = await issueCertificate(request, { signer, certificate: root.certificate }, signal);
    const kinds = policy(['bureau-encryption']);
    expect(await codeOf(() => validatePath(parseCertificate(forged), kinds))).toBe('CERT_SIGNATURE_INVALID');
    const genuine = await issueCertificate(request, issuerOf(root), signal);
    const codes = new Set<unknown>();
    for (let i = 0; i < genuine.length; i++) {
      const altered = genuine.slice();
      altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
      const code = await codeOf(() => validatePath(parseCertificate(altered), kinds));
      expect(code).toEqual(expect.stringMatching(/^CERT_/));
      codes.add(code);
    }
    expect(codes).toContain('CERT_SIGNATURE_INVALID');
    expect(codes).toContain('CERT_MALFORMED');
  });

  it('garbage, a foreign certificate, a truncated one', async () => {
    const { certificate } = await certified(SUBJECTS[0] ?? expect.fail(), root);
    for (const bytes of [new Uint8Array(0), new Uint8Array(40), certificate.subarray(0, 100)]) {
      expect(await codeOf(() => parseCertificate(bytes))).toBe('CERT_MALFORMED');
    }
    const fixed = 'req -x509 -nodes -subj /CN=x -outform DER -keyout'.split(' ');
    const foreign = (...key: string[]): Uint8Array =>
      execFileSync('openssl', [...fixed, join(folder, 'k.pem'), '-newkey', ...key], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(await codeOf(() => parseCertificate(foreign('ec', '-pkeyopt', 'ec_paramgen_curve:P-256')))).toBe(
      'CERT_KIND_UNKNOWN',
    );
    const rsa = foreign('rsa:2048');
    expect(await codeOf(() => parseCertificate(rsa))).toBe('CERT_ALGORITHM_REFUSED');
    expect(readCertificateFields(rsa).spki.length).toBeGreaterThan(256);
  });

  it('more authorities than allowed', async () => {
    const middle = await certified({ kind: 'bureau-ca', name: 'NHI issuing' }, root);
    const leaf = await certified(SUBJECTS[0] ?? expect.fail(), middle);
    const intermediates = [parseCertificate(middle.certificate)];
    const given = policy(['bureau-signing'], { intermediates });
    expect(validatePath(parseCertificate(leaf.certificate), given)).toHaveLength(3);
    expect(await codeOf(() => validatePath(parseCertificate(leaf.certificate), policy(['bureau-signing'])))).toBe(
      'CERT_UNKNOWN_ISSUER',
    );
    const low = await certified({ kind: 'bureau-ca', name: 'too low' }, middle);
    const deep = parseCertificate((await certified(SUBJECTS[0] ?? expect.fail(), low)).certificate);
    const both = policy(['bureau-signing'], { intermediates: [...intermediates, parseCertificate(low.certificate)] });
    expect(await codeOf(() => validatePath(deep, both))).toBe('CERT_PATH_TOO_LONG');
  });
});

describe('revocation lists', () => {
  it('hold for openssl and for us', async () => {
    const bad = parseCertificate((await certified(SUBJECTS[0] ?? expect.fail(), root)).certificate);
    const good = parseCertificate((await certified(SUBJECTS[1] ?? expect.fail(), root)).certificate);
    const request = {
      number: 7,
      thisUpdate: NOW - DAY,
      nextUpdate: NOW + DAY,
      revoked: [{ serial: bad.serial, at: NOW - DAY }],
    };
    const der = await issueRevocationList(request, issuerOf(root), signal);
    const list = openRevocationList(der, parseCertificate(root.certificate));
    expect(list).toMatchObject({ number: 7, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY });
    expect(structuredClone(list)).toEqual(list);
    const crl = write('crl.pem', 'X509 CRL', der);
    expect(opensslVerify(good.der, root.certificate, '-crl_check', '-CRLfile', crl)).toContain('OK');
    expect(opensslVerify(bad.der, root.certificate, '-crl_check', '-CRLfile', crl)).toContain('certificate revoked');

    const check = (now: number, certificate = good) =>
      codeOf(() => validatePath(certificate, policy([certificate.kind], { revoked: [list], now })));
    expect(await check(NOW)).toBeUndefined();
    expect(await check(NOW, bad)).toBe('CERT_REVOKED');
    expect(await check(NOW + DAY + 1)).toBe('CRL_STALE');
    expect(await check(NOW + 2 * DAY, bad)).toBe('CERT_REVOKED');
    expect(await codeOf(() => validatePath(good, policy([good.kind], { revoked: [] })))).toBe('CRL_WRONG_ISSUER');
  });

  it('may be empty, and are refused altered or by another', async () => {
    const request = { number: 1, thisUpdate: NOW, nextUpdate: NOW + DAY, revoked: [] };
    const der = await issueRevocationList(request, issuerOf(root), signal);
    const authority = parseCertificate(root.certificate);
    expect(openRevocationList(der, authority).revoked.size).toBe(0);
    expect(await codeOf(() => openRevocationList(der, parseCertificate(civil.certificate)))).toBe('CRL_WRONG_ISSUER');
    const twin = parseCertificate((await certified({ kind: 'bureau-ca', name: 'NHI root' })).certificate);
    expect(await codeOf(() => openRevocationList(der, twin))).toBe('CRL_SIGNATURE_INVALID');
    expect(await codeOf(() => openRevocationList(der.subarray(1), authority))).toBe('CRL_MALFORMED');
    for (let i = 0; i < der.length; i++) {
      const altered = der.slice();
      altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
      expect(await codeOf(() => openRevocationList(altered, authority))).toEqual(expect.stringMatching(/^CRL_/));
    }
  });
});
