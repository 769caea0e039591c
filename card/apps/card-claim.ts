/**
 * What a card claims to be, by SELECT alone: which application, and for one of ours the stage of its life, which the answer to SELECT
 * carries in tag C1 (card note 3.5). Nothing that names a holder is read.
 * @module
 */
import type { CardSession } from '../apdu/card-session.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import type { Signal } from './card-commands.ts';
import { type CardLife, lifeOf } from './card-life.ts';
import { APPLICATIONS, type CardKind } from './card-profile.ts';
import { selectCivil } from './civil-app.ts';
import { selectNhi } from './nhi-card.ts';

/** The claim. `none`: no application that we know. */
export type CardClaim =
  | { readonly kind: CardKind; readonly life: CardLife }
  | { readonly kind: 'nhi' }
  | { readonly kind: 'civil' }
  | { readonly kind: 'none' };

/** Asks a card. The application found stays selected. Rejects with CARD_LOST, CARD_ANSWER_INVALID, CANCELLED or a failure of the reader. */
export async function readClaim(session: CardSession, signal?: Signal): Promise<CardClaim> {
  for (const { kind, aid } of Object.values(APPLICATIONS)) {
    const { data, sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], aid, 256), { signal });
    // What a foreign card answers to an unknown name is its own affair: any refusal means "not this one".
    if (sw === SW.ok) return { kind, life: lifeOf(data) };
  }
  if (await selectNhi(session, signal)) return { kind: 'nhi' };
  return (await selectCivil(session, signal)) ? { kind: 'civil' } : { kind: 'none' };
}
