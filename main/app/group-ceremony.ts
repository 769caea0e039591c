/**
 * The group's keys: issuer, opening key among five officers of whom three open together, group key and opener set
 * (groupsig note, "Set-up"). A dealer knows the opening key for a moment; with separate officers a distributed generation replaces it.
 * @module
 */
import { hex, wipe } from '../../crypto/common/bytes.ts';
import { createMclBackend } from '../../crypto/groupsig/backend-mcl.ts';
import { dealOpeningKey } from '../../crypto/groupsig/dealer.ts';
import { decodeGroupKey, encodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { setUpIssuer } from '../../crypto/groupsig/issuer.ts';
import { decodeOpenerSet, encodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';

/** Officers, and how many of them open a signature. */
const OPENERS = { n: 5, t: 3 } as const;

/** What a ceremony makes. `issuerSecret` and `openers` are secret; the caller writes them apart and wipes them. */
export interface GroupCeremony {
  readonly groupKey: Uint8Array;
  readonly openerSet: Uint8Array;
  readonly issuerSecret: Uint8Array;
  readonly openers: readonly { version: 1; group: string; openerSet: number; index: number; kappa: string }[];
}

/** Makes a group; both public parts have been read back by their strict decoders. */
export async function makeGroup(): Promise<GroupCeremony> {
  const backend = await createMclBackend();
  const issuer = setUpIssuer(backend);
  const dealt = dealOpeningKey(backend, OPENERS);
  const key = decodeGroupKey(backend, encodeGroupKey({ w: issuer.w, K1: dealt.K1, proof: issuer.proof }));
  const fields = { pkh: key.pkh, version: 1, ...OPENERS, commitments: dealt.commitments };
  const set = decodeOpenerSet(backend, key, encodeOpenerSet(fields));
  const openers = dealt.shares.map(({ index, kappa }) => ({
    version: 1 as const,
    group: hex(key.pkh),
    openerSet: set.version,
    index,
    kappa: hex(kappa),
  }));
  wipe(...dealt.shares.map(({ kappa }) => kappa));
  return { groupKey: key.encoded, openerSet: set.encoded, issuerSecret: issuer.secret, openers };
}
