/**
 * A citizen's certificate card, seen from the host: one certificate that names its holder, one key, one PIN. **A stand-in**: the commands of the
 * national card are not published, so these are the standard ones of a card with ISO/IEC 7816-15 objects (7816-4 11, 7816-8 11) under a name of
 * ours. Such cards have no secure messaging towards a reader of anybody: what is sent here goes over the wire as it is (docs/threat-model.md).
 * @module
 */
import { concat, fromHex } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { command, SHORT_MAX } from '../apdu/command.ts';
import type { PinBlock } from '../apdu/pin-block.ts';
import { refusal, SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import { exchange, type Signal, verifyPin } from './card-commands.ts';
import type { PinProfile } from './card-profile.ts';

/** The stand-in in numbers: name, file of the certificate, references of key and PIN. `signature` is the length of r ‖ s. */
export const CIVIL = {
  aid: fromHex('f048495343495601'),
  certificateFile: 0x4331,
  key: 0x01,
  pinReference: 0x01,
  pin: { min: 6, max: 8, tries: 3 } satisfies PinProfile,
  signature: 64,
} as const;

/** Longest certificate that is read, bytes. */
const CERTIFICATE_LIMIT = 4096;

/** SELECT by name; false for any refusal, since what a foreign card answers to an unknown name is its own affair. */
export async function selectCivil(session: CardSession, signal?: Signal): Promise<boolean> {
  const { sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], CIVIL.aid, SHORT_MAX), { signal });
  return sw === SW.ok;
}

/** Selects first: other programs use such a card too. CARD_WRONG_KIND. */
async function open(session: CardSession, signal: Signal): Promise<void> {
  if (!(await selectCivil(session, signal))) throw new CardError('CARD_WRONG_KIND', 'no citizen certificate card');
}

/**
 * The holder's certificate, DER, not yet trusted; without a PIN. Read in pieces of 256 bytes at most. Rejects with CARD_WRONG_KIND,
 * CARD_RECORD_NOT_FOUND, CARD_ANSWER_INVALID, CARD_LOST or CANCELLED.
 */
export async function readCivilCertificate(session: CardSession, signal?: Signal): Promise<Uint8Array> {
  await open(session, signal);
  const { certificateFile: fid } = CIVIL;
  const name = Uint8Array.of(fid >> 8, fid & 0xff);
  await exchange(session, { what: 'SELECT EF', header: [0x00, 0xa4, 0x02, 0x0c], data: name }, signal);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const read = command([0x00, 0xb0, offset >> 8, offset & 0xff], undefined, SHORT_MAX);
    const { data, sw } = await session.send(read, { signal });
    // At its very end a card says that nothing begins there.
    if (sw === SW.wrongOffset && offset > 0) break;
    if (sw !== SW.ok) throw refusal(sw, 'READ BINARY');
    pieces.push(data);
    offset += data.length;
    if (offset > CERTIFICATE_LIMIT) throw new CardError('CARD_ANSWER_INVALID', 'a certificate without end');
    if (data.length < SHORT_MAX) break;
  }
  return concat(...pieces);
}

/**
 * VERIFY, HASH and COMPUTE DIGITAL SIGNATURE: r ‖ s (64 bytes) over SHA-256 of the message, one for each VERIFY. The card does not read what it
 * signs. The block is wiped whatever happens. Rejects with PIN_WRONG (with triesLeft), PIN_BLOCKED, PIN_FORMAT, CARD_WRONG_KIND,
 * CARD_ANSWER_INVALID, CARD_LOST or CANCELLED.
 */
export async function signWithCivil(
  session: CardSession,
  pin: PinBlock,
  message: Uint8Array,
  signal?: Signal,
): Promise<Uint8Array> {
  try {
    await open(session, signal);
    const use = Uint8Array.of(0x84, 1, CIVIL.key);
    await exchange(session, { what: 'MSE SET', header: [0x00, 0x22, 0x41, 0xb6], data: use }, signal);
    await verifyPin(session, pin, signal, CIVIL.pinReference);
  } finally {
    pin.fill(0);
  }
  await exchange(session, { what: 'PSO HASH', header: [0x00, 0x2a, 0x90, 0x80], data: message }, signal);
  const sign = { what: 'PSO CDS', header: [0x00, 0x2a, 0x9e, 0x9a], answer: CIVIL.signature } as const;
  return exchange(session, sign, signal);
}
