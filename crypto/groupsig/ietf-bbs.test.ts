/** The published vectors of draft-irtf-cfrg-bbs-signatures, through the credential core. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { concat, fromHex, hex } from '../common/bytes.ts';
import { secureRng } from '../common/random.ts';
import type { GroupBackend } from './backend.ts';
import { createMclBackend } from './backend-mcl.ts';
import { isIssuedOver, issueOver, messageBase } from './credential.ts';
import { decodeScalar, encodeScalar, scalarOfHash } from './scalar.ts';
import { API_ID, createGenerators, createP1, domainOf, messageScalar, signingScalar } from './testing/ietf-bbs.ts';
import { at } from './testing/sample-group.ts';

const root = join(import.meta.dirname, '../..');
const folder = resolve(root, process.env['IMIS_SHARED'] ?? '../shared', 'vectors/bbs-bls12-381-sha-256');

interface SignatureFixture {
  caseName: string;
  signerKeyPair: { secretKey: string; publicKey: string };
  header: string;
  messages: string[];
  signature: string;
  result: { valid: boolean };
  trace: { B: string; domain: string };
}

function load<T>(ctx: TestContext, name: string): T {
  if (!existsSync(folder)) ctx.skip('no ../shared');
  // The fixtures' shape is the publisher's; a missing field fails the assertion that reads it.
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

const scalarFrom = (text: string): bigint => {
  const scalar = decodeScalar(fromHex(text));
  if (scalar === undefined) throw new Error('fixture scalar out of range');
  return scalar;
};

let backend: GroupBackend;
beforeAll(async () => {
  backend = await createMclBackend();
});

describe('IETF BBS, bls12-381-sha-256', () => {
  it('derives the generators', (ctx) => {
    const fixture = load<{ P1: string; Q1: string; MsgGenerators: string[] }>(ctx, 'generators.json');
    expect(createGenerators(backend, 11).map((point) => hex(backend.encodeG1(point)))).toEqual([
      fixture.Q1,
      ...fixture.MsgGenerators,
    ]);
    expect(createP1(backend).map((point) => hex(backend.encodeG1(point)))).toEqual([fixture.P1]);
  });

  it('derives the key pair', (ctx) => {
    const fixture = load<{
      keyMaterial: string;
      keyInfo: string;
      keyDst: string;
      keyPair: { secretKey: string; publicKey: string };
    }>(ctx, 'keypair.json');
    const info = fromHex(fixture.keyInfo);
    const input = concat(fromHex(fixture.keyMaterial), Uint8Array.of(0, info.length), info);
    const secret = scalarOfHash(input, new TextDecoder().decode(fromHex(fixture.keyDst)));
    expect(hex(encodeScalar(secret))).toBe(fixture.keyPair.secretKey);
    expect(hex(backend.encodeG2(backend.mulG2(backend.g2, secret)))).toBe(fixture.keyPair.publicKey);
  });

  it('hashes to scalars', (ctx) => {
    const h2s = load<{ message: string; dst: string; scalar: string }>(ctx, 'h2s.json');
    expect(fromHex(h2s.dst)).toEqual(new TextEncoder().encode(`${API_ID}H2S_`));
    expect(hex(encodeScalar(scalarOfHash(fromHex(h2s.message), `${API_ID}H2S_`)))).toBe(h2s.scalar);
    const map = load<{ cases: { message: string; scalar: string }[] }>(ctx, 'MapMessageToScalarAsHash.json');
    expect(map.cases.length).toBe(10);
    for (const { message, scalar } of map.cases) {
      expect(hex(encodeScalar(messageScalar(fromHex(message))))).toBe(scalar);
    }
  });

  // signature001 of the draft's repository; the other nine are read where they lie beside the sources.
  it('reproduces the first signature wherever it runs', () => {
    const signature = fromHex(
      '84773160b824e194073a57493dac1a20b667af70cd2352d8af241c77658da5253aa8458317cca0eae615690d55b1f27164657dcafee1d5c1973947aa70e2cfbb4c892340be5969920d0916067b4565a0',
    );
    const secret = scalarFrom('60e55110f76883a13d030b2f6bd11883422d5abde717569fc0731f51237169fc');
    const w = backend.mulG2(backend.g2, secret);
    const bases = createGenerators(backend, 2);
    const domain = domainOf(backend, w, bases, fromHex('11223344556677889900aabbccddeeff'));
    expect(hex(encodeScalar(domain))).toBe('25d57fab92a8274c68fde5c3f16d4b275e4a156f211ae34b3ab32fbaf506ed5c');
    const message = messageScalar(fromHex('9872ad089e452c7b6e283dfac2a80d58e8d0ff71cc4d5e310a1debdda4a45f02'));
    const B = messageBase(backend, at(createP1(backend), 0), bases, [domain, message]);
    expect(hex(backend.encodeG1(B))).toBe(
      '92d264aed02bf23de022ebe778c4f929fddf829f504e451d011ed89a313b8167ac947332e1648157ceffc6e6e41ab255',
    );
    const e = signingScalar(secret, [message], domain);
    expect(hex(encodeScalar(e))).toBe(hex(signature.slice(48)));
    // Alone and among others, as a bundle is issued.
    const [A, , again] = issueOver(
      backend,
      secret,
      [
        { e, B },
        { e: e + 1n, B },
        { e, B },
      ],
      secureRng,
    );
    expect([A, again].map((point) => point && hex(backend.encodeG1(point)))).toEqual(
      [0, 0].map(() => hex(signature.slice(0, 48))),
    );
    expect(A !== undefined && isIssuedOver(backend, w, A, e, B)).toBe(true);
  });

  it('reproduces the ten signatures, and refuses those that must fail', (ctx) => {
    if (!existsSync(folder)) ctx.skip('no ../shared');
    const names = readdirSync(join(folder, 'signature')).sort();
    expect(names.length).toBe(10);
    const P1 = at(createP1(backend), 0);
    for (const name of names) {
      const fixture = load<SignatureFixture>(ctx, join('signature', name));
      const w = backend.decodeG2(fromHex(fixture.signerKeyPair.publicKey));
      const signature = fromHex(fixture.signature);
      const A = backend.decodeG1(signature.subarray(0, 48));
      const e = decodeScalar(signature.subarray(48));
      if (w === undefined || A === undefined || e === undefined) throw new Error(`${name} does not decode`);
      const bases = createGenerators(backend, fixture.messages.length + 1);
      const domain = domainOf(backend, w, bases, fromHex(fixture.header));
      const messages = fixture.messages.map((message) => messageScalar(fromHex(message)));
      const B = messageBase(backend, P1, bases, [domain, ...messages]);
      expect(isIssuedOver(backend, w, A, e, B), fixture.caseName).toBe(fixture.result.valid);
      if (!fixture.result.valid) continue;
      expect(hex(encodeScalar(domain)), fixture.caseName).toBe(fixture.trace.domain);
      expect(hex(backend.encodeG1(B)), fixture.caseName).toBe(fixture.trace.B);
      const secret = scalarFrom(fixture.signerKeyPair.secretKey);
      expect(signingScalar(secret, messages, domain), fixture.caseName).toBe(e);
      expect(backend.equal(at(issueOver(backend, secret, [{ e, B }], secureRng), 0), A), fixture.caseName).toBe(true);
    }
  });
});
