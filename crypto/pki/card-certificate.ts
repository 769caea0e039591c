/**
 * Card-verifiable certificates (BSI TR-03110-3, C.1): what a card can check with one ECDSA verification and no X.509 parser. Terminals show
 * theirs to a card, cards theirs to a terminal; one authority of the bureau signs both, and its point lies on every card.
 *
 * ```
 * 7F21 { 7F4E { 5F29 00                      profile identifier
 *               42   authority reference     1 to 16 characters
 *               7F49 { 06 TA-ECDSA-SHA-256, 86 public point (65) }
 *               5F20 holder reference        16 bytes: terminal id, or serial number of a card
 *               7F4C { 06 template, 53 role }
 *               5F25 effective day  5F24 expiration day    six digits YYMMDD, a byte each
 *        } 5F37 signature r ‖ s (64) over 7F4E { .. } }
 * role of a terminal: 01..06 as in TERMINAL_CODE ‖ institution (5, binary coded decimal).  role of a card: 01 patient, 02 doctor, 03 staff.
 * ```
 * A holder reference is 16 octets of any value where TR-03110 has characters. Days are UTC; the expiration day is the last one.
 * @module
 */
import { bcdOf, digitsOf } from '../common/bcd.ts';
import { concat, equalBytes, fromHex, readUtf8, utf8 } from '../common/bytes.ts';
import { encodeOid } from '../common/der-oid.ts';
import { IMIS_OID } from '../common/oids.ts';
import { isAuthorityReference } from './authority-reference.ts';
import type { CertificateSigner } from './certificate-signer.ts';
import { ecdsaFromDer } from './ecdsa-signature.ts';
import type { TerminalRole } from './imis-extensions.ts';
import { isPoint, isSignedBy } from './p256-key.ts';
import { PkiError } from './pki-error.ts';

/** Applications that a card's own certificate can be for. */
export type CardHolderKind = 'patient' | 'doctor' | 'staff';

/** Who holds the key. */
export type CardCertificateRole =
  | { readonly kind: 'terminal'; readonly role: TerminalRole; readonly institution: string }
  | { readonly kind: 'card'; readonly card: CardHolderKind };

/** What an authority certifies. Times are milliseconds since 1970 and are cut to days. */
export interface CardCertificateContents {
  /** Names the authority's key: 1 to 16 printable ASCII characters. */
  readonly authority: string;
  /** 16 bytes. */
  readonly holder: Uint8Array;
  /** 65 bytes, uncompressed. */
  readonly point: Uint8Array;
  readonly role: CardCertificateRole;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A decoded certificate; nothing of it is believed before {@link isCertifiedBy}. `notAfter` is the last millisecond of the last day. */
export interface CardCertificate extends CardCertificateContents {
  readonly encoded: Uint8Array;
  /** What is signed, 7F4E with its header. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

const DAY = 86_400_000;
/** id-TA-ECDSA-SHA-256 of TR-03110-3 A.7.3.2. */
const ECDSA_SHA256 = encodeOid('0.4.0.127.0.7.2.2.2.2.3');
const TEMPLATE = { terminal: encodeOid(IMIS_OID.terminalTemplate), card: encodeOid(IMIS_OID.cardTemplate) } as const;
const TERMINAL_CODE: Readonly<Record<TerminalRole, number>> = {
  registration: 1,
  clinic: 2,
  pharmacy: 3,
  emergency: 4,
  bureau: 5,
  insurer: 6,
};
const CARD_CODE: Readonly<Record<CardHolderKind, number>> = { patient: 1, doctor: 2, staff: 3 };

const malformed = (what: string): PkiError => new PkiError('CERT_MALFORMED', `card-verifiable certificate: ${what}`);

/** A BER-TLV object with a definite minimal length; `tag` as its hexadecimal digits. */
function object(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = concat(...parts);
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat(fromHex(tag), Uint8Array.from(size), value);
}

/** Reads objects one after another, each of which must be the one expected. */
class ObjectReader {
  #rest: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }
  /** Contents of the next object; `whole` is its encoding. */
  take(tag: string): { readonly value: Uint8Array; readonly whole: Uint8Array } {
    const head = fromHex(tag);
    const rest = this.#rest;
    if (!equalBytes(rest.subarray(0, head.length), head)) throw malformed(`object ${tag} expected`);
    const first = rest[head.length] ?? 0x80;
    const width = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || width > 2) throw malformed('a length of another form');
    const digits = rest.subarray(head.length + 1, head.length + 1 + width);
    const length = width === 0 ? first : digits.reduce((sum, digit) => sum * 256 + digit, 0);
    const minimal = width === 0 || (length >= (width === 1 ? 0x80 : 0x100) && digits.length === width);
    const start = head.length + 1 + width;
    const end = start + length;
    if (!minimal || end > rest.length) throw malformed('a length that does not add up');
    this.#rest = rest.subarray(end);
    return { value: rest.slice(start, end), whole: rest.slice(0, end) };
  }
  end(): void {
    if (this.#rest.length > 0) throw malformed('something follows');
  }
}

function day(at: number): Uint8Array {
  const text = new Date(at).toISOString();
  if (!text.startsWith('20')) throw new RangeError('card certificate: a day of this century');
  return Uint8Array.from(`${text.slice(2, 4)}${text.slice(5, 7)}${text.slice(8, 10)}`, Number);
}

function readDay(digits: Uint8Array): number {
  if (digits.length !== 6 || digits.some((digit) => digit > 9)) throw malformed('a day of another form');
  const text = digits.join('');
  const iso = `20${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4)}T00:00:00.000Z`;
  const at = Date.parse(iso);
  // The thirtieth of February is no day, although some parsers shift it to one.
  if (!Number.isFinite(at) || new Date(at).toISOString() !== iso) throw malformed('no such day');
  return at;
}

const template = (role: CardCertificateRole): Uint8Array =>
  role.kind === 'terminal'
    ? object(
        '7f4c',
        object('06', TEMPLATE.terminal),
        object('53', Uint8Array.of(TERMINAL_CODE[role.role]), bcdOf(role.institution)),
      )
    : object('7f4c', object('06', TEMPLATE.card), object('53', Uint8Array.of(CARD_CODE[role.card])));

/** The name whose code a byte is. */
function nameOf<N extends string>(codes: Readonly<Record<N, number>>, code: number | undefined): N {
  // Object.keys of a table of ours has its keys, no others.
  const name = (Object.keys(codes) as N[]).find((candidate) => codes[candidate] === code);
  if (name === undefined) throw malformed('an unknown role');
  return name;
}

function readTemplate(bytes: Uint8Array): CardCertificateRole {
  const reader = new ObjectReader(bytes);
  const kind = reader.take('06').value;
  const data = reader.take('53').value;
  reader.end();
  if (equalBytes(kind, TEMPLATE.card)) {
    if (data.length !== 1) throw malformed('role of a card');
    return { kind: 'card', card: nameOf(CARD_CODE, data[0]) };
  }
  const institution = digitsOf(data.subarray(1));
  if (!equalBytes(kind, TEMPLATE.terminal) || data.length !== 6 || institution === undefined)
    throw malformed('role of a terminal');
  return { kind: 'terminal', role: nameOf(TERMINAL_CODE, data[0]), institution };
}

function encodeBody(contents: CardCertificateContents): Uint8Array {
  const { authority, holder, point, role, notBefore, notAfter } = contents;
  if (!isAuthorityReference(authority)) throw new RangeError('card certificate: authority reference');
  if (holder.length !== 16 || !isPoint(point)) throw new RangeError('card certificate: holder or key');
  return object(
    '7f4e',
    object('5f29', Uint8Array.of(0)),
    object('42', utf8(authority)),
    object('7f49', object('06', ECDSA_SHA256), object('86', point)),
    object('5f20', holder),
    template(role),
    object('5f25', day(notBefore)),
    object('5f24', day(notAfter)),
  );
}

/** Issues a certificate; its encoding. Throws RangeError on contents out of shape. */
export async function issueCardCertificate(
  contents: CardCertificateContents,
  signer: CertificateSigner,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const body = encodeBody(contents);
  return object('7f21', body, object('5f37', ecdsaFromDer(await signer.sign(body, signal))));
}

/** Decodes strictly; throws PkiError CERT_MALFORMED. The signature and the days are not checked. */
export function parseCardCertificate(encoded: Uint8Array): CardCertificate {
  const outer = new ObjectReader(encoded);
  const inner = new ObjectReader(outer.take('7f21').value);
  outer.end();
  const { value, whole: body } = inner.take('7f4e');
  const signature = inner.take('5f37').value;
  inner.end();
  const reader = new ObjectReader(value);
  const profile = reader.take('5f29').value;
  const authority = readUtf8(reader.take('42').value) ?? '';
  const key = new ObjectReader(reader.take('7f49').value);
  const algorithm = key.take('06').value;
  const point = key.take('86').value;
  key.end();
  const holder = reader.take('5f20').value;
  const role = readTemplate(reader.take('7f4c').value);
  const [notBefore, lastDay] = [readDay(reader.take('5f25').value), readDay(reader.take('5f24').value)];
  reader.end();
  if (profile.length !== 1 || profile[0] !== 0) throw malformed('an unknown profile');
  if (!equalBytes(algorithm, ECDSA_SHA256) || !isPoint(point)) throw malformed('a key that is none of P-256');
  if (!isAuthorityReference(authority) || holder.length !== 16 || signature.length !== 64)
    throw malformed('a field of another length');
  return {
    authority,
    holder,
    point,
    role,
    notBefore,
    notAfter: lastDay + DAY - 1,
    encoded: encoded.slice(),
    body,
    signature,
  };
}

/** Did the authority with this point sign it? The days are the caller's to judge. */
export const isCertifiedBy = ({ body, signature }: CardCertificate, authorityPoint: Uint8Array): boolean =>
  isSignedBy(authorityPoint, body, signature);
