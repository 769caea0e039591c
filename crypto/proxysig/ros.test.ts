/**
 * The ROS attack (Benhamouda, Lepoint, Loss, Orru, Raykova, EUROCRYPT 2021) on many open sessions of one card that signs as one of two: whoever
 * has the other card asks for 256 shares and makes a signature over an object that the card never saw. It needs nonces that stay the same
 * whatever is signed; binding factors over the message take that away.
 */
import { createECDH } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { concat, uint } from '../common/bytes.ts';
import { secureRng } from '../common/random.ts';
import { baseTimes, freshScalar, hashTo, modN, ORDER, pointBytes, readScalar, scalarBytes } from './p256-group.ts';
import { verifyProxySignature } from './proxy-signature.ts';
import { known, puOf, twoCards } from './proxysig.fixture.ts';
import { type HeldNonces, signShare } from './two-party.ts';

/** One for each bit of a challenge. */
const SESSIONS = 256;
const made = twoCards();
const { keys, W, shares } = made;
const keyBytes = pointBytes(keys.proxy);
const x = known(readScalar(shares.agent));
const inverse = (value: bigint): bigint => p256.Point.Fn.inv(modN(value));
const fresh = (): bigint => freshScalar(secureRng);
/**
 * k*G, 33 bytes. Node's is quick. The test multiplies G by the sums of scalars where an attacker adds up multiples of the points it was given: the
 * same points, and no other use is made of the card's nonces.
 */
function times(k: bigint): Uint8Array {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalarBytes(k));
  return new Uint8Array(ecdh.getPublicKey(null, 'compressed'));
}

/** d and e of the card, and the one nonce the attacker has for its own part: D_P = own*G, E_P = G. */
interface Open {
  readonly d: bigint;
  readonly e: bigint;
  readonly own: bigint;
  readonly D: Uint8Array;
  readonly E: Uint8Array;
  readonly list: Uint8Array;
}
/** rho of a signer (1 patient, 2 agent) for an object. */
type Factor = (list: Uint8Array, signer: number, pu: Uint8Array) => bigint;

const ours: Factor = (list, signer, pu) => hashTo('share', keyBytes, W, list, uint(signer, 1), pu);
const none: Factor = () => 0n;
const withoutMessage: Factor = (list, signer) => hashTo('share', keyBytes, W, list, uint(signer, 1));

function open(): Open {
  const [d, e, own] = [fresh(), fresh(), fresh()];
  const [D, E] = [times(d), times(e)];
  return { d, e, own, D, E, list: concat(times(own), times(1n), D, E) };
}
/** What the card's nonces come to for an object. */
const effective = ({ d, e, list }: Open, factor: Factor, pu: Uint8Array): bigint => modN(d + factor(list, 2, pu) * e);
/** H_psign(PK_Ap, W, T, PU). */
function challengeIn(session: Open, factor: Factor, pu: Uint8Array): bigint {
  const t = effective(session, factor, pu) + session.own + factor(session.list, 1, pu);
  return hashTo('psign', keyBytes, W, times(modN(t)), pu);
}
/** The card's answer. */
const answer = (session: Open, factor: Factor, pu: Uint8Array): bigint =>
  modN(effective(session, factor, pu) + challengeIn(session, factor, pu) * x);

/** Asks for 256 shares and returns whether the signature over an object nobody signed is accepted. */
function attack(factor: Factor): boolean {
  const choices = [puOf(made), puOf(made)] as const;
  const sessions = Array.from({ length: SESSIONS }, open);
  // For each session a line through (c_i0, 0) and (c_i1, 2^i).
  const lines = sessions.map((session, i) => {
    const [c0, c1] = [challengeIn(session, factor, choices[0]), challengeIn(session, factor, choices[1])];
    const slope = modN(2n ** BigInt(i) * inverse(c1 - c0));
    return { slope, constant: modN(-slope * c0) };
  });
  const slopes = lines.map(({ slope }) => slope);
  const constant = modN(lines.reduce((sum, line) => sum + line.constant, 0n));
  // T* = sum slope_i*N_i - constant*X, N_i what the nonces come to for the first choice.
  const nonces = sessions.map((session) => effective(session, factor, choices[0]));
  const N = baseTimes(modN(nonces.reduce((sum, nonce, i) => sum + nonce * known(slopes[i]), 0n)));
  const T = N.subtract(keys.agent.multiply(constant));
  const forgedPu = puOf(made);
  const forged = hashTo('psign', keyBytes, W, pointBytes(T), forgedPu);
  // Bit i of the forged challenge says which object to have answered.
  const z = sessions.reduce((sum, session, i) => {
    const pu = choices[(forged >> BigInt(i)) & 1n ? 1 : 0];
    return sum + known(slopes[i]) * answer(session, factor, pu);
  }, 0n);
  const s = modN(z + forged * known(readScalar(shares.patient)));
  return verifyProxySignature(keys.proxy, W, forgedPu, concat(pointBytes(T), scalarBytes(s)));
}

describe('ROS with 256 open sessions of one card', () => {
  it('forges where the card has one nonce, and where the factor does not cover the object', () => {
    expect(attack(none)).toBe(true);
    expect(attack(withoutMessage)).toBe(true);
  });

  it('fails against binding factors over the object', () => {
    expect(attack(ours)).toBe(false);
  });

  it('was tried against what the card does', () => {
    const session = open();
    const pu = puOf(made);
    const held: HeldNonces = {
      hiding: scalarBytes(session.d),
      binding: scalarBytes(session.e),
      commitment: { hiding: session.D, binding: session.E },
    };
    const other = { hiding: times(session.own), binding: times(1n) };
    expect(signShare(made.statementOf(pu), 'agent', shares.agent, held, other)).toEqual(
      scalarBytes(answer(session, ours, pu)),
    );
    expect(SESSIONS).toBe(ORDER.toString(2).length);
  });
});
