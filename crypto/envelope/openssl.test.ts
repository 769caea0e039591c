import { execFileSync, spawnSync } from 'node:child_process';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMIS_OID } from '../common/oids.ts';
import { toPem } from '../pki/key-store.ts';
import { codeOf, NOW, signal } from '../pki/pki.fixture.ts';
import { keyIdentifier } from '../pki/public-key.ts';
import { type Cast, makeCast, manifestMessage, p256Message, rsaKey, trustAll } from './envelope.fixture.ts';
import { open } from './open.ts';
import { parseSignedMessage } from './parse-signed-message.ts';
import { createSoftwareKeyAgreement, createSoftwareKeyTransport, type RecipientKey } from './recipient-key.ts';
import { seal } from './seal.ts';
import { signMessage } from './signed-message.ts';
import { verifySignedMessage } from './verify-signed-message.ts';

let folder: string;
let cast: Cast;
let pharmacy: RecipientKey;
let rsa: RecipientKey & { certificate: Uint8Array };
const at = (name: string): string => join(folder, name);
const openssl = (...args: string[]): Buffer =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

function save(name: string, certificate: Uint8Array, privateKey: KeyObject): void {
  writeFileSync(at(`${name}.pem`), toPem('CERTIFICATE', certificate));
  writeFileSync(at(`${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cms-'));
  cast = await makeCast();
  for (const name of ['root', 'patient', 'pharmacy', 'insurer'] as const) {
    save(name, cast[name].certificate, cast[name].privateKey);
  }
  pharmacy = createSoftwareKeyAgreement(cast.pharmacy.privateKey, cast.pharmacy.certificate);
  const privateKey = rsaKey(3072);
  writeFileSync(at('rsa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  openssl('req', '-x509', '-key', 'rsa.key', '-subj', '/CN=rsa', '-out', 'rsa.pem');
  const certificate = new Uint8Array(new X509Certificate(readFileSync(at('rsa.pem'))).raw);
  rsa = { ...createSoftwareKeyTransport(privateKey, certificate), certificate };
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const EC = ['-keyopt', 'ecdh_kdf_md:sha256', '-aes256-wrap'];
const OAEP = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((one) => ['-keyopt', one]);

function encrypt(...options: string[]): Uint8Array {
  openssl('cms', '-encrypt', '-binary', '-in', 'content', '-outform', 'DER', '-out', 'sealed', ...options);
  return readFileSync(at('sealed'));
}

describe('sealed messages', () => {
  it('of ours are opened by openssl, EC and RSA, several at once', () => {
    const content = new Uint8Array(10_000).fill(0x61);
    const recipients = [cast.pharmacy, rsa, cast.insurer].map(({ certificate }) => ({ certificate }));
    writeFileSync(at('ours'), seal(content, recipients));
    for (const name of ['pharmacy', 'insurer', 'rsa']) {
      const args = ['-in', 'ours', '-inform', 'DER', '-recip', `${name}.pem`, '-inkey', `${name}.key`];
      expect(new Uint8Array(openssl('cms', '-decrypt', '-binary', ...args))).toEqual(content);
    }
    // By key identifier, as a terminal's reply key is named.
    writeFileSync(at('ours'), seal(content, [{ spki: cast.pharmacy.spki }]));
    const args = ['-in', 'ours', '-inform', 'DER', '-recip', 'pharmacy.pem', '-inkey', 'pharmacy.key'];
    expect(new Uint8Array(openssl('cms', '-decrypt', '-binary', ...args))).toEqual(content);
  });

  it('of openssl are opened by us, EC and RSA, two at once, streamed or not, named either way', async () => {
    const content = new Uint8Array(10_000).map((_, i) => i);
    writeFileSync(at('content'), content);
    const two = ['-recip', 'pharmacy.pem', ...EC, '-recip', 'rsa.pem', ...OAEP];
    for (const options of [two, ['-stream', ...two], ['-keyid', ...two]]) {
      const sealed = encrypt('-aes-256-gcm', ...options);
      for (const key of [pharmacy, rsa]) expect(await open(sealed, key, signal)).toEqual(content);
    }
  });

  it('of openssl with other algorithms are refused by name', async () => {
    writeFileSync(at('content'), 'x');
    const refusal = async (...options: string[]) => {
      const error: unknown = await open(encrypt(...options), pharmacy, signal).catch((cause: unknown) => cause);
      return error instanceof Error && 'algorithm' in error ? error.algorithm : error;
    };
    const ec = ['-recip', 'pharmacy.pem', ...EC];
    expect(await refusal('-aes-256-cbc', ...ec)).toBe('EnvelopedData without authentication');
    expect(await refusal('-des3', ...ec)).toBe('EnvelopedData without authentication');
    expect(await refusal('-aes-128-gcm', ...ec)).toBe('AES-128-GCM');
    expect(await refusal('-aes-256-gcm', '-recip', 'pharmacy.pem', '-aes256-wrap')).toBe('ECDH with SHA-1 KDF');
    expect(await refusal('-aes-256-gcm', '-recip', 'pharmacy.pem', ...EC.slice(0, 2), '-aes128-wrap')).toBe(
      'AES-128 key wrap',
    );
    expect(await refusal('-aes-256-gcm', '-recip', 'rsa.pem')).toBe('RSA PKCS#1 v1.5');
    expect(await refusal('-aes-256-gcm', '-recip', 'rsa.pem', ...OAEP.slice(0, 2))).toBe('RSA-OAEP with SHA-1');
    const shared = ['-secretkey', '00'.repeat(32), '-secretkeyid', '01'];
    expect(await refusal('-aes-256-gcm', ...shared)).toBe('recipient of type [2]');
  });

  it('of ours, altered, are refused by openssl', () => {
    const altered = seal(new Uint8Array(100), [{ certificate: cast.pharmacy.certificate }]);
    altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
    writeFileSync(at('altered'), altered);
    const args = [
      'cms',
      '-decrypt',
      '-in',
      'altered',
      '-inform',
      'DER',
      '-recip',
      'pharmacy.pem',
      '-inkey',
      'pharmacy.key',
    ];
    expect(spawnSync('openssl', args, { cwd: folder }).status).not.toBe(0);
  });
});

describe('signed messages', () => {
  const verifyArgs = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', 'signed'];
  const trust = ['-CAfile', 'root.pem', '-attime', String(NOW / 1000)];

  it('of ours are verified by openssl', async () => {
    const message = p256Message(cast.pharmacy.spki);
    writeFileSync(at('signed'), await signMessage(message, cast.patientSigner, signal));
    expect(new Uint8Array(openssl(...verifyArgs, ...trust))).toEqual(message.content);
  });

  it('signed inside sealed are decrypted and verified by openssl alone, and openssl seals what we verify', async () => {
    const message = p256Message(cast.pharmacy.spki);
    const signed = await signMessage(message, cast.patientSigner, signal);
    writeFileSync(at('ours'), seal(signed, [{ certificate: cast.pharmacy.certificate }]));
    const key = ['-recip', 'pharmacy.pem', '-inkey', 'pharmacy.key'];
    openssl('cms', '-decrypt', '-binary', '-in', 'ours', '-inform', 'DER', '-out', 'signed', ...key);
    expect(new Uint8Array(openssl(...verifyArgs, ...trust))).toEqual(message.content);

    writeFileSync(at('content'), signed);
    const opened = await open(encrypt('-aes-256-gcm', '-recip', 'pharmacy.pem', ...EC), pharmacy, signal);
    const expected = { kind: 'p256', types: ['check-in'], recipient: keyIdentifier(cast.pharmacy.spki) } as const;
    const verified = await verifySignedMessage(parseSignedMessage(opened), { trust: trustAll }, expected, signal);
    expect(verified.content).toEqual(message.content);
  });

  it('of openssl have not our attributes, and are refused by code', async () => {
    writeFileSync(at('content'), 'x');
    const sign = (...options: string[]): Uint8Array =>
      openssl(
        ...'cms -sign -binary -nodetach -in content -outform DER -signer patient.pem -inkey patient.key'.split(' '),
        ...options,
      );
    expect(await codeOf(() => parseSignedMessage(sign('-md', 'sha256')))).toBe('ATTRIBUTES_REFUSED');
    expect(await codeOf(() => parseSignedMessage(sign('-md', 'sha256', '-noattr')))).toBe('ATTRIBUTES_MISSING');
    expect(await codeOf(() => parseSignedMessage(sign('-md', 'sha1')))).toBe('ALGORITHM_REFUSED');
    const two = sign('-md', 'sha256', '-signer', 'insurer.pem', '-inkey', 'insurer.key');
    expect(await codeOf(() => parseSignedMessage(two))).toBe('SIGNER_COUNT');
  });

  it('with a group signature are parsed and shown by openssl, and not accepted', async () => {
    const message = manifestMessage([cast.patient.certificate]);
    writeFileSync(at('signed'), await signMessage(message, cast.groupSigner, signal));
    const printed = openssl('cms', '-cmsout', '-print', '-noout', '-inform', 'DER', '-in', 'signed').toString();
    expect(printed).toContain(IMIS_OID.groupSignature);
    expect(printed).toContain(IMIS_OID.nhiContext);
    expect(printed).not.toContain('signingTime');
    expect(new Uint8Array(openssl(...verifyArgs, '-noverify', '-nosigs'))).toEqual(message.content);
    const full = spawnSync('openssl', [...verifyArgs, ...trust], { cwd: folder });
    expect(full.status).not.toBe(0);
    expect(full.stdout).toHaveLength(0);
  });
});
