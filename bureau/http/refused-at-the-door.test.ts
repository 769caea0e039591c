import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import { encodeDer, octets } from '../../crypto/common/der-write.ts';
import { cutSignedData } from '../../crypto/envelope/parse-signed-message.ts';
import { assembleSignedData } from '../../crypto/envelope/signed-message.ts';
import { createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { generateP256, toPem } from '../../crypto/pki/key-store.ts';
import { revoke } from '../../main/app/administer-bureau.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';
import { expectRefused } from '../testing/expect-refused.ts';
import { type Cast, checkIn, makeCast, serialOf, signOn } from '../testing/journeys.ts';
import { personal, sealed, signOnOf } from '../testing/messages.ts';
import { DAY } from '../testing/moving-clock.ts';
import {
  createWorld,
  folderOf,
  HOSPITAL,
  makeStaff,
  OTHER_HOSPITAL,
  PHARMACY,
  signal,
  type World,
} from '../testing/world.ts';

let world: World;
let cast: Cast;

beforeAll(async () => {
  world = await createWorld();
  cast = await makeCast(world);
});
afterAll(() => world.close());

/** A raw request, for what the client would not send. */
async function raw(
  path: string,
  options: { tls?: { cert?: string; key?: string; ca: string }; method?: 'GET' | 'POST'; type?: string; body?: string },
): Promise<{ status: number; json: unknown }> {
  const tls = options.tls ?? world.posts.clinic.desk.tls;
  const dispatcher = new Agent({ connect: tls });
  try {
    const answer = await request(new URL(path, world.url), {
      dispatcher,
      method: options.method ?? 'POST',
      headers: options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json' },
      body: options.body ?? null,
    });
    return { status: answer.statusCode, json: await answer.body.json() };
  } finally {
    await dispatcher.destroy();
  }
}

const refusal = (code: ErrorCode) => ({
  status: ERRORS[code].http,
  json: { error: { code, ref: ERRORS[code].ref, retry: ERRORS[code].retry } },
});

describe('evidence', () => {
  it('can be read after a message without a signature, which leaves none', async () => {
    const post = world.posts.registration;
    const { challenge } = await post.client.challenge({ body: { purpose: 'sign-on' } }, signal);
    const der = await personal(world, post, cast.registrar, signOnOf(world, post, cast.registrar, challenge));
    const { head, signer } = cutSignedData(der);
    for (const length of [0, 100_000]) {
      const parts = signer.map((part, i) => (i === 5 ? encodeDer(octets(new Uint8Array(length))) : part.whole));
      const unsigned = assembleSignedData(
        head.map((part) => part.whole),
        parts,
      );
      const body = { message: sealed(world, unsigned) };
      await expect(post.client.signOn({ body }, signal)).rejects.toMatchObject({ code: 'SIGNED_MALFORMED' });
    }
    const issuing = world.posts.bureau;
    const { records } = await issuing.client.evidence({ operator: cast.operators.clerk }, signal);
    expect(records.length).toBeGreaterThan(0);
  });
});

describe('a bad URL', () => {
  it('gets a coded answer like any other bad request', async () => {
    expect(await raw('/v1/prescriptions/%E0%A4%A', { method: 'GET' })).toEqual(refusal('REQUEST_MALFORMED'));
  });
});

describe('a terminal is refused', () => {
  it('without a certificate', async () => {
    const { ca } = world.posts.clinic.desk.tls;
    expect(await raw('/v1/material', { tls: { ca }, method: 'GET' })).toEqual(refusal('TERMINAL_UNKNOWN'));
  });

  it('with a certificate of an authority of its own making', async () => {
    const authority = await generateP256();
    const own = await generateP256();
    const dates = { notBefore: world.clock.now() - DAY, notAfter: world.clock.now() + DAY };
    const signer = createSoftwareCertificateSigner(authority.privateKey);
    const subject = { kind: 'bureau-ca', name: 'NHI bureau (demonstration) CA' } as const;
    const ca = await issueCertificate({ subject, spki: authority.spki, ...dates }, { signer }, signal);
    const terminal = {
      kind: 'terminal',
      name: 'clinic',
      terminalId: new Uint8Array(16).fill(7),
      role: { institution: HOSPITAL, role: 'clinic' },
    } as const;
    const certificate = await issueCertificate(
      { subject: terminal, spki: own.spki, ...dates },
      { signer, certificate: ca },
      signal,
    );
    const tls = {
      cert: toPem('CERTIFICATE', certificate) + toPem('CERTIFICATE', ca),
      key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: world.posts.clinic.desk.tls.ca,
    };
    expect(await raw('/v1/material', { tls, method: 'GET' })).toEqual(refusal('TERMINAL_UNKNOWN'));
  });

  it('with a certificate of ours that is no terminal’s', async () => {
    const tls = {
      cert: toPem('CERTIFICATE', world.clerk.certificate),
      key: world.clerk.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: world.posts.clinic.desk.tls.ca,
    };
    expect(await raw('/v1/material', { tls, method: 'GET' })).toEqual(refusal('TERMINAL_UNKNOWN'));
  });

  it('where its role has no business', async () => {
    const { clinic, pharmacy, registration } = world.posts;
    const body = { message: 'AAAA' };
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () => clinic.client.checkIn({ body }, signal));
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () => pharmacy.client.record({ body }, signal));
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () => registration.client.evidence({}, signal));
    const opening = { purpose: 'opening', pid: cast.patient.pid } as const;
    await expectRefused(world, 'TERMINAL_NOT_ALLOWED', 'none', () =>
      pharmacy.client.challenge({ body: opening }, signal),
    );
  });

  it('once it is revoked, on the connection it has', async () => {
    const { client, desk } = world.posts.otherClinic;
    await client.material({}, signal);
    await revoke(folderOf(world), desk.terminal.serial, world.clock);
    await expectRefused(world, 'CERT_REVOKED', 'none', () => client.material({}, signal));
  });
});

describe('an operator is refused', () => {
  const inbox = (operator?: string) => world.posts.pharmacy.client.inbox({ operator }, signal);

  it('when nobody is signed on, or only at another terminal', async () => {
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => inbox());
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => inbox('00'.repeat(32)));
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => inbox(cast.operators.registrar));
  });

  it('in a role that is not the desk’s', async () => {
    const nurse = await makeStaff(world, cast.operators.clerk, PHARMACY, 'nurse');
    const token = await signOn(world, world.posts.pharmacy, nurse);
    await expectRefused(world, 'OPERATOR_NOT_ALLOWED', 'none', () => inbox(token));
  });

  it('of another institution', async () => {
    const stranger = await makeStaff(world, cast.operators.clerk, OTHER_HOSPITAL, 'registrar');
    const post = world.posts.registration;
    const { challenge } = await post.client.challenge({ body: { purpose: 'sign-on' } }, signal);
    const message = sealed(world, await personal(world, post, stranger, signOnOf(world, post, stranger, challenge)));
    await expectRefused(world, 'OPERATOR_NOT_ALLOWED', 'line', () => post.client.signOn({ body: { message } }, signal));
  });

  it('once the staff card is revoked, and when the sign-on has run out', async () => {
    const registrar = await makeStaff(world, cast.operators.clerk, HOSPITAL, 'registrar');
    const post = world.posts.registration;
    const token = await signOn(world, post, registrar);
    await revoke(folderOf(world), serialOf(registrar.certificate), world.clock);
    const send = (operator: string) => post.client.checkIn({ operator, body: { message: 'AAAA' } }, signal);
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => send(token));
    const { challenge } = await post.client.challenge({ body: { purpose: 'sign-on' } }, signal);
    const again = sealed(world, await personal(world, post, registrar, signOnOf(world, post, registrar, challenge)));
    await expectRefused(world, 'CERT_REVOKED', 'line', () => post.client.signOn({ body: { message: again } }, signal));

    const short = await signOn(world, post, cast.registrar);
    world.clock.advance(8 * 3_600_000 + 1);
    await expectRefused(world, 'OPERATOR_REQUIRED', 'none', () => send(short));
    world.clock.advance(-8 * 3_600_000 - 1);
  });

  it('a clerk for an institution nobody knows', async () => {
    const { client } = world.posts.bureau;
    const { spki } = await generateP256();
    const body = {
      key: Buffer.from(spki).toString('base64'),
      authenticationKey: Buffer.from(spki).toString('base64'),
      institution: '1111111111',
      role: 'nurse',
      name: 'x',
    } as const;
    const operator = cast.operators.clerk;
    await expectRefused(world, 'NOT_FOUND', 'none', () => client.staffCard({ operator, body }, signal));
    const bad = { ...body, institution: HOSPITAL, key: 'AAAA' };
    await expectRefused(world, 'REQUEST_MALFORMED', 'none', () => client.staffCard({ operator, body: bad }, signal));
    const replacing = { ...body, institution: HOSPITAL, replaces: '00'.repeat(16) };
    await expectRefused(world, 'NOT_FOUND', 'none', () => client.staffCard({ operator, body: replacing }, signal));
  });
});

describe('a request is refused', () => {
  it('that is not JSON, or JSON of another shape', async () => {
    expect(await raw('/v1/challenges', { body: '{"purpose":' })).toEqual(refusal('REQUEST_MALFORMED'));
    expect(await raw('/v1/challenges', { body: '[]' })).toEqual(refusal('REQUEST_MALFORMED'));
    expect(await raw('/v1/challenges', { body: '{"purpose":"sign-on","more":1}' })).toEqual(
      refusal('REQUEST_MALFORMED'),
    );
    expect(await raw('/v1/challenges', { body: '{"purpose":"join"}' })).toEqual(refusal('REQUEST_MALFORMED'));
    expect(await raw('/v1/challenges', { body: '{"__proto__":{"x":1}}' })).toEqual(refusal('REQUEST_MALFORMED'));
    expect(await raw('/v1/challenges', { body: 'purpose=sign-on', type: 'application/x-www-form-urlencoded' })).toEqual(
      refusal('REQUEST_MALFORMED'),
    );
    expect(await raw('/v1/openings', { body: '{"message":"not base64!"}' })).toEqual(refusal('REQUEST_MALFORMED'));
    expect(await raw('/v1/prescriptions/nonsense', { method: 'GET' })).toEqual(refusal('REQUEST_MALFORMED'));
  });

  it('that is too large', async () => {
    const body = JSON.stringify({ message: 'A'.repeat(1024 * 1024) });
    expect(await raw('/v1/openings', { body })).toEqual(refusal('REQUEST_TOO_LARGE'));
    const message = 'A'.repeat(4 * 1024 * 1024);
    await expectRefused(world, 'REQUEST_TOO_LARGE', 'none', () =>
      world.posts.clinic.client.opening({ body: { message } }, signal),
    );
  });

  it('that goes nowhere', async () => {
    expect(await raw(`/v1/${randomUUID()}`, { method: 'GET' })).toEqual(refusal('NOT_FOUND'));
    expect(await raw('/v1/material', { body: '{}' })).toEqual(refusal('NOT_FOUND'));
    const { ca } = world.posts.clinic.desk.tls;
    expect(await raw('/v1/openapi.json', { method: 'GET', tls: { ca } })).toEqual(refusal('TERMINAL_UNKNOWN'));
  });

  it('whose message is no envelope, and the desk goes on working', async () => {
    const { client } = world.posts.clinic;
    await expectRefused(world, 'ENVELOPE_MALFORMED', 'none', () =>
      client.opening({ body: { message: 'AAAA' } }, signal),
    );
    const post = world.posts.registration;
    expect((await checkIn(world, post, cast.operators.registrar, cast.patient)).pid).toBe(cast.patient.pid);
  });
});

describe('the client', () => {
  it('refuses a server of another authority', async () => {
    const authority = await generateP256();
    const subject = { kind: 'bureau-ca', name: 'NHI' } as const;
    const dates = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
    const signer = createSoftwareCertificateSigner(authority.privateKey);
    const ca = await issueCertificate({ subject, spki: authority.spki, ...dates }, { signer }, signal);
    const tls = { ...world.posts.clinic.desk.tls, ca: toPem('CERTIFICATE', ca) };
    const client = createBureauClient({ url: world.url, tls });
    await expect(client.material({}, signal)).rejects.toMatchObject({ code: 'BUREAU_UNREACHABLE' });
    await client.close();
  });
});
