/**
 * The stage of a card's life, as the answer to SELECT carries it in tag C1 (card note 3.5, 3.8): blank, active, or blocked by the bureau.
 * @module
 */
import { DerError, DerReader, readDer } from '../../crypto/common/der-read.ts';

/** `blank` until ACTIVATE, `active` after, `blocked` by an order; `other` is a stage that this release does not know, or none at all. */
export type CardLife = 'blank' | 'active' | 'blocked' | 'other';

/** Stages by their number. */
export const STAGE = { blank: 0, active: 1, blocked: 2 } as const;

const TAG = { template: 0x6f, proprietary: 0xa5, life: 0xc1 } as const;

/** The values inside a constructed one, by tag. */
function members(contents: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const reader = new DerReader(contents);
  for (let tag = reader.tag; tag !== undefined; tag = reader.tag) found.set(tag, reader.read(tag).body);
  return found;
}

/** The stage in a file control information template. */
export function lifeOf(template: Uint8Array): CardLife {
  try {
    const proprietary = members(readDer(template, TAG.template).body).get(TAG.proprietary);
    const life = proprietary === undefined ? undefined : members(proprietary).get(TAG.life);
    if (life?.length !== 1) return 'other';
    switch (life[0] ?? 255) {
      case STAGE.blank:
        return 'blank';
      case STAGE.active:
        return 'active';
      case STAGE.blocked:
        return 'blocked';
      default:
        return 'other';
    }
  } catch (cause) {
    if (cause instanceof DerError) return 'other';
    throw cause;
  }
}
