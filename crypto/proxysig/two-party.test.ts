import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../common/bytes.ts';
import { secureRng } from '../common/random.ts';
import { accept, acceptShare, deriveProxyKey, deriveProxyKeys, formProxyKey } from './delegation.ts';
import { baseTimes, modN, pointBytes, readScalar } from './p256-group.ts';
import { verifyProxySignature } from './proxy-signature.ts';
import { keyPair, known, oneCard, puOf, twoCards } from './proxysig.fixture.ts';
import { ProxysigError } from './proxysig-error.ts';
import { commitNonces, completeSignature, isShareValid, signShare } from './two-party.ts';
import { decodeWarrant, delegationHash, encodeWarrant, isTwoParty } from './warrant.ts';

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof ProxysigError ? error.code : error instanceof RangeError ? 'RangeError' : error;
  }
};
const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
};
const made = twoCards();
const { shares, statementOf, commit, W, keys } = made;
const isUsed = (nonces: { hiding: Uint8Array; binding: Uint8Array }): boolean =>
  [...nonces.hiding, ...nonces.binding].every((byte) => byte === 0);

/** Both cards have committed, and the agent's has answered. */
function answered(pickup = puOf(made)) {
  const held = commit();
  const statement = statementOf(pickup);
  const share = signShare(statement, 'agent', shares.agent, held.agent, held.patient.commitment);
  const list = { patient: held.patient.commitment, agent: held.agent.commitment };
  return { statement, held, share, list, theirs: { commitment: held.agent.commitment, share } };
}

describe('a proxy signature of two cards', () => {
  it('is verified as any other, under the key that anybody derives', () => {
    const pickup = puOf(made);
    const signature = made.sign(pickup);
    expect(signature).toHaveLength(65);
    expect(verifyProxySignature(known(deriveProxyKey(made.delegation)), W, pickup, signature)).toBe(true);
    expect(verifyProxySignature(keys.proxy, W, puOf(made), signature)).toBe(false);
    expect(verifyProxySignature(keys.proxy, secureRng(32), pickup, signature)).toBe(false);
    for (let bit = 0; bit < 65 * 8; bit += 29)
      expect(verifyProxySignature(keys.proxy, W, pickup, flipped(signature, bit))).toBe(false);
  });

  it('has shares that each hold under the public share of their maker, and under no other', () => {
    const { statement, held, share, list } = answered();
    const own = signShare(statement, 'patient', shares.patient, held.patient, held.agent.commitment);
    expect(isShareValid(statement, list, 'agent', share)).toBe(true);
    expect(isShareValid(statement, list, 'patient', own)).toBe(true);
    expect(isShareValid(statement, list, 'patient', share)).toBe(false);
    expect(isShareValid(statement, list, 'agent', own)).toBe(false);
    for (const bit of [0, 100, 255]) expect(isShareValid(statement, list, 'agent', flipped(share, bit))).toBe(false);
    for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(0xff), share.slice(1)])
      expect(isShareValid(statement, list, 'agent', bad)).toBe(false);
    const other = { ...list, patient: commit().patient.commitment };
    expect(isShareValid(statement, other, 'agent', share)).toBe(false);
    const none = { ...list, patient: { hiding: new Uint8Array(33), binding: list.patient.binding } };
    expect(isShareValid(statement, none, 'agent', share)).toBe(false);
    expect(isShareValid(statementOf(puOf(made)), list, 'agent', share)).toBe(false);
  });

  it('does not come out of a wrong share: it is named, and the patient’s nonces are gone', () => {
    const wrong = (change: (theirs: ReturnType<typeof answered>['theirs']) => typeof theirs): void => {
      const { statement, held, theirs } = answered();
      expect(codeOf(() => completeSignature(statement, shares.patient, held.patient, change(theirs)))).toBe(
        'PROXY_SHARE_INVALID',
      );
      expect(isUsed(held.patient)).toBe(true);
    };
    wrong((theirs) => ({ ...theirs, share: flipped(theirs.share, 255) }));
    wrong((theirs) => ({ ...theirs, share: new Uint8Array(32) }));
    wrong((theirs) => ({ ...theirs, commitment: commit().agent.commitment }));
    wrong((theirs) => ({ ...theirs, commitment: { ...theirs.commitment, hiding: new Uint8Array(33) } }));
    wrong((theirs) => ({
      ...theirs,
      commitment: { hiding: theirs.commitment.binding, binding: theirs.commitment.hiding },
    }));
    wrong(() => answered().theirs);
  });

  it('takes nonces once: they are zero after an answer and after a refusal, and refused then', () => {
    const { statement, held } = answered();
    expect(isUsed(held.agent)).toBe(true);
    const again = (): unknown => signShare(statement, 'agent', shares.agent, held.agent, held.patient.commitment);
    expect(codeOf(again)).toBe('RangeError');
    const fresh = commit().agent;
    const nowhere = { hiding: new Uint8Array(33), binding: new Uint8Array(33) };
    expect(codeOf(() => signShare(statement, 'agent', shares.agent, fresh, nowhere))).toBe('PROXY_SHARE_INVALID');
    expect(isUsed(fresh)).toBe(true);
    const { held: next } = answered();
    const shareless = (): unknown =>
      signShare(statement, 'patient', new Uint8Array(32), next.patient, next.agent.commitment);
    expect(codeOf(shareless)).toBe('RangeError');
    expect(isUsed(next.patient)).toBe(true);
  });

  it('signs nothing but a pickup object of two parties under this delegation', () => {
    const refused = (pickup: Uint8Array): unknown => {
      const held = commit();
      const made = codeOf(() =>
        signShare(statementOf(pickup), 'agent', shares.agent, held.agent, held.patient.commitment),
      );
      expect(isUsed(held.agent)).toBe(true);
      return made;
    };
    const foreign = twoCards();
    expect(refused(secureRng(198))).toBe('PICKUP_MALFORMED');
    expect(refused(puOf(made).slice(1))).toBe('PICKUP_MALFORMED');
    expect(refused(puOf(made, { mode: 'agent' }))).toBe('PICKUP_MALFORMED');
    expect(refused(puOf(made, { mode: 'patient', warrant: new Uint8Array(32) }))).toBe('PICKUP_MALFORMED');
    expect(refused(puOf(foreign))).toBe('WARRANT_FOREIGN');
  });

  it('has another factor for each signer: commitments mirrored from the partner’s do not cancel', () => {
    const statement = statementOf(puOf(made));
    const held = commit();
    const { binding, hiding } = held.agent.commitment;
    const negative = (point: Uint8Array): Uint8Array => concat(Uint8Array.of((point[0] ?? 0) ^ 1), point.subarray(1));
    const mirrored = { hiding: negative(hiding), binding: negative(binding) };
    // With one factor for both T would be O, and this refused.
    const share = signShare(statement, 'agent', shares.agent, held.agent, mirrored);
    const list = { agent: held.agent.commitment, patient: mirrored };
    expect(isShareValid(statement, list, 'agent', share)).toBe(true);
  });

  it('holds for any order of many open sessions', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 }), (order) => {
        const sessions = order.map(() => ({ pickup: puOf(made), held: commit() }));
        for (const at of order) {
          const { pickup, held } = known(sessions[at]);
          const statement = statementOf(pickup);
          const share = signShare(statement, 'agent', shares.agent, held.agent, held.patient.commitment);
          const theirs = { commitment: held.agent.commitment, share };
          const signature = completeSignature(statement, shares.patient, held.patient, theirs);
          expect(verifyProxySignature(keys.proxy, W, pickup, signature)).toBe(true);
        }
      }),
      { numRuns: 3 },
    );
  });

  it('has nonces that differ with a generator that has stuck, as long as the card counts', () => {
    const stuck = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const at = (count: number, share = shares.agent, delegation = W): string =>
      Buffer.from(commitNonces(share, delegation, count, stuck).hiding).toString('hex');
    const all = [at(1), at(2), at(1, shares.patient), at(1, shares.agent, secureRng(32))];
    expect(new Set(all).size).toBe(all.length);
    expect(at(1)).toBe(at(1));
    const { hiding, binding } = commitNonces(shares.agent, W, 1, stuck);
    expect(hiding).not.toEqual(binding);
    expect(commitNonces(shares.agent, W, 1).hiding).not.toEqual(commitNonces(shares.agent, W, 1).hiding);
    expect(codeOf(() => commitNonces(new Uint8Array(32), W, 1))).toBe('RangeError');
  });
});

describe('a warrant of two parties', () => {
  it('is version 2 and nothing else', () => {
    const { warrant, omega } = made;
    expect(decodeWarrant(omega)).toEqual(warrant);
    expect(omega.slice(0, 15)).toEqual(concat(Uint8Array.of(14), new TextEncoder().encode('NHI-WARRANT-V2')));
    expect(isTwoParty(omega)).toBe(true);
    const { twoParty: _two, ...one } = warrant;
    const first = encodeWarrant(one);
    expect(isTwoParty(first)).toBe(false);
    expect(first.slice(15)).toEqual(omega.slice(15));
    expect(decodeWarrant(first)).toEqual(one);
    for (const digit of ['0', '3', '\0']) {
      const other = omega.with(14, digit.charCodeAt(0));
      expect(codeOf(() => decodeWarrant(other))).toBe('WARRANT_MALFORMED');
    }
    for (const length of [0, 14, 15, omega.length - 1])
      expect(codeOf(() => decodeWarrant(omega.slice(0, length)))).toBe('WARRANT_MALFORMED');
  });

  it('forms no key on one card, gives no half away, and has none under a warrant V1', () => {
    const { delegation, offer, agent, sP } = made;
    expect(codeOf(() => accept(offer, agent.secret))).toBe('RangeError');
    // A half as a card of version 1 would make it: it holds, and the key is not formed.
    const single = oneCard();
    const relabelled = { ...single.delegation, omega: delegation.omega };
    expect(formProxyKey(relabelled, sP, single.sA)).toBeUndefined();
    expect(formProxyKey(single.delegation, single.sP, single.sA)).toBeDefined();
    expect(codeOf(() => acceptShare(single.offer, single.agent.secret))).toBe('RangeError');
  });

  it('has two shares that are the key together', () => {
    const sum = modN(known(readScalar(shares.patient)) + known(readScalar(shares.agent)));
    const { proxy, patient, agent } = known(deriveProxyKeys(made.delegation));
    expect(pointBytes(baseTimes(sum))).toEqual(pointBytes(proxy));
    expect(pointBytes(baseTimes(known(readScalar(shares.patient))))).toEqual(pointBytes(patient));
    expect(pointBytes(baseTimes(known(readScalar(shares.agent))))).toEqual(pointBytes(agent));
    const first = encodeWarrant((({ twoParty: _two, ...one }) => one)(made.warrant));
    // The same people and nonces under the other version: another name and another key.
    expect(delegationHash(first, made.offer.rP, made.delegation.rA)).not.toEqual(W);
    expect(pointBytes(known(deriveProxyKey({ ...made.delegation, omega: first })))).not.toEqual(pointBytes(proxy));
    expect(deriveProxyKeys({ ...made.delegation, rP: new Uint8Array(33) })).toBeUndefined();
    expect(deriveProxyKeys({ ...made.delegation, agentKey: keyPair().spki })).toBeUndefined();
  });
});
