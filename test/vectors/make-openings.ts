/**
 * Vectors of opening: shares with their nonces, the Q they give, the judge's check, and shares that prove nothing.
 * @module
 */
import { concat, hex, uint } from '../../crypto/common/bytes.ts';
import { randomScalar } from '../../crypto/common/random.ts';
import { combineShares } from '../../crypto/groupsig/combine.ts';
import type { GroupSigErrorCode } from '../../crypto/groupsig/groupsig-error.ts';
import { lagrangeAtZero } from '../../crypto/groupsig/lagrange.ts';
import { openPartially } from '../../crypto/groupsig/open.ts';
import { decodeOpenerSet, encodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import type { OpeningCase } from '../../crypto/groupsig/opening-share.ts';
import { encodeScalar, ORDER } from '../../crypto/groupsig/scalar.ts';
import { decodeSignature } from '../../crypto/groupsig/signature.ts';
import { compress, torsionPoints } from '../../crypto/groupsig/testing/odd-points.ts';
import { at, flipped } from '../../crypto/groupsig/testing/sample-group.ts';
import { firstSignature, issuersVariant } from './make-signatures.ts';
import { plusOrder, replaced, scripted, vectorFile } from './vector-file.ts';
import { hashOf, IDENTITY, type VectorGroup } from './vector-group.ts';

/** A set of shares a combiner refuses, and why; `index` is the opener its error names, null for none. */
interface Refused {
  readonly why: string;
  readonly code: GroupSigErrorCode;
  readonly index: number | null;
  readonly shares: readonly Uint8Array[];
}

function refusedShares(
  { backend, openerSet, groupKey, dealt, seeded }: VectorGroup,
  opening: OpeningCase,
  shares: readonly Uint8Array[],
): readonly Refused[] {
  const rng = seeded('refused shares');
  const share = (index: number, other = opening): Uint8Array =>
    openPartially(backend, other, at(dealt.shares, index - 1), scripted(randomScalar(ORDER, rng)));
  const [s1, s2, s3, s4] = [at(shares, 0), at(shares, 1), at(shares, 2), at(shares, 3)];
  const fields = { pkh: groupKey.pkh, version: 2, n: 5, t: 3, commitments: dealt.commitments };
  const otherSet = decodeOpenerSet(backend, groupKey, encodeOpenerSet(fields));
  const torsion = compress(at(torsionPoints(rng), 0));
  const third = (bytes: Uint8Array): readonly Uint8Array[] => [s1, s2, bytes];
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['c changed', flipped(s3, 81)],
    ['z changed', flipped(s3, 113)],
    ['c + r, not canonical', replaced(s3, 50, plusOrder(s3.subarray(50, 82), ORDER))],
    ['z + r, not canonical', replaced(s3, 82, plusOrder(s3.subarray(82), ORDER))],
    ['D is O', replaced(s3, 2, IDENTITY)],
    ['D on the curve, outside G1', replaced(s3, 2, torsion)],
    ['D of opener 1 with the proof of opener 3', replaced(s3, 2, s1.slice(2, 50))],
    ["opener 4's share under the index 3", replaced(s4, 0, uint(3, 2))],
    ['for another order', share(3, { ...opening, orderHash: hashOf('another order') })],
    ['for another version of the opener set', share(3, { ...opening, openerSet: otherSet })],
    ['113 bytes', s3.slice(0, -1)],
    ['115 bytes', concat(s3, Uint8Array.of(0))],
  ];
  const { n, t } = openerSet;
  return [
    ...invalid.map(([why, bytes]) => ({ why, code: 'SHARE_INVALID' as const, index: 3, shares: third(bytes) })),
    { why: `${t - 1} shares`, code: 'SHARE_COUNT', index: null, shares: [s1, s2] },
    { why: `${t + 1} shares`, code: 'SHARE_COUNT', index: null, shares: [s1, s2, s3, s4] },
    { why: 'one share twice', code: 'SHARE_INDEX_REPEATED', index: 2, shares: third(s2) },
    { why: 'index 0', code: 'SHARE_INDEX_RANGE', index: 0, shares: third(replaced(s3, 0, uint(0, 2))) },
    { why: `index ${n + 1}`, code: 'SHARE_INDEX_RANGE', index: n + 1, shares: third(replaced(s3, 0, uint(n + 1, 2))) },
  ];
}

/** opening.json */
export async function makeOpenings(group: VectorGroup) {
  const { backend, groupKey, openerSet, dealt, doctors, seeded } = group;
  const { G } = backend.generators;
  const { ctx, messageHash, signature, doctor } = await firstSignature(group);
  const opening: OpeningCase = { groupKey, openerSet, ctx, messageHash, signature, orderHash: hashOf('signed order') };
  const E1 = decodeSignature(backend, signature)?.E1;
  if (E1 === undefined) throw new Error('the signature of the vectors decodes');
  const rng = seeded('opening');
  const shares = dealt.shares.map((opener) => {
    const k = randomScalar(ORDER, rng);
    const bytes = openPartially(backend, opening, opener, scripted(k));
    return {
      bytes,
      index: opener.index,
      kappa: hex(opener.kappa),
      k: hex(encodeScalar(k)),
      K: hex(backend.encodeG1(openerSet.shareKey(opener.index))),
      D: hex(bytes.slice(2, 50)),
      a: hex(backend.encodeG1(backend.mulSecret(G, k))),
      b: hex(backend.encodeG1(backend.mulSecret(E1, k))),
      c: hex(bytes.slice(50, 82)),
      z: hex(bytes.slice(82)),
      share: hex(bytes),
    };
  });
  const of = (indices: readonly number[]): readonly Uint8Array[] => indices.map((index) => at(shares, index - 1).bytes);
  const { joined } = at(doctors, doctor);
  const refused = refusedShares(
    group,
    opening,
    shares.map(({ bytes }) => bytes),
  );
  return vectorFile(
    'The opening of the first signature of signature.json by three of the five openers of opener-set.json, and shares to be refused.',
    [
      'D = kappa*E1; a = k*G; b = k*E1; z = k + c*kappa mod r; share = index(2) ‖ D ‖ c ‖ z, 114 bytes.',
      'c = H2S(lp1(prefix.scheme) ‖ pkh ‖ hash of the opener set ‖ index(2) ‖ messageId ‖ orderHash ‖ G ‖ K ‖ E1 ‖ D ‖ a ‖ b, scalarDst.opening).',
      'The check: a = z*G - c*K, b = z*E1 - c*D give c again. Q = E2 - sum lambda_i*D_i, lambda_i = prod over j != i of j/(j - i) mod r.',
      "The judge finds the join of that Q (join.json) and checks its proof. The shares open the issuer's variant of signature.json alike.",
      'refused: the whole set of shares a combiner is given, the code of its error and the opener it names.',
    ],
    {
      ctx: hex(ctx),
      messageHash: hex(messageHash),
      signature: hex(signature),
      variant: hex(issuersVariant(group, signature)),
      openerSet: hex(openerSet.encoded),
      orderHash: hex(opening.orderHash),
      shares: shares.map(({ bytes: _bytes, ...share }) => share),
      combinations: [
        [1, 2, 3],
        [1, 3, 5],
        [4, 5, 2],
      ].map((indices) => ({
        indices,
        lambda: lagrangeAtZero(indices).map((lambda) => hex(encodeScalar(lambda))),
        Q: hex(combineShares(backend, opening, of(indices))),
      })),
      join: { J: hex(joined.J), c: hex(joined.c), z: hex(joined.z), id: hex(at(doctors, doctor).doctorId) },
      refused: refused.map((one) => ({ ...one, shares: one.shares.map(hex) })),
      refusedOpeners: [
        {
          why: "opener 1's secret under the index 2",
          code: 'SHARE_KEY_MISMATCH',
          index: 2,
          kappa: at(shares, 0).kappa,
        },
        { why: 'a secret of 0', code: 'SHARE_KEY_MISMATCH', index: 1, kappa: hex(new Uint8Array(32)) },
        { why: 'index 6', code: 'SHARE_INDEX_RANGE', index: 6, kappa: at(shares, 0).kappa },
      ],
    },
  );
}
