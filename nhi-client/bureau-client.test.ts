import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSoftwareCertificateSigner } from '../crypto/pki/certificate-signer.ts';
import { type Issuer, issueCertificate } from '../crypto/pki/issue-certificate.ts';
import { generateP256, toPem } from '../crypto/pki/key-store.ts';
import { type BureauClient, createBureauClient } from './bureau-client.ts';

const signal = new AbortController().signal;
const dates = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };

let server: Server;
let tls: { cert: string; key: string; ca: string };
let answer: { status: number; body: string };
let seen: { method: string | undefined; url: string | undefined; headers: Record<string, unknown> };
let client: BureauClient;

async function pem(subject: Parameters<typeof issueCertificate>[0]['subject'], issuer?: Issuer) {
  const { privateKey, spki } = await generateP256();
  const signer = createSoftwareCertificateSigner(privateKey);
  const certificate = await issueCertificate({ subject, spki, ...dates }, issuer ?? { signer }, signal);
  return {
    issuer: { signer, certificate },
    cert: toPem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

beforeAll(async () => {
  const ca = await pem({ kind: 'bureau-ca', name: 'CA' });
  const own = await pem({ kind: 'server', name: 'bureau', dns: ['localhost'], ip: ['127.0.0.1'] }, ca.issuer);
  const role = { institution: '0401180014', role: 'clinic' } as const;
  const desk = await pem({ kind: 'terminal', name: 'T', terminalId: new Uint8Array(16).fill(1), role }, ca.issuer);
  tls = { cert: desk.cert, key: desk.key, ca: ca.cert };
  server = createServer({ cert: own.cert, key: own.key, ca: ca.cert, requestCert: true }, (request, response) => {
    seen = { method: request.method, url: request.url, headers: request.headers };
    if (answer.status === 0) return; // never answers
    response.writeHead(answer.status).end(answer.body);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  client = createBureauClient({ url: `https://127.0.0.1:${port}`, tls, timeout: 500 });
});

const status = (abort: AbortSignal = signal) =>
  client.prescriptionStatus({ params: { rxId: 'ab'.repeat(16) }, operator: 'o', presence: 'p' }, abort);
const refusal = (code: string) => JSON.stringify({ error: { code, ref: 'X-1', retry: false } });

describe('the bureau’s client', () => {
  it('sends method, path, parameters and tokens of the table', async () => {
    answer = { status: 404, body: refusal('RX_NOT_FOUND') };
    await expect(status()).rejects.toMatchObject({ code: 'RX_NOT_FOUND' });
    expect(seen).toMatchObject({
      method: 'GET',
      url: `/v1/prescriptions/${'ab'.repeat(16)}`,
      headers: { 'imis-operator': 'o', 'imis-presence': 'p' },
    });
  });

  it('gives a line up long before the bureau would', async () => {
    const { port } = server.address() as AddressInfo;
    server.keepAliveTimeout = 3_600_000;
    const closed = Promise.withResolvers<void>();
    server.once('secureConnection', (socket) => socket.once('close', closed.resolve));
    const brief = createBureauClient({ url: `https://127.0.0.1:${port}`, tls, idle: 20 });
    answer = { status: 404, body: refusal('RX_NOT_FOUND') };
    await brief.prescriptionStatus({ params: { rxId: 'ab'.repeat(16) } }, signal).catch(() => undefined);
    await closed.promise;
    await brief.close();
  }, 10_000);

  it('refuses answers that do not fit the table', async () => {
    const bodies: readonly (readonly [number, string])[] = [
      [200, '{"state":"issued"}'],
      [200, 'not json'],
      [500, '<html>'],
      [400, '{"error":"x"}'],
      [400, refusal('NO_SUCH_CODE')],
      [400, refusal('toString')],
      [302, '{}'],
    ];
    for (const [code, body] of bodies) {
      answer = { status: code, body };
      await expect(status()).rejects.toMatchObject({ code: 'BUREAU_ANSWER_INVALID' });
    }
  });

  it('says that nobody answers, and who cancelled', async () => {
    answer = { status: 0, body: '' };
    const reach: boolean[] = [];
    const stop = client.onReach((online) => reach.push(online));
    await expect(status()).rejects.toMatchObject({ code: 'BUREAU_UNREACHABLE' });
    await expect(status(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    answer = { status: 404, body: refusal('RX_NOT_FOUND') };
    await expect(status()).rejects.toMatchObject({ code: 'RX_NOT_FOUND' });
    // A caller's mistake says nothing about the bureau.
    const wrong = client.prescriptionStatus({ params: { rxId: 'nonsense' } }, signal);
    await expect(wrong).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
    stop();
    await expect(status()).rejects.toMatchObject({ code: 'RX_NOT_FOUND' });
    expect(reach).toEqual([false, true]);
    const nowhere = createBureauClient({ url: 'https://127.0.0.1:9', tls });
    await expect(nowhere.material({}, signal)).rejects.toMatchObject({ code: 'BUREAU_UNREACHABLE' });
    await nowhere.close();
  });
});
