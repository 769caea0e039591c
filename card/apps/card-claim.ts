/**
 * What a card claims to be, by SELECT alone: which application, and for one of ours the stage of its life, which the answer to SELECT
 * carries in tag C1 (card note 3.5). Nothing that names a holder is read.
 * @module
 */
import { DerError, DerReader, readDer } from '../../crypto/common/der-read.ts';
import type { CardSession } from '../apdu/card-session.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import type { Signal } from './card-commands.ts';
import { APPLICATIONS, type CardKind } from './card-profile.ts';
import { selectNhi } from './nhi-card.ts';

/** `blank` until ACTIVATE, `active` after; `other` is a stage that this release does not know, or none at all. */
export type CardLife = 'blank' | 'active' | 'other';

/** The claim. `none`: no application that we know. */
export type CardClaim =
  | { readonly kind: CardKind; readonly life: CardLife }
  | { readonly kind: 'nhi' }
  | { readonly kind: 'none' };

const TAG = { template: 0x6f, proprietary: 0xa5, life: 0xc1 } as const;

/** The values inside a constructed one, by tag. */
function members(contents: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const reader = new DerReader(contents);
  for (let tag = reader.tag; tag !== undefined; tag = reader.tag) found.set(tag, reader.read(tag).body);
  return found;
}

function lifeOf(template: Uint8Array): CardLife {
  try {
    const proprietary = members(readDer(template, TAG.template).body).get(TAG.proprietary);
    const life = proprietary === undefined ? undefined : members(proprietary).get(TAG.life);
    if (life?.length !== 1) return 'other';
    return life[0] === 0 ? 'blank' : life[0] === 1 ? 'active' : 'other';
  } catch (cause) {
    if (cause instanceof DerError) return 'other';
    throw cause;
  }
}

/** Asks a card. The application found stays selected. Rejects with CARD_LOST, CARD_ANSWER_INVALID, CANCELLED or a failure of the reader. */
export async function readClaim(session: CardSession, signal?: Signal): Promise<CardClaim> {
  for (const { kind, aid } of Object.values(APPLICATIONS)) {
    const { data, sw } = await session.send(command([0x00, 0xa4, 0x04, 0x00], aid, 256), { signal });
    // What a foreign card answers to an unknown name is its own affair: any refusal means "not this one".
    if (sw === SW.ok) return { kind, life: lifeOf(data) };
  }
  return (await selectNhi(session, signal)) ? { kind: 'nhi' } : { kind: 'none' };
}
