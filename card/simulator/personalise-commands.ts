/**
 * Commands of the issuing desk: GENERATE ASYMMETRIC KEY PAIR, PUT DATA, ACTIVATE FILE (ISO/IEC 7816-8 11.2, 7816-4 11.6, 7816-9), all in the
 * channel of a terminal of the bureau. Keys are born on the card and only public points come out. ACTIVATE ends personalisation for good.
 * @module
 */
import { equalBytes, readUtf8 } from '../../crypto/common/bytes.ts';
import { isAuthorityReference } from '../../crypto/pki/authority-reference.ts';
import { isPoint, newPrivateKey, publicPoint } from '../../crypto/pki/p256-key.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import { p256Spki } from '../../crypto/pki/public-key.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { STAGE } from '../apps/card-life.ts';
import { DATA_OBJECT, type FileProfile, KEY } from '../apps/card-profile.ts';
import { demandIssuing } from './access.ts';
import type { CellChange } from './card-memory.ts';
import { type CardContext, type Handlers, isBlank, NOTHING } from './card-os.ts';
import { demandOwnCertificate } from './channel-commands.ts';
import { hasPins } from './pin-commands.ts';
import { keyCell, privateKey } from './private-key.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';

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

function generate(card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array {
  demand((p1 === 0x80 || p1 === 0x81) && p2 === 0, SW.wrongParameters);
  demandIssuing(card);
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
  if (p2 === DATA_OBJECT.cardAuthority) return putAuthority(card, data);
  demandIssuing(card);
  if (p2 === DATA_OBJECT.policy) {
    demand(data.length === 1, SW.wrongLength);
    card.memory.write([['policy', data]]);
    return NOTHING;
  }
  demand(p2 === DATA_OBJECT.bureauKey, SW.referenceNotFound);
  demand(isPoint(data), SW.wrongData);
  card.memory.write([['bureau', data]]);
  return NOTHING;
}

/** The first authority comes in the clear: a card without one cannot tell terminals apart. It is put once; a maker may have put it. */
function putAuthority(card: CardContext, data: Uint8Array): Uint8Array {
  demand(isBlank(card) && card.memory.get('authority') === undefined, SW.conditions);
  demand(isPoint(data.slice(0, 65)), SW.wrongData);
  demand(isAuthorityReference(readUtf8(data.slice(65)) ?? ''), SW.wrongData);
  card.memory.write([['authority', data]]);
  return NOTHING;
}

/** The issuing commands; `complete` refuses 6985 unless the application is, and says what else to write on activation. */
export function personaliseCommands(complete: (card: CardContext) => readonly CellChange[]): Handlers {
  const activate = (card: CardContext, { p1, p2, data }: CommandApdu): Uint8Array => {
    demand(p1 === 0 && p2 === 0 && data.length === 0, SW.wrongParameters);
    demandIssuing(card);
    demand(hasPins(card), SW.conditions);
    const { holder } = demandOwnCertificate(card);
    card.memory.write([...complete(card), ['serial', holder], ['life', Uint8Array.of(STAGE.active)]]);
    return NOTHING;
  };
  return new Map([
    [0x0047, generate],
    [0x00da, putData],
    [0x0044, activate],
  ]);
}
