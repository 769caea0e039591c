import { describe, expect, it } from 'vitest';
import { bcdOf } from '../common/bcd.ts';
import { secureRng } from '../common/random.ts';
import { type AgentPapers, type AgentTrust, checkAgent, scopeRefusal } from './check-agent.ts';
import { erasedWarrantsHash } from './erased-warrants.ts';
import { pointBytes } from './p256-group.ts';
import type { PickupObject } from './pickup-object.ts';
import { createProxyKeyCache } from './proxy-key-cache.ts';
import {
  approvedWarrant,
  keyPair,
  known,
  NOW,
  oneCard,
  PHARMACY,
  puOf,
  trustIn,
  twoCards,
} from './proxysig.fixture.ts';
import { type AgentPickup, verifyAgentPickup } from './verify-agent-pickup.ts';
import { encodeWarrant } from './warrant.ts';

type Made = ReturnType<typeof oneCard> | ReturnType<typeof twoCards>;
const one = oneCard();
const two = twoCards();
const DAY = 86_400;

const pickupOf = (made: Made, changes: Partial<PickupObject> = {}): AgentPickup => {
  const pickup = puOf(made, changes);
  return { pickup, signature: made.sign(pickup) };
};
interface Changes {
  readonly pickup?: AgentPickup;
  readonly papers?: Partial<AgentPapers>;
  readonly trust?: Partial<AgentTrust>;
  readonly controlled?: boolean;
}
/** The code of the refusal, or `ok`. */
function judged(made: Made, { pickup = pickupOf(made), papers, trust, controlled = false }: Changes = {}): string {
  const trusted = { ...trustIn(made.bureau), ...trust };
  const verdict = verifyAgentPickup(pickup, { ...made.papers, ...papers }, { controlled }, trusted);
  return verdict.ok ? 'ok' : verdict.code;
}
const matter = { rxId: secureRng(16), pharmacy: PHARMACY, controlled: false };
const checked = (papers: Partial<AgentPapers>, trust: Partial<AgentTrust> = {}, made: Made = one): string => {
  const verdict = checkAgent({ ...made.papers, ...papers }, matter, { ...trustIn(made.bureau), ...trust });
  return verdict.ok ? 'ok' : verdict.code;
};

describe('what an agent collected', () => {
  it('is accepted of one card and of two, with what was found', () => {
    for (const made of [one, two]) {
      const verdict = verifyAgentPickup(pickupOf(made), made.papers, { controlled: false }, trustIn(made.bureau));
      if (!verdict.ok) throw new Error(verdict.code);
      expect(verdict).toMatchObject({ warrant: made.warrant, delegation: made.W, listAge: 3_600 });
      expect(pointBytes(verdict.proxyKey)).toEqual(pointBytes(made.keys.proxy));
    }
    expect(judged(two, { controlled: true })).toBe('ok');
  });

  it('is no controlled drug with one card, whatever the warrant is', () => {
    expect(judged(one, { controlled: true })).toBe('CONTROLLED_NEEDS_BOTH');
    const alone = puOf(two, { mode: 'agent' });
    expect(judged(two, { controlled: true, pickup: { pickup: alone, signature: secureRng(65) } })).toBe(
      'CONTROLLED_NEEDS_BOTH',
    );
    // The object says two cards, the warrant one: the key could sign it.
    expect(judged(one, { controlled: true, pickup: pickupOf(one, { mode: 'two-party' }) })).toBe(
      'CONTROLLED_NEEDS_BOTH',
    );
  });

  it('is refused where object and papers are not of one delegation', () => {
    const other = oneCard();
    const foreign: readonly [string, string][] = [
      ['mode', judged(one, { pickup: pickupOf(one, { mode: 'two-party' }) })],
      ['mode of two', judged(two, { pickup: { pickup: puOf(two, { mode: 'agent' }), signature: secureRng(65) } })],
      ['the holder', judged(one, { pickup: pickupOf(one, { mode: 'patient', warrant: new Uint8Array(32) }) })],
      ['another delegation', judged(one, { pickup: pickupOf(one, { warrant: other.W }) })],
      ['another patient in it', judged(one, { pickup: pickupOf(one, { pid: secureRng(16) }) })],
      ['of another', judged(one, { pickup: pickupOf(other) })],
      ['patient', judged(one, { papers: { pid: other.papers.pid } })],
      ['patient key', judged(one, { papers: { patientSpki: other.patient.spki } })],
      ['agent key', judged(one, { papers: { agentSpki: other.agent.spki } })],
      ['keys exchanged', judged(one, { papers: { patientSpki: one.agent.spki, agentSpki: one.patient.spki } })],
      ['R_P', judged(one, { papers: { rP: other.papers.rP } })],
      ['R_A', judged(one, { papers: { rA: other.papers.rA } })],
    ];
    expect(foreign.filter(([, code]) => code !== 'WARRANT_FOREIGN')).toEqual([]);
  });

  it('is refused with another signature or other bytes', () => {
    const { pickup, signature } = pickupOf(one);
    const broken = (change: Partial<AgentPickup>): string => judged(one, { pickup: { pickup, signature, ...change } });
    expect(broken({})).toBe('ok');
    for (const at of [0, 1, 33, 64])
      expect(broken({ signature: signature.with(at, (signature[at] ?? 0) ^ 1) })).toBe('SIGNATURE_INVALID');
    expect(broken({ signature: signature.slice(1) })).toBe('SIGNATURE_INVALID');
    expect(broken({ signature: pickupOf(one).signature })).toBe('SIGNATURE_INVALID');
    expect(broken({ pickup: pickup.slice(1) })).toBe('PICKUP_MALFORMED');
    expect(broken({ pickup: pickup.with(14, 4) })).toBe('PICKUP_MALFORMED');
    expect(broken({ pickup: pickup.with(20, (pickup[20] ?? 0) ^ 1) })).toBe('SIGNATURE_INVALID');
  });
});

describe('an agent', () => {
  it('needs a warrant that the bureau approved, to its end', () => {
    expect(checked({})).toBe('ok');
    expect(checked({}, { bureauKey: keyPair().point })).toBe('WARRANT_UNAPPROVED');
    expect(checked({}, { bureauKey: new Uint8Array(33) })).toBe('WARRANT_UNAPPROVED');
    expect(checked({ omega: one.omega.slice(1) })).toBe('WARRANT_MALFORMED');
    expect(checked({ rP: one.papers.rP.slice(1) })).toBe('WARRANT_MALFORMED');
    expect(checked({ rA: new Uint8Array(33) })).toBe('WARRANT_MALFORMED');
    const { bureau, patient, agent } = one;
    const longer = approvedWarrant([bureau, patient, agent], { notAfter: NOW + 61 * DAY });
    expect(checked({ omega: encodeWarrant(longer), pid: longer.pid })).toBe('WARRANT_UNAPPROVED');
    // Approved under one serial number and used under another.
    const other = { ...one.warrant, serial: secureRng(16) };
    expect(checked({ omega: encodeWarrant(other) })).toBe('WARRANT_UNAPPROVED');
  });

  it('is out when the warrant is erased, or the list that says so is too old or not the newest', () => {
    const { serial } = one.warrant;
    const others = [new Uint8Array(16), new Uint8Array(16).fill(0xff)];
    const erasing = trustIn(one.bureau, [others[0] ?? serial, serial, others[1] ?? serial]);
    expect(checked({}, erasing)).toBe('WARRANT_ERASED');
    expect(checked({}, trustIn(one.bureau, others))).toBe('ok');
    expect(checked({}, { maxListAge: 3_599 })).toBe('ERASED_LIST_STALE');
    expect(checked({}, { maxListAge: 3_600 })).toBe('ok');
    const { erased } = trustIn(one.bureau);
    expect(checked({}, { erased, revokedWarrants: erasedWarrantsHash(erased) })).toBe('ok');
    // An old list that names the warrant is enough to refuse.
    expect(checked({}, { ...erasing, maxListAge: 0 })).toBe('WARRANT_ERASED');
    // The head is of a list that erases the warrant; the verifier was left with the one before.
    expect(checked({}, { erased, revokedWarrants: erasedWarrantsHash(erasing.erased) })).toBe('ERASED_LIST_STALE');
  });

  it('collects in the term, also where the verifier’s clock was set back behind the bureau’s list', () => {
    const { notBefore, notAfter } = one.warrant;
    const at = (now: number, issued = notBefore - DAY): string =>
      checked({}, { now, maxListAge: 100 * DAY, erased: { number: 1, issued, serials: [] } });
    expect([at(notBefore - 1), at(notBefore), at(notAfter), at(notAfter + 1)]).toEqual([
      'WARRANT_NOT_YET',
      'ok',
      'ok',
      'WARRANT_EXPIRED',
    ]);
    expect(at(notAfter, notAfter + 1)).toBe('WARRANT_EXPIRED');
  });

  it('collects what the warrant names and where it says', () => {
    const { warrant } = two;
    const [rxId, pharmacy] = [secureRng(16), PHARMACY];
    const asked = (changes: Partial<typeof warrant>, controlled = false): unknown =>
      scopeRefusal({ ...warrant, ...changes }, { rxId, pharmacy, controlled }, NOW);
    expect(asked({})).toBeUndefined();
    expect(asked({ prescriptions: [secureRng(16), rxId], pharmacies: [pharmacy] }, true)).toBeUndefined();
    expect(asked({ prescriptions: [secureRng(16)] })).toBe('WARRANT_SCOPE');
    expect(asked({ pharmacies: [bcdOf('5901099999')] })).toBe('WARRANT_SCOPE');
    expect(scopeRefusal(one.warrant, { rxId, pharmacy, controlled: true }, NOW)).toBe('CONTROLLED_NEEDS_BOTH');
    const scoped = oneCard({ prescriptions: [rxId] });
    expect(judged(scoped, { pickup: pickupOf(scoped, { rxId }) })).toBe('ok');
    expect(judged(scoped)).toBe('WARRANT_SCOPE');
    const local = oneCard({ pharmacies: [bcdOf('5901099999')] });
    expect(judged(local)).toBe('WARRANT_SCOPE');
  });
});

describe('the cache of proxy keys', () => {
  it('saves the derivation, and none of what changes', () => {
    const cache = createProxyKeyCache(2);
    const trust = { ...trustIn(one.bureau), cache };
    expect(checked({}, trust)).toBe('ok');
    const kept = known(cache.get(one.W, one.bureau.point));
    expect(pointBytes(kept)).toEqual(pointBytes(one.keys.proxy));
    expect(judged(one, { trust })).toBe('ok');
    expect(judged(one, { trust, pickup: { ...pickupOf(one), signature: secureRng(65) } })).toBe('SIGNATURE_INVALID');
    expect(checked({}, { ...trust, now: NOW + 31 * DAY, maxListAge: 32 * DAY })).toBe('WARRANT_EXPIRED');
    expect(checked({}, { ...trustIn(one.bureau, [one.warrant.serial]), cache })).toBe('WARRANT_ERASED');
    expect(checked({ agentSpki: two.agent.spki }, trust)).toBe('WARRANT_FOREIGN');
    // The same bytes cut elsewhere have the same W.
    const [rP, rA] = [one.papers.rP, one.papers.rA];
    expect(checked({ rP: rP.slice(0, 32), rA: Uint8Array.of(...rP.slice(32), ...rA) }, trust)).toBe(
      'WARRANT_MALFORMED',
    );
    // Known under one bureau is not known under another.
    expect(checked({}, { ...trust, bureauKey: keyPair().point })).toBe('WARRANT_UNAPPROVED');
  });

  it('forgets what was used longest ago, and keeps nothing that was refused', () => {
    const cache = createProxyKeyCache(2);
    const key = one.keys.proxy;
    const [first, second, third] = [secureRng(32), secureRng(32), secureRng(32)];
    const bureau = one.bureau.point;
    cache.put(first, bureau, key);
    cache.put(second, bureau, key);
    expect(cache.get(first, bureau)).toBeDefined();
    cache.put(third, bureau, key);
    expect([first, second, third].map((W) => cache.get(W, bureau) !== undefined)).toEqual([true, false, true]);
    const empty = createProxyKeyCache(2);
    const stranger = keyPair().point;
    expect(checked({}, { cache: empty, bureauKey: stranger })).toBe('WARRANT_UNAPPROVED');
    expect(empty.get(one.W, stranger)).toBeUndefined();
  });
});
