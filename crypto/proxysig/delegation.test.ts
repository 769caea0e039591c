import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../common/bytes.ts';
import { secureRng } from '../common/random.ts';
import { accept, type Delegation, delegate, deriveProxyKey, formProxyKey } from './delegation.ts';
import {
  baseTimes,
  compressPoint,
  freshScalar,
  hashTo,
  modN,
  ORDER,
  pointBytes,
  readPoint,
  readScalar,
  scalarBytes,
} from './p256-group.ts';
import { signAsProxy, verifyProxySignature } from './proxy-signature.ts';
import { openContribution, SEALED_LENGTH, sealContribution } from './sealed-contribution.ts';
import { decodeWarrant, delegationHash, encodeWarrant, type Warrant } from './warrant.ts';

const bytes = secureRng;
const keyPair = () => {
  const secret = freshScalar(bytes);
  return { secret: scalarBytes(secret), point: pointBytes(baseTimes(secret)) };
};
const warrant = (changes: Partial<Warrant> = {}): Warrant => ({
  pid: bytes(16),
  patientKeyHash: bytes(32),
  agentKeyHash: bytes(32),
  agentId: bytes(16),
  notBefore: 100,
  notAfter: 200,
  serial: bytes(16),
  uses: 3,
  pharmacies: [],
  prescriptions: [],
  approval: { notAfter: 300, signature: bytes(64) },
  ...changes,
});
const patient = keyPair();
const agent = keyPair();
const omega = encodeWarrant(warrant());

/** An honest delegation up to both halves. */
function halves() {
  const statement = { patientKey: patient.point, agentKey: agent.point, omega };
  const { rP, sP } = delegate(statement, patient.secret);
  const { rA, sA } = accept({ ...statement, rP }, agent.secret);
  return { delegation: { ...statement, rP, rA } satisfies Delegation, sP, sA };
}
const pickup = bytes(198);

describe('delegation', () => {
  it('forms a key whose public half anybody derives, and which signs', () => {
    const { delegation, sP, sA } = halves();
    const secret = formProxyKey(delegation, sP, sA);
    const derived = deriveProxyKey(delegation);
    if (secret === undefined || derived === undefined) throw new Error('no key');
    expect(pointBytes(derived)).toEqual(pointBytes(baseTimes(readScalar(secret) ?? 0n)));
    const W = delegationHash(delegation.omega, delegation.rP, delegation.rA);
    const signature = signAsProxy(secret, W, pickup);
    expect(verifyProxySignature(derived, W, pickup, signature)).toBe(true);
    expect(verifyProxySignature(derived, bytes(32), pickup, signature)).toBe(false);
    expect(verifyProxySignature(derived, W, bytes(198), signature)).toBe(false);
    for (let bit = 0; bit < signature.length * 8; bit += 7) {
      const changed = signature.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyProxySignature(derived, W, pickup, changed)).toBe(false);
    }
    for (const length of [0, 33, 64, 66]) expect(verifyProxySignature(derived, W, pickup, bytes(length))).toBe(false);
  });

  it('is bound to the warrant and to both keys: none can be swapped', () => {
    const { delegation, sP, sA } = halves();
    const secret = formProxyKey(delegation, sP, sA) ?? bytes(32);
    const W = delegationHash(delegation.omega, delegation.rP, delegation.rA);
    const signature = signAsProxy(secret, W, pickup);
    const swapped: readonly Partial<Delegation>[] = [
      { omega: encodeWarrant(warrant()) },
      { patientKey: keyPair().point },
      { agentKey: keyPair().point },
      { rP: keyPair().point },
      { rA: keyPair().point },
    ];
    for (const change of swapped) {
      const other = deriveProxyKey({ ...delegation, ...change });
      expect(other !== undefined && verifyProxySignature(other, W, pickup, signature)).toBe(false);
      expect(formProxyKey({ ...delegation, ...change }, sP, sA)).toBeUndefined();
    }
  });

  it('refuses the agent’s half of another offer, another key, a changed one', () => {
    const { delegation, sP, sA } = halves();
    const elsewhere = halves();
    expect(formProxyKey(delegation, sP, elsewhere.sA)).toBeUndefined();
    const stranger = accept({ ...delegation }, keyPair().secret);
    expect(formProxyKey({ ...delegation, rA: stranger.rA }, sP, stranger.sA)).toBeUndefined();
    expect(formProxyKey(delegation, sP, scalarBytes(modN((readScalar(sA) ?? 0n) + 1n)))).toBeUndefined();
    expect(formProxyKey(delegation, sP, new Uint8Array(32))).toBeUndefined();
    expect(formProxyKey(delegation, sP, bytes(31))).toBeUndefined();
  });

  it('the rogue key that the plain sum allows an agent alone fails with the binding factor', () => {
    // A picks R_P and y, sets R_A = y*G - R_P - c*PK_P: with mu = 1 the derived key is (y + d*SK_A)*G, which A knows.
    const statement = { patientKey: patient.point, agentKey: agent.point, omega };
    const rP = keyPair().point;
    const y = freshScalar(bytes);
    const head = concat(patient.point, agent.point, Uint8Array.of(0, 0, omega.length >> 8, omega.length & 255), omega);
    const c = hashTo('deleg', head, rP);
    const [nonce, own] = [readPoint(rP), readPoint(patient.point)];
    if (nonce === undefined || own === undefined) throw new Error('no point');
    const rA = pointBytes(baseTimes(y).subtract(nonce).subtract(own.multiply(c)));
    const d = hashTo('accept', head, rP, rA);
    const rogue = modN(y + d * (readScalar(agent.secret) ?? 0n));
    const delegation = { ...statement, rP, rA };
    const plainSum = nonce
      .add(own.multiply(c))
      .add((readPoint(rA) ?? nonce).add((readPoint(agent.point) ?? nonce).multiply(d)));
    // The attack is real against the plain sum ...
    expect(pointBytes(plainSum)).toEqual(pointBytes(baseTimes(rogue)));
    // ... and not against the key that everybody derives.
    const derived = deriveProxyKey(delegation);
    const W = delegationHash(omega, rP, rA);
    const forged = signAsProxy(scalarBytes(rogue), W, pickup);
    expect(derived !== undefined && verifyProxySignature(derived, W, pickup, forged)).toBe(false);
  });

  it('takes no point but in its one encoding, and never the identity', () => {
    expect(readPoint(new Uint8Array(33))).toBeUndefined();
    expect(readPoint(Uint8Array.of(4, ...bytes(64)))).toBeUndefined();
    expect(readPoint(concat(Uint8Array.of(2), new Uint8Array(32).fill(0xff)))).toBeUndefined();
    expect(readScalar(scalarBytes(ORDER - 1n))).toBe(ORDER - 1n);
    expect(readScalar(new Uint8Array(32).fill(0xff))).toBeUndefined();
    expect(compressPoint(bytes(65))).toBeUndefined();
    const { delegation } = halves();
    expect(deriveProxyKey({ ...delegation, rA: new Uint8Array(33) })).toBeUndefined();
  });

  it('nonces differ though everything else is the same, and with a generator that always says the same they depend on the message', () => {
    const { delegation, sP, sA } = halves();
    const secret = formProxyKey(delegation, sP, sA) ?? bytes(32);
    const W = bytes(32);
    expect(signAsProxy(secret, W, pickup)).not.toEqual(signAsProxy(secret, W, pickup));
    const stuck = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const [first, second] = [pickup, bytes(198)].map((pu) => signAsProxy(secret, W, pu, stuck).slice(0, 33));
    expect(first).not.toEqual(second);
  });
});

describe('the sealed contribution', () => {
  const context = () => {
    const x = keyPair();
    return { x, seal: { omega, rP: keyPair().point, rA: keyPair().point, x: x.point } };
  };

  it('opens for the card it was sealed to, in its context, and for nobody else', () => {
    const { x, seal } = context();
    const contribution = { sA: bytes(32), pinBlock: bytes(8) };
    const sealed = sealContribution(contribution, seal);
    expect(sealed.length).toBe(SEALED_LENGTH);
    expect(openContribution(sealed, x.secret, seal)).toEqual(contribution);
    expect(openContribution(sealed, keyPair().secret, seal)).toBeUndefined();
    for (const change of [{ omega: bytes(9) }, { rP: keyPair().point }, { rA: keyPair().point }])
      expect(openContribution(sealed, x.secret, { ...seal, ...change })).toBeUndefined();
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openContribution(changed, x.secret, seal)).toBeUndefined();
    }
    expect(openContribution(sealed.slice(1), x.secret, seal)).toBeUndefined();
  });
});

describe('the warrant', () => {
  it('has one encoding', () => {
    const full = warrant({
      pharmacies: [Uint8Array.of(0x59, 1, 1, 0, 0x12), Uint8Array.of(0x59, 2, 1, 0, 0x12)],
      prescriptions: [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)],
    });
    for (const one of [warrant(), full]) expect(decodeWarrant(encodeWarrant(one))).toEqual(one);
    expect(encodeWarrant(full).length).toBeLessThan(400);
  });

  it('refuses contents out of shape, other bytes, one byte more or less', () => {
    const wrong: readonly Partial<Warrant>[] = [
      { pid: bytes(15) },
      { uses: 0 },
      { uses: 256 },
      { notBefore: 201 },
      { pharmacies: [Uint8Array.of(0xff, 0, 0, 0, 0)] },
      { prescriptions: [new Uint8Array(16).fill(2), new Uint8Array(16).fill(1)] },
      { prescriptions: [new Uint8Array(16).fill(1), new Uint8Array(16).fill(1)] },
      { prescriptions: Array.from({ length: 11 }, (_, i) => new Uint8Array(16).fill(i)) },
    ];
    for (const changes of wrong) expect(() => encodeWarrant(warrant(changes))).toThrow('warrant');
    const own = bytes(32);
    expect(() => encodeWarrant(warrant({ patientKeyHash: own, agentKeyHash: own }))).toThrow('oneself');
    const encoded = encodeWarrant(warrant());
    for (let length = 0; length < encoded.length; length++)
      expect(() => decodeWarrant(encoded.slice(0, length))).toThrow('warrant');
    expect(() => decodeWarrant(concat(encoded, Uint8Array.of(0)))).toThrow('warrant');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (other) => {
        expect(() => decodeWarrant(other)).toThrow('warrant');
      }),
    );
  });
});
