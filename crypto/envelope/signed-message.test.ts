import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../common/bytes.ts';
import { DerReader, readDer } from '../common/der-read.ts';
import {
  type DerPart,
  encodeDer,
  explicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  setOf,
  tlv,
  unsigned,
} from '../common/der-write.ts';
import { IMIS_OID } from '../common/oids.ts';
import { OID } from '../common/standard-oids.ts';
import { readCertificateFields } from '../pki/certificate-fields.ts';
import { certified, codeOf, PID, signal } from '../pki/pki.fixture.ts';
import { keyIdentifier } from '../pki/public-key.ts';
import { createSoftwareSigner } from './attribute-signer.ts';
import {
  type Cast,
  groupVerifier,
  makeCast,
  manifestMessage,
  nhiContext,
  p256Message,
  trustAll,
} from './envelope.fixture.ts';
import { parseSignedMessage } from './parse-signed-message.ts';
import { decodePrescriptionBody, encodePrescriptionBody, prescriptionCommitment } from './prescription-body.ts';
import { signMessage } from './signed-message.ts';
import { withoutUnsignedAttributes, withUnsignedAttribute } from './unsigned-attributes.ts';
import { type Expectation, verifySignedMessage } from './verify-signed-message.ts';

let cast: Cast;
let signed: Uint8Array;
let prescription: Uint8Array;
beforeAll(async () => {
  cast = await makeCast();
  signed = await signMessage(p256Message(cast.pharmacy.spki), cast.patientSigner, signal);
  prescription = await signMessage(manifestMessage([cast.patient.certificate]), cast.groupSigner, signal);
});

const ports = { trust: trustAll, group: groupVerifier };
const expectCheckIn = (more: Partial<Expectation & { kind: 'p256' }> = {}): Expectation => ({
  kind: 'p256',
  types: ['check-in'],
  recipient: keyIdentifier(cast.pharmacy.spki),
  ...more,
});
const verify = (der: Uint8Array, expected: Expectation) =>
  verifySignedMessage(parseSignedMessage(der), ports, expected, signal);
const verifyCode = (der: Uint8Array, expected: Expectation = expectCheckIn()) => codeOf(() => verify(der, expected));

/** Takes a SignedData apart, lets `change` work on its parts, and puts it together again. */
function rebuilt(der: Uint8Array, change: (head: DerPart[], signer: DerPart[]) => DerPart[] | undefined): Uint8Array {
  const body = new DerReader(new DerReader(readDer(der, 0x30).body).rest()[1]?.body ?? new Uint8Array())
    .enter(0x30)
    .rest();
  const head: DerPart[] = body.slice(0, -1).map((part) => part.whole);
  const signer: DerPart[] = new DerReader(body.at(-1)?.body ?? new Uint8Array())
    .enter(0x30)
    .rest()
    .map((part) => part.whole);
  const infos = change(head, signer) ?? [sequence(...signer)];
  return encodeDer(sequence(oid(OID.signedData), explicit(0, sequence(...head, setOf(infos)))));
}

describe('a message signed with P-256', () => {
  it('gives back what was signed', async () => {
    const message = await verify(signed, expectCheckIn({ pid: PID, contentType: IMIS_OID.jsonContent }));
    expect(message.content).toEqual(utf8('{"type":"check-in"}'));
    expect(message.signerCertificate).toEqual(cast.patient.certificate);
    expect(message).toMatchObject({ algorithm: 'ecdsa-p256-sha256', unsigned: [], contentType: IMIS_OID.jsonContent });
    expect(rebuilt(signed, () => undefined)).toEqual(signed);
    expect(structuredClone(message)).toEqual(message);
  });

  it('is refused for another recipient, purpose, pseudonym, terminal, matter, kind', async () => {
    const other = keyIdentifier(cast.insurer.spki);
    const cases: readonly Expectation[] = [
      expectCheckIn({ recipient: other }),
      expectCheckIn({ types: ['pickup'] }),
      expectCheckIn({ pid: new Uint8Array(16) }),
      expectCheckIn({ senderTerminal: new Uint8Array(16) }),
      expectCheckIn({ pcertHash: new Uint8Array(32) }),
      expectCheckIn({ messageId: new Uint8Array(16) }),
      { kind: 'group', purposes: [1], recipient: keyIdentifier(cast.pharmacy.spki) },
    ];
    for (const expected of cases) expect(await verifyCode(signed, expected)).toBe('CONTEXT_MISMATCH');
    expect(await verifyCode(signed, expectCheckIn({ contentType: OID.data }))).toBe('CONTENT_TYPE_MISMATCH');
  });

  it('is refused with every byte altered', async () => {
    const codes = new Set<unknown>();
    for (let i = 0; i < signed.length; i++) {
      const altered = signed.slice();
      altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
      const code = await verifyCode(altered);
      // The certificate lies outside the signature: an altered one is for the trust port, which accepts all here.
      if (code === undefined)
        expect(parseSignedMessage(altered).signerCertificate).not.toEqual(cast.patient.certificate);
      else expect(code).toEqual(expect.stringMatching(/^[A-Z_]+$/));
      codes.add(code);
    }
    expect([...codes]).toEqual(expect.arrayContaining(['SIGNED_MALFORMED', 'DIGEST_MISMATCH', 'SIGNATURE_INVALID']));
  });

  it('is refused when the trust port says no, and the reason is kept', async () => {
    const refusing = { check: () => Promise.reject(new Error('revoked')) };
    const run = verifySignedMessage(parseSignedMessage(signed), { trust: refusing }, expectCheckIn(), signal);
    await expect(run).rejects.toMatchObject({ code: 'SIGNER_UNTRUSTED', cause: { message: 'revoked' } });
  });

  it('is refused without attributes, or with two signers, or none', async () => {
    expect(await verifyCode(rebuilt(signed, (_, signer) => void signer.splice(3, 1)))).toBe('ATTRIBUTES_MISSING');
    const second = (_: DerPart[], signer: DerPart[]) => [
      sequence(...signer),
      sequence(...signer.slice(0, -1), octets(new Uint8Array(70))),
    ];
    expect(await verifyCode(rebuilt(signed, second))).toBe('SIGNER_COUNT');
    expect(await verifyCode(rebuilt(signed, () => []))).toBe('SIGNER_COUNT');
  });

  it('is refused with the bag swapped', async () => {
    const { certificate } = await certified(
      { kind: 'patient-signing', pid: PID, standing: { paidUntil: '2026-12-31', agents: [] } },
      cast.root,
      { serial: readCertificateFields(cast.patient.certificate).serial },
    );
    const bag = (...ders: Uint8Array[]) => rebuilt(signed, (head) => void head.splice(3, 1, setOf(ders, 0xa0)));
    // The same issuer and serial number around another key: only the signature tells.
    expect(await verifyCode(bag(certificate))).toBe('SIGNATURE_INVALID');
    expect(await verifyCode(bag(certificate, cast.patient.certificate))).toBe('SIGNER_CERTIFICATE');
    expect(await verifyCode(bag(cast.pharmacy.certificate))).toBe('SIGNER_CERTIFICATE');
    expect(await verifyCode(bag())).toBe('SIGNER_CERTIFICATE');
    expect(await verifyCode(bag(new Uint8Array([0x30, 0])))).toBe('SIGNED_MALFORMED');
    expect(await verifyCode(rebuilt(signed, (head) => void head.splice(3, 1)))).toBe('SIGNED_MALFORMED');
    expect(await verifyCode(bag(cast.patient.certificate, cast.root.certificate))).toBeUndefined();
  });

  it('is refused with another content, content type, or algorithm', async () => {
    const content = (type: string) =>
      rebuilt(signed, (head) => void head.splice(2, 1, sequence(oid(type), explicit(0, octets(utf8('{}'))))));
    expect(await verifyCode(content(IMIS_OID.jsonContent))).toBe('DIGEST_MISMATCH');
    expect(await verifyCode(content(IMIS_OID.recordContent))).toBe('CONTENT_TYPE_MISMATCH');
    const signature = (at: number, algorithm: DerPart) =>
      rebuilt(signed, (_, signer) => void signer.splice(at, 1, algorithm));
    const sha1 = sequence(oid('1.3.14.3.2.26'), nothing());
    const pkcs1 = sequence(oid('1.2.840.113549.1.1.5'), nothing());
    expect(await verifyCode(signature(2, sha1))).toBe('ALGORITHM_REFUSED');
    expect(() => parseSignedMessage(signature(4, pkcs1))).toThrow(
      expect.objectContaining({ code: 'ALGORITHM_REFUSED', algorithm: 'RSA PKCS#1 v1.5 with SHA-1' }),
    );
    expect(await verifyCode(signature(4, sequence(oid(IMIS_OID.groupSignature))))).toBe('SIGNER_CERTIFICATE');
    const { issuer, serial } = readCertificateFields(cast.patient.certificate);
    expect(await verifyCode(signature(1, sequence(issuer, unsigned(serial), nothing())))).toBe('SIGNED_MALFORMED');
    expect(await verifyCode(signature(1, tlv(0x80, keyIdentifier(cast.patient.spki))))).toBe('SIGNED_MALFORMED');
    expect(await verifyCode(signature(0, integer(3)))).toBe('SIGNED_MALFORMED');
  });

  it('is not built from parts that do not belong together', async () => {
    const wrong = { ...p256Message(cast.pharmacy.spki), attributes: manifestMessage().attributes };
    await expect(signMessage(wrong, cast.patientSigner, signal)).rejects.toThrow(RangeError);
    const aborted = AbortSignal.abort();
    await expect(signMessage(p256Message(cast.pharmacy.spki), cast.patientSigner, aborted)).rejects.toThrow();
  });
});

describe('a group-signed message', () => {
  const recipient = () => keyIdentifier(cast.pharmacy.spki);

  it('is verified through the port', async () => {
    const message = await verify(prescription, { kind: 'group', purposes: [2], recipient: recipient(), pid: PID });
    expect(message.certificates).toHaveLength(2);
    expect(message.certificates).toContainEqual(cast.patient.certificate);
    expect(message.algorithm).toBe('nhi-gsig-v1');
  });

  it('is refused without a verifier, for another purpose, audience, pseudonym, matter', async () => {
    const parsed = parseSignedMessage(prescription);
    const expected = { kind: 'group', purposes: [2], recipient: recipient() } as const;
    expect(await codeOf(() => verifySignedMessage(parsed, { trust: trustAll }, expected, signal))).toBe(
      'SIGNATURE_INVALID',
    );
    expect(await verifyCode(prescription, { ...expected, purposes: [1, 3] })).toBe('CONTEXT_MISMATCH');
    expect(await verifyCode(prescription, { ...expected, pid: new Uint8Array(16) })).toBe('CONTEXT_MISMATCH');
    expect(await verifyCode(prescription, { ...expected, sid: new Uint8Array(16) })).toBe('CONTEXT_MISMATCH');
    const claim = { ...manifestMessage(), attributes: { kind: 'group', ctx: nhiContext(3, recipient()) } } as const;
    const der = await signMessage(claim, cast.groupSigner, signal);
    expect(await verifyCode(der, { ...expected, purposes: [3] })).toBeUndefined();
    expect(await verifyCode(der, { ...expected, purposes: [3], recipient: new Uint8Array(32) })).toBe(
      'CONTEXT_MISMATCH',
    );
    // A prescription that names somebody is none.
    const named = { ...claim, attributes: { kind: 'group', ctx: nhiContext(2, recipient()) } } as const;
    expect(await verifyCode(await signMessage(named, cast.groupSigner, signal), expected)).toBe('CONTEXT_MISMATCH');
  });

  it('cannot be passed off as a P-256 one', async () => {
    const asP256 = rebuilt(prescription, (_, signer) => void signer.splice(4, 1, sequence(oid(OID.ecdsaWithSha256))));
    expect(await verifyCode(asP256)).toBe('SIGNER_CERTIFICATE');
  });

  it('may be signed under a P-256 algorithm only with its attributes', async () => {
    const odd = { ...createSoftwareSigner(cast.patient.privateKey, cast.groupSigner.certificate) };
    const der = await signMessage(p256Message(cast.pharmacy.spki), odd, signal);
    expect(await verifyCode(der)).toBe('SIGNER_CERTIFICATE');
  });
});

describe('unsigned attributes', () => {
  const body = { salt: new Uint8Array(32).fill(1), rx: utf8('rx'), mrs: utf8('mrs') };

  it('come and go without touching the rest', async () => {
    const value = encodePrescriptionBody(body);
    const full = withUnsignedAttribute(prescription, IMIS_OID.prescriptionBody, value);
    const [only] = parseSignedMessage(full).unsigned;
    expect(decodePrescriptionBody(only?.value ?? new Uint8Array())).toEqual(body);
    expect(withoutUnsignedAttributes(full)).toEqual(prescription);
    expect(withoutUnsignedAttributes(prescription)).toEqual(prescription);
    expect(withUnsignedAttribute(full, IMIS_OID.prescriptionBody, value)).toEqual(full);
    const built = {
      ...manifestMessage([cast.patient.certificate]),
      unsigned: [{ type: IMIS_OID.prescriptionBody, value }],
    };
    expect(await signMessage(built, cast.groupSigner, signal)).toEqual(full);
    await verify(full, { kind: 'group', purposes: [2], recipient: new Uint8Array(32) });
  });

  it('of other types are refused', async () => {
    expect(() => withUnsignedAttribute(prescription, '1.2.3', new Uint8Array([5, 0]))).toThrow(RangeError);
    const attribute = sequence(oid('1.2.3'), setOf([nothing()]));
    const foreign = rebuilt(signed, (_, signer) => void signer.push(setOf([attribute], 0xa1)));
    expect(await verifyCode(foreign)).toBe('UNSIGNED_ATTRIBUTE_REFUSED');
    const empty = rebuilt(signed, (_, signer) => void signer.push(setOf([], 0xa1)));
    expect(await verifyCode(empty)).toBe('UNSIGNED_ATTRIBUTE_REFUSED');
  });

  it('commit to each part of a body', async () => {
    const commitment = prescriptionCommitment(body);
    expect(commitment).toHaveLength(32);
    for (const other of [
      { ...body, salt: new Uint8Array(32) },
      { ...body, rx: utf8('rxm'), mrs: utf8('rs') },
      { ...body, rx: utf8('r') },
    ]) {
      expect(prescriptionCommitment(other)).not.toEqual(commitment);
    }
    expect(() => encodePrescriptionBody({ ...body, salt: new Uint8Array(31) })).toThrow(RangeError);
    expect(await codeOf(() => decodePrescriptionBody(encodePrescriptionBody(body).subarray(1)))).toBe('BODY_MALFORMED');
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(1024 * 1024)));
    const large = encodeDer(sequence(octets(body.salt), octets(bomb), octets(bomb)));
    expect(await codeOf(() => decodePrescriptionBody(large))).toBe('BODY_MALFORMED');
    const short = encodeDer(sequence(octets(new Uint8Array(31)), octets(body.rx), octets(body.mrs)));
    expect(await codeOf(() => decodePrescriptionBody(short))).toBe('BODY_MALFORMED');
  });
});
