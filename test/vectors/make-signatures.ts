/**
 * Vectors of signatures: every value between the one-time scalars and the 400 bytes, and byte strings that are no signature.
 * @module
 */
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { bigintOf } from '../../crypto/common/hash.ts';
import { randomScalar } from '../../crypto/common/random.ts';
import { commitOnCard, respondOnCard } from '../../crypto/groupsig/card-member.ts';
import { attributesOf, encodeContext, type SignatureContext } from '../../crypto/groupsig/context.ts';
import { createCoupon } from '../../crypto/groupsig/coupon.ts';
import { joinCommitment } from '../../crypto/groupsig/presign.ts';
import { encodeScalar, modOrder, ORDER } from '../../crypto/groupsig/scalar.ts';
import { signWithCard } from '../../crypto/groupsig/sign-host.ts';
import { challengePartsOf, coreOf, messageId } from '../../crypto/groupsig/signature.ts';
import { at, neverAborted } from '../../crypto/groupsig/testing/sample-group.ts';
import { transcriptHash } from '../../crypto/groupsig/transcript.ts';
import { EMERGENCY, PRESCRIPTION, RECORD } from './make-contexts.ts';
import { type Stage, spoiledSignatures } from './spoiled-signatures.ts';
import { replaced, scripted, vectorFile } from './vector-file.ts';
import { hashOf, type VectorGroup } from './vector-group.ts';

/** k_s and n of the card; r, rho, k_r, k_e, k_rho of the host. */
interface OneTime {
  readonly ks: bigint;
  readonly n: Uint8Array;
  readonly r: bigint;
  readonly rho: bigint;
  readonly kr: bigint;
  readonly ke: bigint;
  readonly krho: bigint;
}

/** A signature with all that led to it. */
interface Signed {
  readonly name: string;
  readonly doctor: number;
  readonly context: SignatureContext;
  readonly messageHash: Uint8Array;
  readonly oneTime: OneTime;
}

/** The 400 bytes by host and card, and the values in between. */
async function trace(group: VectorGroup, { name, doctor, context, messageHash, oneTime }: Signed) {
  const { backend, groupKey, doctors, credentialOf } = group;
  const { joined } = at(doctors, doctor);
  const { issued, loaded } = credentialOf(at(doctors, doctor), context);
  const ctx = encodeContext(context);
  const { ks, n, r, rho, kr, ke, krho } = oneTime;
  const kept = commitOnCard(backend, scripted(ks, n));
  const coupon = () => createCoupon(backend, groupKey, loaded, scripted(r, rho, kr, ke, krho));
  const commitment = { id: new Uint8Array(1), N: kept.N };
  const input = { backend, groupKey, credential: loaded };
  const { points, commitments } = joinCommitment({ ...input, commitment, coupon: coupon() }).take();
  const B = groupKey.baseOf(attributesOf(ctx)).encoded;
  const signature = await signWithCard({
    ...input,
    ctx,
    messageHash,
    commitment,
    coupon: coupon(),
    card: {
      commit: () => Promise.reject(new Error('the commitment is given')),
      respond: async ({ head, hm, tx }) =>
        respondOnCard(backend, { pkh: groupKey.pkh, sk: joined.sk, ks: kept.ks, n: kept.n, head, hm, tx }),
    },
    signal: neverAborted,
  });
  const point = (bytes: Uint8Array, i: number): string => hex(bytes.slice(48 * i, 48 * (i + 1)));
  const answer = (i: number): string => hex(signature.slice(272 + 32 * i, 304 + 32 * i));
  return {
    name,
    credential: { sk: hex(joined.sk), Q: hex(joined.Q), A: hex(issued.slice(0, 48)), e: hex(issued.slice(48)) },
    ctx: hex(ctx),
    messageHash: hex(messageHash),
    oneTime: {
      ks: hex(encodeScalar(ks)),
      n: hex(n),
      r: hex(encodeScalar(r)),
      rho: hex(encodeScalar(rho)),
      kr: hex(encodeScalar(kr)),
      ke: hex(encodeScalar(ke)),
      krho: hex(encodeScalar(krho)),
    },
    B: hex(B),
    N: hex(kept.N),
    Aprime: point(points, 0),
    Abar: point(points, 1),
    E1: point(points, 2),
    E2: point(points, 3),
    E3: point(points, 4),
    T1: point(commitments, 0),
    T2: point(commitments, 1),
    T3: point(commitments, 2),
    T4: point(commitments, 3),
    tx: hex(transcriptHash({ pkh: groupKey.pkh, B, ctx, points, commitments: [commitments] })),
    c: hex(challengePartsOf(signature).c),
    zs: answer(0),
    zr: answer(1),
    ze: answer(2),
    zrho: answer(3),
    signature: hex(signature),
    core: hex(coreOf(signature)),
    messageId: hex(messageId(ctx, messageHash, signature)),
  };
}

function validInputs({ seeded }: VectorGroup): readonly Signed[] {
  const rng = seeded('signatures');
  const draw = (): bigint => randomScalar(ORDER, rng);
  const oneTime = (): OneTime => ({
    ks: draw(),
    n: rng(16),
    r: draw(),
    rho: draw(),
    kr: draw(),
    ke: draw(),
    krho: draw(),
  });
  const ones: OneTime = { ks: 1n, n: new Uint8Array(16), r: 1n, rho: 1n, kr: 1n, ke: 1n, krho: 1n };
  const last: OneTime = {
    ks: ORDER - 1n,
    n: new Uint8Array(16).fill(255),
    r: ORDER - 1n,
    rho: ORDER - 1n,
    kr: ORDER - 1n,
    ke: ORDER - 1n,
    krho: ORDER - 1n,
  };
  return [
    { name: 'record', doctor: 0, context: RECORD, messageHash: hashOf('record'), oneTime: oneTime() },
    {
      name: 'prescription in an early epoch',
      doctor: 1,
      context: PRESCRIPTION,
      messageHash: hashOf('rx'),
      oneTime: oneTime(),
    },
    { name: 'emergency', doctor: 2, context: EMERGENCY, messageHash: hashOf('emergency'), oneTime: oneTime() },
    {
      name: 'every one-time scalar 1, to find a fault by hand',
      doctor: 0,
      context: RECORD,
      messageHash: hashOf('ones'),
      oneTime: ones,
    },
    { name: 'every one-time scalar r-1', doctor: 0, context: RECORD, messageHash: new Uint8Array(32), oneTime: last },
  ];
}

/** The first signature of signature.json as bytes; opening.json opens it. */
export async function firstSignature(group: VectorGroup) {
  const signed = at(validInputs(group), 0);
  const { signature } = await trace(group, signed);
  const ctx = encodeContext(signed.context);
  return {
    ctx,
    messageHash: signed.messageHash,
    signature: fromHex(signature),
    doctor: signed.doctor,
  };
}

/** z_r + d and z_e - gamma*d: what the issuer can make of anybody's signature. It verifies, and has the same core. */
export function issuersVariant({ gamma }: VectorGroup, signature: Uint8Array): Uint8Array {
  const shift = (offset: number, by: bigint): Uint8Array =>
    encodeScalar(modOrder(bigintOf(signature.subarray(offset, offset + 32)) + by));
  return replaced(replaced(signature, 304, shift(304, 1n)), 336, shift(336, -gamma));
}

/** An entry of `invalid`: what is missing is as in the first case. */
interface InvalidSignature {
  readonly why: string;
  readonly stage: Stage;
  readonly ctx?: string;
  readonly messageHash?: string;
  readonly signature?: string;
}

/** signature.json */
export async function makeSignatures(group: VectorGroup) {
  const cases = [];
  for (const signed of validInputs(group)) cases.push(await trace(group, signed));
  const first = await firstSignature(group);
  return vectorFile(
    'Signatures with every intermediate value, and byte strings that are no signature.',
    [
      'For the group key of generators.json; the credentials are those of credential.json. c0 = A, d0 = B + Q - e*A.',
      "A' = r*A; Abar = r*d0; E1 = rho*G; E2 = Q + rho*K1; E3 = Q + rho*K2; N = ks*h.",
      "T1 = kr*Abar + ke*A' - N; T2 = krho*G; T3 = N + krho*K1; T4 = krho*(K2 - K1).",
      "tx = SHA-256(lp1(prefix.transcript) ‖ pkh ‖ B ‖ ctx ‖ A' ‖ Abar ‖ E1 ‖ E2 ‖ E3 ‖ T1 ‖ T2 ‖ T3 ‖ T4).",
      'c = SHA-256(lp1(prefix.challenge) ‖ pkh ‖ n ‖ ctx[0..8) ‖ messageHash ‖ tx)[0..16), an integer of 128 bits.',
      'zs = ks + c*sk; zr = kr + c/r; ze = ke + c*e/r; zrho = krho + c*rho, all modulo r.',
      "signature = A' ‖ Abar ‖ E1 ‖ E2 ‖ E3 ‖ n ‖ c ‖ zs ‖ zr ‖ ze ‖ zrho; core = its first 272 bytes; messageId = SHA-256(ctx ‖ messageHash ‖ core).",
      'variant: made from the first case by whoever knows gamma (zr + 1, ze - gamma). It verifies; everything keyed by a signature uses core.',
      'invalid: stage says where a verifier finds out: form (lengths, points, scalars, ctx), challenge (c differs), pairing. ctx or messageHash',
      'missing: as in the first case; signature missing: that of the first case.',
    ],
    {
      pkh: hex(group.groupKey.pkh),
      groupKey: hex(group.groupKey.encoded),
      cases,
      variant: hex(issuersVariant(group, first.signature)),
      invalid: spoiledSignatures(group, first).map(({ why, stage, ...changed }) => ({
        why,
        stage,
        ...Object.fromEntries(Object.entries(changed).map(([name, bytes]) => [name, hex(bytes)])),
      })) as readonly InvalidSignature[],
    },
  );
}
