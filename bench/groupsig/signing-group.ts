/**
 * The group that is measured: issuer, 3 of 5 openers, one doctor with a software card, and as many signed messages as are asked for.
 * @module
 */
import { secureRng } from '../../crypto/common/random.ts';
import type { GroupBackend, SignedItem } from '../../crypto/groupsig/backend.ts';
import { commitOnCard, respondOnCard } from '../../crypto/groupsig/card-member.ts';
import { type CardCommitment, type Presignature, presign } from '../../crypto/groupsig/presign.ts';
import { type GroupCard, signWithCard } from '../../crypto/groupsig/sign-host.ts';
import { at, createSampleGroup, neverAborted, sampleContext } from '../../crypto/groupsig/testing/sample-group.ts';

/** The group and its doctor's ways to sign; all share one context and one message hash unless they say otherwise. */
export type SigningGroup = ReturnType<typeof createSigningGroup>;

/** A doctor's software card is the code of crypto/groupsig/card-member.ts; the commitment it answers is the one it made last. */
export function createSigningGroup(backend: GroupBackend) {
  const group = createSampleGroup(backend, 2, 'bench');
  const { groupKey } = group;
  const { credential, joined } = at(group.members, 0);
  const ctx = sampleContext();
  const messageHash = secureRng(32);

  const commit = (): { readonly commitment: CardCommitment; readonly card: GroupCard } => {
    const { ks, n, N } = commitOnCard(backend);
    const commitment = { id: Uint8Array.of(1), N };
    const respond: GroupCard['respond'] = async ({ head, hm, tx }) =>
      respondOnCard(backend, { pkh: groupKey.pkh, sk: joined.sk, ks, n, head, hm, tx });
    return { commitment, card: { commit: async () => commitment, respond } };
  };
  const input = { backend, groupKey, credential, ctx, messageHash, signal: neverAborted };

  return {
    ...group,
    backend,
    ctx,
    messageHash,
    /** All that can be made before the message is known: coupon, commitment of the card, tables. */
    prepareSignature: (): { readonly card: GroupCard; readonly presignature: Presignature } => {
      const { commitment, card } = commit();
      return { card, presignature: presign({ backend, groupKey, credential, commitment }) };
    },
    /** From the message hash to 400 bytes. */
    signPrepared: (ready: { readonly card: GroupCard; readonly presignature: Presignature }): Promise<Uint8Array> =>
      signWithCard({ ...input, ...ready }),
    /** Everything: the card's commitment, the host's coupon, the answer and its check. */
    signWhole: (): Promise<Uint8Array> => signWithCard({ ...input, card: commit().card }),
    /** Different messages of different visits. */
    signMany: async (count: number): Promise<readonly SignedItem[]> => {
      const items: SignedItem[] = [];
      while (items.length < count) {
        const own = { ctx: sampleContext({ sid: secureRng(16) }), messageHash: secureRng(32) };
        items.push({ ...own, signature: await signWithCard({ ...input, ...own, card: commit().card }) });
      }
      return items;
    },
  };
}

/** Q of many members, 48 bytes each: consecutive multiples of h, because only their number matters. */
export function manyMembers(backend: GroupBackend, count: number): readonly Uint8Array[] {
  const { h } = backend.generators;
  const members: Uint8Array[] = [];
  let Q = h;
  while (members.length < count) {
    Q = backend.add(Q, h);
    members.push(backend.encodeG1(Q));
  }
  return members;
}
