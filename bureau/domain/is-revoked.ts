/**
 * Is a certificate refused at the bureau? What was held while its card was suspended and is good again may still stand in the revocation list
 * until the next epoch head (docs/card.md, "The life of a card").
 * @module
 */
import type { Row } from '../store/tables.ts';

export const isRevoked = ({ revoked_at, hold }: Pick<Row<'certificate'>, 'revoked_at' | 'hold'>): boolean =>
  revoked_at !== null && hold !== 'resumed';
