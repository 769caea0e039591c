/**
 * The real NHI card, public area (card note 1.1): SELECT and one read, with the published commands byte for byte. Neither carries an Le.
 * The rest of the card needs the bureau's security module and is not for us; nothing is ever written.
 * @module
 */
import { fromHex } from '../../crypto/common/bytes.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { command, SHORT_MAX } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { CardError } from '../card-error.ts';
import type { Signal } from './card-commands.ts';
import { decodeNhiProfile, type NhiProfile } from './nhi-profile.ts';

/** Nibble D: nationally registered; 158: Taiwan (ISO 3166). Sixteen bytes, the last one 00: fifteen and an Le are a partial name. */
export const NHI_AID = fromHex('d1580000010000000000000000001100');

/** SELECT; false for any refusal, since what a foreign card answers to an unknown name is its own affair. */
export async function selectNhi(session: CardSession, signal?: Signal): Promise<boolean> {
  const { sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], NHI_AID), { signal, unasked: SHORT_MAX });
  return sw === SW.ok;
}

/**
 * The holder, from the public area. Selects first: other programs (the control software of the hospital) use the same card.
 * Rejects with CARD_WRONG_KIND, CARD_REFUSED, NHI_CARD_MALFORMED, CARD_LOST, CARD_ANSWER_INVALID or CANCELLED.
 */
export async function readNhiProfile(session: CardSession, signal?: Signal): Promise<NhiProfile> {
  if (!(await selectNhi(session, signal))) throw new CardError('CARD_WRONG_KIND', 'the card is no NHI card');
  const read = command([0x00, 0xca, 0x11, 0x00], Uint8Array.of(0, 0));
  const { data, sw } = await session.send(read, { signal, unasked: SHORT_MAX });
  if (sw !== SW.ok) throw new CardError('CARD_REFUSED', 'the NHI card refused its public area', { statusWord: sw });
  return decodeNhiProfile(data);
}
