/**
 * Entering a card into the register: the key it proves itself with gets a card-verifiable certificate, whose holder is the card's serial
 * number. That certificate is a row like any other under the same number, so revocation lists and epoch heads cover cards as they are.
 * @module
 */
import type { CardKind } from '../../contract/card-service.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { issueCardCertificate, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { keyIdentifier, p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';

const YEAR = 365 * 86_400_000;
const CARD_YEARS = 8;

/** When a card that is issued now ends, ms since 1970: after eight years, and not later than the authority. */
export const cardEnd = ({ keys }: Pick<Bureau, 'keys'>, now: number): number =>
  Math.min(now + CARD_YEARS * YEAR, keys.ca.certificate.notAfter);

/** A card to be entered. */
export interface CardEntry {
  readonly kind: CardKind;
  /** PID_P, ID_D, or the identifier of a member of staff. */
  readonly holder: string;
  /** PID_P of a patient. */
  readonly pid: string | null;
  readonly institution: string;
  /** SubjectPublicKeyInfo of the card's signature key and of the key it proves itself with. */
  readonly signingKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
  /** Serial numbers of the bureau's other certificates on it. */
  readonly certificates: readonly string[];
  /** Who issues it, for the log: the clerk's certificate, or `folder`. */
  readonly by: string;
}

/** A serial number for card and certificate alike, 16 bytes: the first is 01 to 7f, so that it is a positive integer of that length. */
function newSerial(): Uint8Array {
  const serial = secureRng(16);
  serial[0] = 1 + ((serial[0] ?? 0) % 0x7f);
  return serial;
}

/** Certifies and registers; the row, and the card's own certificate. */
export async function registerCard(
  bureau: Bureau,
  entry: CardEntry,
  signal: AbortSignal,
): Promise<{ readonly card: Row<'card'>; readonly authentication: Uint8Array }> {
  const { cardAuthority } = bureau.keys;
  const now = bureau.clock.now();
  const serial = newSerial();
  const expires = Math.min(cardEnd(bureau, now), cardAuthority.certificate.notAfter);
  const authentication = await issueCardCertificate(
    {
      authority: cardAuthority.reference,
      holder: serial,
      point: p256Point(entry.authenticationKey) ?? new Uint8Array(0),
      role: { kind: 'card', card: entry.kind },
      notBefore: now - 60_000,
      notAfter: expires,
    },
    cardAuthority.signer,
    signal,
  );
  const head = { version: 1, institution: entry.institution };
  const card: Row<'card'> = {
    ...head,
    type: 'card',
    key_id: hex(keyIdentifier(entry.signingKey)),
    serial: hex(serial),
    kind: entry.kind,
    holder: entry.holder,
    status: 'active',
    issued_at: now,
    expires_at: expires,
    order_number: 0,
    replaced_by: null,
    member: null,
  };
  const certificate = {
    ...head,
    type: 'card-authentication',
    key_id: hex(keyIdentifier(entry.authenticationKey)),
    serial: card.serial,
    pid: entry.pid,
    der: authentication,
    issued_at: now,
    revoked_at: null,
  };
  await bureau.store.saveCard({ card, certificate, others: entry.certificates, by: entry.by }, signal);
  return { card, authentication };
}

/**
 * The active card with these two keys, registered before: a card whose issuing was broken off comes again with the same keys and stays the
 * same card.
 */
export async function registeredBefore(
  bureau: Bureau,
  keys: Pick<CardEntry, 'kind' | 'holder' | 'signingKey' | 'authenticationKey'>,
  signal: AbortSignal,
): Promise<{ readonly card: Row<'card'>; readonly authentication: Uint8Array } | undefined> {
  const card = await bureau.store.cardByKey(hex(keyIdentifier(keys.signingKey)), signal);
  if (card?.status !== 'active' || card.kind !== keys.kind || card.holder !== keys.holder) return undefined;
  const row = await bureau.store.certificate(card.serial, signal);
  if (row === undefined) throw new Error('a card without its certificate');
  const { point, holder } = parseCardCertificate(row.der);
  const same = hex(p256Spki(point)) === hex(keys.authenticationKey) && hex(holder) === hex(fromHex(card.serial));
  return same ? { card, authentication: row.der } : undefined;
}
