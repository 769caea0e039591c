import { createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../common/bytes.ts';
import { generateP256, spkiOf } from '../pki/key-store.ts';
import { certified, codeOf, SUBJECTS, signal } from '../pki/pki.fixture.ts';
import { p256Spki } from '../pki/public-key.ts';
import { berToDer } from './ber-to-der.ts';
import {
  type Cast,
  groupVerifier,
  makeCast,
  manifestMessage,
  p256Message,
  rsaKey,
  trustAll,
} from './envelope.fixture.ts';
import { open } from './open.ts';
import { createSoftwareKeyAgreement, createSoftwareKeyTransport, type KeyAgreement } from './recipient-key.ts';
import { seal } from './seal.ts';
import { createOpener, createSealer } from './sealer.ts';

const content = utf8('the content of a message');
let cast: Cast;
let pharmacy: KeyAgreement;
let insurer: KeyAgreement;
beforeAll(async () => {
  cast = await makeCast();
  pharmacy = createSoftwareKeyAgreement(cast.pharmacy.privateKey, cast.pharmacy.certificate);
  insurer = createSoftwareKeyAgreement(cast.insurer.privateKey, cast.insurer.certificate);
});

describe('sealing and opening', () => {
  it('works by certificate and by bare key, for one and for several', async () => {
    const terminal = await generateP256();
    const bare = createSoftwareKeyAgreement(terminal.privateKey);
    const rsa = rsaKey(3072);
    const transport = createSoftwareKeyTransport(rsa);
    const sealed = seal(content, [
      { certificate: cast.pharmacy.certificate },
      { certificate: cast.insurer.certificate },
      { spki: terminal.spki },
      { spki: spkiOf(createPublicKey(rsa)) },
    ]);
    for (const key of [pharmacy, insurer, bare, transport]) expect(await open(sealed, key, signal)).toEqual(content);
    expect(await open(seal(new Uint8Array(0), [{ spki: terminal.spki }]), bare, signal)).toHaveLength(0);
    // A key with a certificate is found by its bare name too.
    expect(await open(seal(content, [{ spki: pharmacy.spki }]), pharmacy, signal)).toEqual(content);
  });

  it('uses a fresh key, nonce and ephemeral key each time', () => {
    const recipients = [{ certificate: cast.pharmacy.certificate }];
    expect(seal(content, recipients)).not.toEqual(seal(content, recipients));
  });

  it('refuses others, sizes and recipients', async () => {
    const sealed = seal(content, [{ certificate: cast.pharmacy.certificate }]);
    expect(await codeOf(() => open(sealed, insurer, signal))).toBe('NOT_A_RECIPIENT');
    const bare = createSoftwareKeyAgreement(cast.pharmacy.privateKey);
    expect(await codeOf(() => open(sealed, bare, signal))).toBe('NOT_A_RECIPIENT');
    expect(await codeOf(() => open(sealed, pharmacy, signal, { maxBytes: sealed.length - 1 }))).toBe(
      'ENVELOPE_TOO_LARGE',
    );
    expect(await codeOf(() => open(sealed, pharmacy, signal, { maxBytes: sealed.length }))).toBeUndefined();
    expect(() => seal(content, [])).toThrow(RangeError);
    expect(await codeOf(() => seal(content, [{ spki: spkiOf(rsaKey(2048)) }]))).toBe('ALGORITHM_REFUSED');
    const off = new Uint8Array(65).fill(1);
    off[0] = 4;
    expect(await codeOf(() => seal(content, [{ spki: p256Spki(off) }]))).toBe('ALGORITHM_REFUSED');
    expect(await codeOf(() => seal(content, [{ certificate: new Uint8Array(9) }]))).toBe('CERT_MALFORMED');
  });

  it('passes a card error through', async () => {
    const gone: KeyAgreement = { ...pharmacy, agree: () => Promise.reject(new Error('card absent')) };
    await expect(open(seal(content, [{ spki: pharmacy.spki }]), gone, signal)).rejects.toThrow('card absent');
  });
});

describe('an altered message', () => {
  it('is refused whichever bit is flipped', async () => {
    const sealed = seal(content, [{ certificate: cast.pharmacy.certificate }]);
    const codes = new Set<unknown>();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = sealed.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const code = await codeOf(() => open(altered, pharmacy, signal));
      expect([bit, code]).toEqual([
        bit,
        expect.stringMatching(/^(ENVELOPE_TAMPERED|ENVELOPE_MALFORMED|NOT_A_RECIPIENT|ALGORITHM_REFUSED)$/),
      ]);
      codes.add(code);
    }
    expect(codes).toContain('ENVELOPE_TAMPERED');
  }, 60_000);

  it('is refused for RSA, truncated, extended, and as nonsense', async () => {
    const rsa = rsaKey(3072);
    const key = createSoftwareKeyTransport(rsa);
    const sealed = seal(content, [{ spki: key.spki }]);
    for (let i = 0; i < sealed.length; i += 3) {
      const altered = sealed.slice();
      altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
      expect(await codeOf(() => open(altered, key, signal))).toEqual(expect.stringMatching(/^[A-Z_]+$/));
    }
    for (const bytes of [sealed.subarray(0, -1), Uint8Array.of(...sealed, 0), new Uint8Array(0), utf8('hello')]) {
      expect(await codeOf(() => open(bytes, key, signal))).toBe('ENVELOPE_MALFORMED');
    }
  });

  it('is not let through the tolerant reader of lengths', async () => {
    for (const bytes of ['3080', '308030800000', '30800480', '3080040100', '30800000ff', '30801f010000']) {
      expect(await codeOf(() => open(Buffer.from(bytes, 'hex'), pharmacy, signal))).toBe('ENVELOPE_MALFORMED');
    }
    expect(() => berToDer(Buffer.from('3080'.repeat(40), 'hex'))).toThrow('too deep');
    const many = Buffer.concat([
      Buffer.from('3080', 'hex'),
      Buffer.alloc(140_000, Buffer.from('0400', 'hex')),
      Buffer.alloc(2),
    ]);
    expect(() => berToDer(many)).toThrow('too many');
  });
});

describe('sealer and opener', () => {
  it('sign, seal, open and verify; the recipient is the opener', async () => {
    const sealer = createSealer(cast.patientSigner);
    const opener = createOpener({ key: pharmacy, trust: trustAll });
    const recipients = [{ certificate: cast.pharmacy.certificate }, { certificate: cast.insurer.certificate }];
    const sealed = await sealer.seal(p256Message(cast.pharmacy.spki, content), recipients, signal);
    const expected = { kind: 'p256', types: ['check-in'] } as const;
    expect((await opener.open(sealed, expected, signal)).content).toEqual(content);
    // It was sealed to the insurer too, but never meant for it.
    const other = createOpener({ key: insurer, trust: trustAll });
    expect(await codeOf(() => other.open(sealed, expected, signal))).toBe('CONTEXT_MISMATCH');
  });

  it('refuse a message that its recipient sealed again for another', async () => {
    const first = await createSealer(cast.patientSigner).seal(
      p256Message(cast.pharmacy.spki),
      [{ certificate: cast.pharmacy.certificate }],
      signal,
    );
    const forwarded = seal(await open(first, pharmacy, signal), [{ certificate: cast.insurer.certificate }]);
    const opener = createOpener({ key: insurer, trust: trustAll });
    const expected = { kind: 'p256', types: ['check-in'] } as const;
    expect(await codeOf(() => opener.open(forwarded, expected, signal))).toBe('CONTEXT_MISMATCH');
  });

  it('carry a prescription to pharmacy and patient', async () => {
    const card = await certified(SUBJECTS[3] ?? expect.fail(), cast.root);
    const sealed = await createSealer(cast.groupSigner).seal(
      manifestMessage([cast.patient.certificate]),
      [{ certificate: cast.pharmacy.certificate }, { certificate: card.certificate }],
      signal,
    );
    const own = createSoftwareKeyAgreement(card.privateKey, card.certificate);
    for (const key of [pharmacy, own]) {
      const opener = createOpener({ key, trust: trustAll, group: groupVerifier });
      expect((await opener.open(sealed, { kind: 'group', purposes: [2] }, signal)).attributes.kind).toBe('group');
    }
  });
});
