/**
 * The group of the vectors: every secret follows from a seed and is written into the files; what only blinds stays random and must not show.
 * @module
 */
import { concat, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { randomScalar } from '../../crypto/common/random.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { joinOnCard } from '../../crypto/groupsig/card-member.ts';
import type { Attributes } from '../../crypto/groupsig/context.ts';
import { decodeGroupKey, encodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { issueCredential, setUpIssuer } from '../../crypto/groupsig/issuer.ts';
import { loadCredential } from '../../crypto/groupsig/member-credential.ts';
import { decodeOpenerSet, encodeOpenerSet } from '../../crypto/groupsig/opener-set.ts';
import { encodeScalar, ORDER } from '../../crypto/groupsig/scalar.ts';
import { dealOpeningKey } from '../../crypto/groupsig/testing/dealer.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { scripted } from './vector-file.ts';

/** Attributes of the vectors' credentials. */
export const PHYSICIAN: Attributes = { epoch: { day: 20_400, seq: 0 }, classNumber: 1 };
export const EARLY: Attributes = { epoch: { day: 20_400, seq: 1 }, classNumber: 3 };

/** The encoding of O in G1. */
export const IDENTITY = concat(Uint8Array.of(0xc0), new Uint8Array(47));

/** The group as the makers of the files need it. */
export type VectorGroup = ReturnType<typeof createVectorGroup>;

/** One group, over any backend; the same bytes over each. */
export function createVectorGroup(backend: GroupBackend) {
  const rng = seededRng('NHI-GSIG-V1 test vectors');
  const scalar = (): bigint => randomScalar(ORDER, rng);
  const [gamma, proofNonce] = [scalar(), scalar()];
  const issuerKey = rng(32);
  const { secret, w, proof } = setUpIssuer(backend, scripted(gamma, issuerKey, proofNonce));
  const coefficients = [scalar(), scalar(), scalar()];
  const dealt = dealOpeningKey(backend, { n: 5, t: 3 }, scripted(...coefficients));
  const groupKey = decodeGroupKey(backend, encodeGroupKey({ w, K1: dealt.K1, proof }));
  const openerSet = decodeOpenerSet(
    backend,
    groupKey,
    encodeOpenerSet({ pkh: groupKey.pkh, version: 1, n: 5, t: 3, commitments: dealt.commitments }),
  );
  const doctors = ['DR-0001', '醫師-0002', 'DR-0003'].map((name) => {
    const [sk, k] = [scalar(), scalar()];
    const input = { pkh: groupKey.pkh, doctorId: utf8(name), nonce: rng(32) };
    return { ...input, secretScalar: sk, k, joined: joinOnCard(backend, input, scripted(sk, k)) };
  });
  const credentialOf = (doctor: { readonly joined: { readonly Q: Uint8Array } }, attributes: Attributes) => {
    const { Q } = doctor.joined;
    const issued = issueCredential(backend, { secret, groupKey, Q, ...attributes });
    return { issued, loaded: loadCredential(backend, groupKey, { Q, issued }, attributes) };
  };
  return {
    backend,
    /** For what a file needs besides; files ask in a fixed order of their own by seeding anew. */
    seeded: (name: string) => seededRng(`NHI-GSIG-V1 test vectors: ${name}`),
    gamma,
    proofNonce,
    issuerKey,
    issuer: { secret, w, proof },
    coefficients: coefficients.map(encodeScalar),
    dealt,
    groupKey,
    openerSet,
    doctors,
    credentialOf,
  };
}

/** A hash of a text, for the fields that are hashes. */
export const hashOf = (text: string): Uint8Array => h256(utf8(text));
