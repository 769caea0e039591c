/**
 * Attacks on NHI-PROXY-V1, each run for real against the scheme with one of its defences taken out, and in vain against the scheme as it is. The
 * weakened scheme exists in this file alone; with nothing taken out it is the product's, which the first test holds it to.
 */
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { concat, lp, uint } from '../common/bytes.ts';
import { bigintOf, h256 } from '../common/hash.ts';
import { secureRng } from '../common/random.ts';
import { accept, type Delegation, deriveProxyKey, formProxyKey } from './delegation.ts';
import {
  baseTimes,
  freshScalar,
  hashTo,
  modN,
  nonceOf,
  ORDER,
  type Point,
  pointBytes,
  publicTimes,
  readPoint,
  readScalar,
  scalarBytes,
} from './p256-group.ts';
import { signAsProxy, verifyProxySignature } from './proxy-signature.ts';
import { approvedWarrant, type KeyPair, keyPair, known, oneCard, puOf, twoCards } from './proxysig.fixture.ts';
import { signShare } from './two-party.ts';
import { delegationHash, encodeWarrant, type Warrant } from './warrant.ts';

const [patient, agent, bureau] = [keyPair(), keyPair(), keyPair()];
const scalar = (bytes: Uint8Array): bigint => known(readScalar(bytes));
const point = (bytes: Uint8Array): Point => known(readPoint(bytes));
const random = (): bigint => freshScalar(secureRng);
const nothing = new Uint8Array(0);
const inverse = (value: bigint): bigint => p256.Point.Fn.inv(modN(value));
const warrantFor = (changes: Partial<Warrant> = {}): Uint8Array =>
  encodeWarrant(approvedWarrant([bureau, patient, agent], changes));
const W = ({ omega, rP, rA }: Delegation): Uint8Array => delegationHash(omega, rP, rA);

/** mu; omega in every hash; R_P and R_A in every hash; W in the signature's challenge. */
type Defence = 'mu' | 'omega' | 'nonces' | 'delegation';

/** NHI-PROXY-V1 without some of its defences. */
function without(...out: readonly Defence[]) {
  const kept = (defence: Defence, bytes: Uint8Array): Uint8Array => (out.includes(defence) ? nothing : bytes);
  const head = ({ patientKey, agentKey, omega }: Delegation): Uint8Array =>
    concat(patientKey, agentKey, kept('omega', lp(omega)));
  const c = (of: Delegation): bigint => hashTo('deleg', head(of), kept('nonces', of.rP));
  const d = (of: Delegation): bigint => hashTo('accept', head(of), kept('nonces', concat(of.rP, of.rA)));
  const mu = (of: Delegation): bigint =>
    out.includes('mu') ? 1n : hashTo('bind', head(of), kept('nonces', concat(of.rP, of.rA)));
  const e = (key: Point, of: Delegation, T: Uint8Array, pu: Uint8Array): bigint =>
    hashTo('psign', pointBytes(key), kept('delegation', W(of)), T, pu);
  const derive = (of: Delegation): Point => {
    const fromAgent = point(of.rA).add(publicTimes(point(of.agentKey), d(of)));
    return point(of.rP)
      .add(publicTimes(point(of.patientKey), c(of)))
      .add(publicTimes(fromAgent, mu(of)));
  };
  return {
    c,
    d,
    mu,
    derive,
    /** An honest delegation, with both halves and SK_Ap. */
    delegate(omega: Uint8Array, [p, a]: readonly [KeyPair, KeyPair] = [patient, agent]) {
      const [kP, kA] = [random(), random()];
      const [rP, rA] = [pointBytes(baseTimes(kP)), pointBytes(baseTimes(kA))];
      const of: Delegation = { patientKey: p.point, agentKey: a.point, omega, rP, rA };
      const [sP, sA] = [modN(kP + c(of) * scalar(p.secret)), modN(kA + d(of) * scalar(a.secret))];
      return { of, sP, sA, secret: modN(sP + mu(of) * sA) };
    },
    sign(secret: bigint, of: Delegation, pu: Uint8Array, t = random()): Uint8Array {
      const T = pointBytes(baseTimes(t));
      return concat(T, scalarBytes(modN(t + e(baseTimes(secret), of, T, pu) * secret)));
    },
    verify(of: Delegation, pu: Uint8Array, signature: Uint8Array): boolean {
      const T = signature.slice(0, 33);
      const key = derive(of);
      return baseTimes(scalar(signature.slice(33))).equals(point(T).add(publicTimes(key, e(key, of, T, pu))));
    },
  };
}
type Scheme = ReturnType<typeof without>;

/** The verification of the product. */
const isAccepted = (of: Delegation, pu: Uint8Array, signature: Uint8Array): boolean =>
  verifyProxySignature(known(deriveProxyKey(of)), W(of), pu, signature);

/** An agent alone makes a delegation by a patient who knows nothing: R_A = y*G - R_P - c*PK_P cancels the patient's part of a plain sum. */
function rogueKey(scheme: Scheme) {
  const omega = warrantFor();
  const y = random();
  const base = { patientKey: patient.point, agentKey: agent.point, omega, rP: keyPair().point, rA: keyPair().point };
  // c does not cover R_A.
  const rA = baseTimes(y)
    .subtract(point(base.rP))
    .subtract(publicTimes(point(patient.point), scheme.c(base)));
  const of = { ...base, rA: pointBytes(rA) };
  return { of, secret: modN(y + scheme.d(of) * scalar(agent.secret)) };
}

/** An agent alone chooses the key and computes the R_P that makes it: R_P = x*G - c*PK_P - mu*(R_A + d*PK_A). */
function chosenKey(scheme: Scheme) {
  const x = random();
  const base = { patientKey: patient.point, agentKey: agent.point, omega: warrantFor() };
  const guess: Delegation = { ...base, rP: keyPair().point, rA: keyPair().point };
  return { of: { ...guess, rP: pointBytes(solvedFor(scheme, guess, baseTimes(x))) }, secret: x };
}

/** The R_P with which the delegation's key would be `key`, where the hashes do not depend on R_P. */
function solvedFor(scheme: Scheme, of: Delegation, key: Point): Point {
  const fromAgent = point(of.rA).add(publicTimes(point(of.agentKey), scheme.d(of)));
  return key.subtract(publicTimes(point(of.patientKey), scheme.c(of))).subtract(publicTimes(fromAgent, scheme.mu(of)));
}

describe('the weakened scheme', () => {
  it('is the product’s when nothing is taken out', () => {
    const whole = without();
    const { of, secret } = whole.delegate(warrantFor());
    const pu = secureRng(198);
    expect(pointBytes(whole.derive(of))).toEqual(pointBytes(known(deriveProxyKey(of))));
    expect(isAccepted(of, pu, whole.sign(secret, of, pu))).toBe(true);
    expect(whole.verify(of, pu, signAsProxy(scalarBytes(secret), W(of), pu))).toBe(true);
  });
});

describe('an agent without the patient', () => {
  it.each([
    ['cancels the patient’s part, without the binding factor', rogueKey, ['mu']],
    ['chooses the key, without R_P and R_A in the hashes', chosenKey, ['nonces']],
  ] as const)('%s; not with it', (_name, attack, defences) => {
    const pu = secureRng(198);
    const forgedAgainst = (scheme: Scheme): boolean => {
      const { of, secret } = attack(scheme);
      return scheme.verify(of, pu, scheme.sign(secret, of, pu));
    };
    expect(forgedAgainst(without(...defences))).toBe(true);
    expect(forgedAgainst(without())).toBe(false);
    const { of, secret } = attack(without());
    expect(isAccepted(of, pu, signAsProxy(scalarBytes(secret), W(of), pu))).toBe(false);
  });

  it('signs with s_P off the card, which is why it never leaves; not with what leaves', () => {
    const made = oneCard();
    const pu = puOf(made);
    const mu = without().mu(made.delegation);
    const forged = (half: bigint): Uint8Array =>
      signAsProxy(scalarBytes(modN(half + mu * scalar(made.sA))), made.W, pu);
    expect(isAccepted(made.delegation, pu, forged(scalar(made.sP)))).toBe(true);
    // What the card gives out of its half is R_P and what was signed with it.
    for (const half of [0n, bigintOf(made.offer.rP), scalar(made.agent.secret), random()])
      expect(isAccepted(made.delegation, pu, forged(modN(half)))).toBe(false);
  });
});

describe('a signature of one delegation', () => {
  it('passes under a warrant that says more where neither the key nor the challenge has the warrant in it; not otherwise', () => {
    const altered = (scheme: Scheme): boolean => {
      const { of, secret } = scheme.delegate(warrantFor({ uses: 1, prescriptions: [new Uint8Array(16)] }));
      const pu = secureRng(198);
      return scheme.verify({ ...of, omega: warrantFor({ uses: 255 }) }, pu, scheme.sign(secret, of, pu));
    };
    expect(altered(without('omega', 'delegation'))).toBe(true);
    expect(altered(without('omega'))).toBe(false);
    expect(altered(without('delegation'))).toBe(false);
    expect(altered(without())).toBe(false);
  });

  it('passes for one of other people where nonces and warrant are not hashed; not otherwise', () => {
    const [otherPatient, otherAgent] = [keyPair(), keyPair()];
    const claimed = (scheme: Scheme): boolean => {
      const { of, secret } = scheme.delegate(warrantFor());
      const pu = secureRng(198);
      const signature = scheme.sign(secret, of, pu);
      const guess: Delegation = {
        patientKey: otherPatient.point,
        agentKey: otherAgent.point,
        omega: encodeWarrant(approvedWarrant([bureau, otherPatient, otherAgent])),
        rP: keyPair().point,
        rA: keyPair().point,
      };
      const theirs = { ...guess, rP: pointBytes(solvedFor(scheme, guess, scheme.derive(of))) };
      return scheme.verify(theirs, pu, signature);
    };
    expect(claimed(without('nonces', 'delegation'))).toBe(true);
    expect(claimed(without('nonces'))).toBe(false);
    expect(claimed(without('delegation'))).toBe(false);
    expect(claimed(without())).toBe(false);
  });

  it('of two cards is none of one card: without the version in the hashes it would be', () => {
    const { twoParty: _two, ...rest } = approvedWarrant([bureau, patient, agent], { twoParty: true });
    const [two, one] = [encodeWarrant({ ...rest, twoParty: true }), encodeWarrant(rest)];
    const stripped = (scheme: Scheme): boolean => {
      const { of, secret } = scheme.delegate(two);
      const pu = secureRng(198);
      return scheme.verify({ ...of, omega: one }, pu, scheme.sign(secret, of, pu));
    };
    expect(stripped(without('omega', 'delegation'))).toBe(true);
    expect(stripped(without())).toBe(false);
  });
});

describe('nonces', () => {
  const made = oneCard();
  const key = scalar(made.proxySecret);
  const stuck = (length: number): Uint8Array => new Uint8Array(length).fill(7);
  const e = (signature: Uint8Array, pu: Uint8Array): bigint =>
    hashTo('psign', pointBytes(made.keys.proxy), made.W, signature.slice(0, 33), pu);
  const s = (signature: Uint8Array): bigint => scalar(signature.slice(33));

  it('used twice give the key; a generator that has stuck does not use them twice', () => {
    const [first, second] = [puOf(made), puOf(made)];
    const extracted = (one: Uint8Array, two: Uint8Array): bigint =>
      modN((s(one) - s(two)) * inverse(e(one, first) - e(two, second)));
    const t = random();
    const twice = [first, second].map((pu) => without().sign(key, made.delegation, pu, t));
    expect(extracted(known(twice[0]), known(twice[1]))).toBe(key);
    const ours = [first, second].map((pu) => signAsProxy(made.proxySecret, made.W, pu, stuck));
    expect(extracted(known(ours[0]), known(ours[1]))).not.toBe(key);
    expect(known(ours[0]).slice(0, 33)).not.toEqual(known(ours[1]).slice(0, 33));
  });

  it('of one rule for ECDSA and Schnorr give the key from one digest; with a label for each they do not', () => {
    const pu = puOf(made);
    // ECDSA over PU, whose nonce k RFC 6979 makes of key and digest.
    const ecdsa = p256.sign(pu, made.proxySecret, { lowS: false });
    const [r, sE, z] = [scalar(ecdsa.slice(0, 32)), scalar(ecdsa.slice(32)), bigintOf(h256(pu))];
    // sE*k = z + r*x and k = s - e*x: one unknown, two equations.
    const extracted = (schnorr: Uint8Array): bigint => modN((sE * s(schnorr) - z) * inverse(r + sE * e(schnorr, pu)));
    const k = modN((z + r * key) * inverse(sE));
    expect(extracted(without().sign(key, made.delegation, pu, k))).toBe(key);
    expect(extracted(signAsProxy(made.proxySecret, made.W, pu, stuck))).not.toBe(key);
    // Also where both came from our own rule with a generator that has stuck: one label for each purpose.
    const labels = ['sign', 'delegate', 'accept', 'hiding', 'binding'];
    const nonces = labels.map((label) => nonceOf(key, `NHI-PROXY-V1-${label}`, h256(pu), stuck));
    expect(new Set(nonces).size).toBe(labels.length);
  });

  it('of two cards used three times give the card’s share; they are zero after the first', () => {
    const two = twoCards();
    const held = two.commit();
    const L = concat(
      ...[held.patient, held.agent].flatMap(({ commitment }) => [commitment.hiding, commitment.binding]),
    );
    const keyBytes = pointBytes(two.keys.proxy);
    // Three equations z = d + rho*e + c*x, in d, e and x.
    const rows = [0, 1, 2].map(() => {
      const pu = puOf(two);
      const rho = (signer: number): bigint => hashTo('share', keyBytes, two.W, L, uint(signer, 1), pu);
      const nonce = (one: typeof held.agent, factor: bigint): Point =>
        point(one.commitment.hiding).add(publicTimes(point(one.commitment.binding), factor));
      const T = nonce(held.patient, rho(1)).add(nonce(held.agent, rho(2)));
      const kept = { ...held.agent, hiding: held.agent.hiding.slice(), binding: held.agent.binding.slice() };
      const z = signShare(two.statementOf(pu), 'agent', two.shares.agent, kept, held.patient.commitment);
      expect(kept.hiding).toEqual(new Uint8Array(32));
      return { z: scalar(z), rho: rho(2), c: hashTo('psign', keyBytes, two.W, pointBytes(T), pu) };
    });
    const [a, b, c] = [known(rows[0]), known(rows[1]), known(rows[2])];
    const minus = (one: typeof a, other: typeof a) => ({
      z: one.z - other.z,
      rho: one.rho - other.rho,
      c: one.c - other.c,
    });
    const [ab, ac] = [minus(a, b), minus(a, c)];
    const share = modN((ab.z * ac.rho - ac.z * ab.rho) * inverse(ab.c * ac.rho - ac.c * ab.rho));
    expect(scalarBytes(share)).toEqual(two.shares.agent);
    const pu = two.statementOf(puOf(two));
    signShare(pu, 'agent', two.shares.agent, held.agent, held.patient.commitment);
    expect(() => signShare(pu, 'agent', two.shares.agent, held.agent, held.patient.commitment)).toThrow(RangeError);
  });
});

describe('the halves', () => {
  it('of an answer to another offer, or to another warrant, form no key', () => {
    const made = oneCard();
    const later = accept({ ...made.offer, omega: warrantFor() }, made.agent.secret);
    expect(formProxyKey({ ...made.delegation, rA: later.rA }, made.sP, later.sA)).toBeUndefined();
    const zero = modN(-scalar(made.sP) * inverse(without().mu(made.delegation)));
    // A half that would cancel the patient's is not the agent's signature.
    expect(formProxyKey(made.delegation, made.sP, scalarBytes(zero % ORDER))).toBeUndefined();
  });

  it('under a warrant of two cards form none on one, though both hold', () => {
    const [one, two] = [{}, { twoParty: true } as const].map((changes) => without().delegate(warrantFor(changes)));
    const formed = ({ of, sP, sA }: NonNullable<typeof one>): Uint8Array | undefined =>
      formProxyKey(of, scalarBytes(sP), scalarBytes(sA));
    expect(formed(known(one))).toEqual(scalarBytes(known(one).secret));
    expect(formed(known(two))).toBeUndefined();
  });
});
