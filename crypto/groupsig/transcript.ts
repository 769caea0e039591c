/**
 * The two hashes between commitments and challenge: tx, which the host makes, and c, which the card makes.
 * @module
 */
import { concat, lp1 } from '../common/bytes.ts';
import { bigintOf, h256 } from '../common/hash.ts';
import { PREFIX } from './tags.ts';

const TX = lp1(PREFIX.transcript);
const CHALLENGE = lp1(PREFIX.challenge);

/** tx = H256(lp1("NHI-GSIG-V1-TX") ‖ pkh ‖ B ‖ ctx ‖ A' ‖ Abar ‖ E1 ‖ E2 ‖ E3 ‖ T1 ‖ T2 ‖ T3 ‖ T4); `points` and `commitments` as encoded. */
export const transcriptHash = (input: {
  readonly pkh: Uint8Array;
  readonly B: Uint8Array;
  readonly ctx: Uint8Array;
  readonly points: Uint8Array;
  readonly commitments: readonly Uint8Array[];
}): Uint8Array => h256(TX, input.pkh, input.B, input.ctx, input.points, ...input.commitments);

/** c = H256(lp1("NHI-GSIG-V1-CHAL") ‖ pkh ‖ n ‖ head ‖ H_M ‖ tx)[0..16). */
export const challengeOf = (input: {
  readonly pkh: Uint8Array;
  readonly n: Uint8Array;
  readonly head: Uint8Array;
  readonly messageHash: Uint8Array;
  readonly tx: Uint8Array;
}): Uint8Array => h256(concat(CHALLENGE, input.pkh, input.n, input.head, input.messageHash, input.tx)).slice(0, 16);

/** The challenge as a 128-bit integer. */
export const challengeScalar = (c: Uint8Array): bigint => bigintOf(c);
