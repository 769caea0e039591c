/**
 * Commands of the issuing desk: GENERATE ASYMMETRIC KEY PAIR, PUT DATA, ACTIVATE FILE (ISO/IEC 7816-8 11.2, 7816-4 11.6, 7816-9), and GET
 * CHALLENGE. Keys are born on the card and only public points come out. ACTIVATE ends personalisation for good.
 * @module
 */
import { equalBytes, readUtf8, utf8 } from '../../crypto/common/bytes.ts';
import { isAuthorityReference } from '../../crypto/pki/authority-reference.ts';
import { isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { isPoint, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { STAGE } from '../apps/card-life.ts';
import { AUTHENTICATION_FILE, DATA_OBJECT, type FileProfile, KEY } from '../apps/card-profile.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { hasPins } from './pin-commands.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';

const keyCell = (reference: number): string => `key/${reference.toString(16).padStart(2, '0')}`;

/** A private key, 32 bytes; refuses 6A88 when it was not generated. */
export function privateKey({ memory }: CardContext, reference: number): Uint8Array {
  const key = memory.get(keyCell(reference));
  demand(key !== undefined, SW.referenceNotFound);
  return key;
}

/** The certificate in a file, which must be of the kind named and for the key on this card; refuses 6985. */
export function certificateFor(
  card: CardContext,
  file: FileProfile,
  kind: Certificate['kind'],
  reference: number,
): Certificate {
  try {
    const certificate = parseCertificate(card.memory.get(fileCell(file)) ?? NOTHING);
    const own = p256Spki(publicPoint(privateKey(card, reference)));
    demand(certificate.kind === kind && equalBytes(certificate.spki, own), SW.conditions);
    return certificate;
  } catch (error) {
    if (error instanceof PkiError) throw new Refusal(SW.conditions);
    throw error;
  }
}

/**
 * The card's own certificate: for its authentication key, of its kind, by the authority it was given; refuses 6985. Answers what ACTIVATE
 * writes: the serial number, which is the certificate's holder.
 */
function ownCertificate(card: CardContext): readonly CellChange[] {
  const authority = card.memory.get('authority') ?? NOTHING;
  try {
    const certificate = parseCardCertificate(card.memory.get(fileCell(AUTHENTICATION_FILE)) ?? NOTHING);
    const { role, point, holder } = certificate;
    demand(role.kind === 'card' && role.card === card.profile.kind, SW.conditions);
    demand(equalBytes(point, publicPoint(privateKey(card, KEY.authentication))), SW.conditions);
    demand(equalBytes(utf8(certificate.authority), authority.slice(65)), SW.conditions);
    demand(isCertifiedBy(certificate, authority.slice(0, 65)), SW.conditions);
    return [['serial', holder]];
  } catch (error) {
    if (error instanceof PkiError) throw new Refusal(SW.conditions);
    throw error;
  }
}

function generate(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand((p1 === 0x80 || p1 === 0x81) && p2 === 0, SW.wrongParameters);
  demand(isBlank(card), SW.conditions);
  const [reference] = data;
  demand(data.length === 1 && reference !== undefined, SW.wrongLength);
  demand(card.profile.keys.includes(reference), SW.referenceNotFound);
  if (p1 === 0x81) return publicPoint(privateKey(card, reference));
  const key = newPrivateKey(card.rng);
  // A new signature key makes a new card: a group membership joined under the old one goes with it.
  const membership = reference === KEY.signature ? card.memory.names('group/') : [];
  card.memory.write([[keyCell(reference), key], ...membership.map((cell): CellChange => [cell, undefined])]);
  return publicPoint(key);
}

function putData(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand(p1 === 1, SW.wrongParameters);
  demand(isBlank(card), SW.conditions);
  if (p2 === DATA_OBJECT.policy) {
    demand(data.length === 1, SW.wrongLength);
    card.memory.write([['policy', data]]);
    return NOTHING;
  }
  if (p2 === DATA_OBJECT.cardAuthority) {
    demand(isPoint(data.slice(0, 65)), SW.wrongData);
    demand(isAuthorityReference(readUtf8(data.slice(65)) ?? ''), SW.wrongData);
    card.memory.write([['authority', data]]);
    return NOTHING;
  }
  demand(p2 === DATA_OBJECT.bureauKey, SW.referenceNotFound);
  demand(isPoint(data), SW.wrongData);
  card.memory.write([['bureau', data]]);
  return NOTHING;
}

const challenge = (card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array => {
  demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
  return card.rng(16);
};

/** The issuing commands; `complete` refuses 6985 unless the application is, and says what else to write on activation. */
export function personaliseCommands(complete: (card: CardContext) => readonly CellChange[]): Handlers {
  const activate = (card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array => {
    demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
    demand(isBlank(card) && hasPins(card), SW.conditions);
    card.memory.write([...complete(card), ...ownCertificate(card), ['life', Uint8Array.of(STAGE.active)]]);
    return NOTHING;
  };
  return new Map([
    [0x0047, generate],
    [0x00da, putData],
    [0x0044, activate],
    [0x0084, challenge],
  ]);
}
