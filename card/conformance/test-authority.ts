/**
 * The authority that the blank profile makes up: it certifies terminals of every role and the card's own keys, and gives orders as the bureau
 * does. It exists for one run, and nobody believes it besides the card that the run consumes.
 * @module
 */
import { concat } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type CardCertificateRole, issueCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { type CertificateSigner, createSoftwareCertificateSigner } from '../../crypto/pki/certificate-signer.ts';
import type { CertificateSubject } from '../../crypto/pki/certificate-subject.ts';
import { issueCertificate } from '../../crypto/pki/issue-certificate.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import { encodeOrder, type OrderContents, orderBody } from '../../crypto/proxysig/bureau-order.ts';
import type { TerminalRole } from '../apps/card-profile.ts';
import type { TerminalCredential } from '../apps/secure-channel.ts';

const DAY = 86_400_000;
const REFERENCE = 'TWIMISTESTCA0001';

/** Of every terminal of a run: signed attributes name it. */
export const TEST_TERMINAL = new Uint8Array(16).fill(0x7e);
/** Institution of every terminal of a run, 10 digits. */
export const TEST_INSTITUTION = '5900000009';
/** PID_P of the invented holder. */
export const TEST_PID = new Uint8Array(16).fill(0x3c);

/** First and last day, milliseconds since 1970. */
export interface Days {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Certifies and orders. */
export interface TestAuthority {
  readonly now: number;
  readonly authority: TerminalCredential['authority'];
  /** 65 bytes: the key under which {@link TestAuthority.order} signs. */
  readonly bureauKey: Uint8Array;
  /** A terminal with a key of its own; good today unless other days are named. `foreign`: by another authority of the same name. */
  terminal(role: TerminalRole, days?: Partial<Days>, foreign?: boolean): Promise<TerminalCredential>;
  /** A card-verifiable certificate of a card's key. */
  cardCertificate(card: 'patient' | 'doctor' | 'staff', holder: Uint8Array, point: Uint8Array): Promise<Uint8Array>;
  /** A holder's X.509 certificate for a point. */
  certificate(subject: CertificateSubject, point: Uint8Array): Promise<Uint8Array>;
  /** An order, signed by the bureau's key or, `forged`, by another. */
  order(card: Uint8Array, number: number, contents: OrderContents, forged?: boolean): Uint8Array;
  /** Signs as the bureau does: tokens. */
  sign(body: Uint8Array): Uint8Array;
}

/** `now`: milliseconds since 1970. */
export async function createTestAuthority(now: number): Promise<TestAuthority> {
  const { signal } = new AbortController();
  const keys = await generateP256();
  const signer = createSoftwareCertificateSigner(keys.privateKey);
  const foreigner = createSoftwareCertificateSigner((await generateP256()).privateKey);
  const point = p256Point(keys.spki);
  if (point === undefined) throw new Error('a key just made has a point');
  const authority = { reference: REFERENCE, point };
  const bureau = newPrivateKey(secureRng);
  const good: Days = { notBefore: now - 10 * DAY, notAfter: now + 10 * DAY };
  const cvc = (
    holder: Uint8Array,
    of: Uint8Array,
    role: CardCertificateRole,
    days: Days,
    by: CertificateSigner,
  ): Promise<Uint8Array> =>
    issueCardCertificate({ authority: REFERENCE, holder, point: of, role, ...days }, by, signal);
  /** Authorities above the holder's certificate: a card reads its kind, holder and key, and believes whoever issues it. */
  const issuers = new Map<string, Promise<{ signer: CertificateSigner; certificate: Uint8Array }>>();
  const makeIssuer = async (kind: 'bureau-ca' | 'professional-ca') => {
    const pair = await generateP256();
    const own = createSoftwareCertificateSigner(pair.privateKey);
    const subject = { kind, name: 'IMIS conformance test' } as const;
    return {
      signer: own,
      certificate: await issueCertificate({ subject, spki: pair.spki, ...good }, { signer: own }, signal),
    };
  };
  const issuerOf = (kind: 'bureau-ca' | 'professional-ca') => {
    const known = issuers.get(kind) ?? makeIssuer(kind);
    issuers.set(kind, known);
    return known;
  };
  return {
    now,
    authority,
    bureauKey: publicPoint(bureau),
    async terminal(role, days = {}, foreign = false) {
      const key = newPrivateKey(secureRng);
      const says = { kind: 'terminal', role, institution: TEST_INSTITUTION } as const;
      const by = foreign ? foreigner : signer;
      return {
        authority,
        certificate: await cvc(TEST_TERMINAL, publicPoint(key), says, { ...good, ...days }, by),
        sign: async (statement) => signMessage(key, statement),
      };
    },
    cardCertificate: (card, holder, of) => cvc(holder, of, { kind: 'card', card }, good, signer),
    certificate: async (subject, of) =>
      issueCertificate(
        { subject, spki: p256Spki(of), ...good },
        await issuerOf(subject.kind === 'doctor' ? 'professional-ca' : 'bureau-ca'),
        signal,
      ),
    order(card, number, contents, forged = false) {
      const order = { card, number, contents };
      return encodeOrder(order, signMessage(forged ? newPrivateKey(secureRng) : bureau, orderBody(order)));
    },
    sign: (body) => signMessage(bureau, body),
  };
}

/** A serial number for a card of a run: 16 bytes, unlike the terminal's. */
export const newSerial = (): Uint8Array => concat(Uint8Array.of(0x7d), secureRng(15));
