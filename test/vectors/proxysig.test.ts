/**
 * The vector files of NHI-PROXY-V1: made anew they are the committed ones; out of bigints and Node's hashes alone every value comes out the same;
 * and the product takes and refuses what they say.
 */
import { createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { revokedHash } from '../../crypto/groupsig/epoch-head.ts';
import { type Delegation, deriveProxyKeys, type ProxyKeys } from '../../crypto/proxysig/delegation.ts';
import { erasedWarrantsHash, isErased, readErasedWarrants } from '../../crypto/proxysig/erased-warrants.ts';
import { pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { decodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { verifyProxySignature } from '../../crypto/proxysig/proxy-signature.ts';
import { known } from '../../crypto/proxysig/proxysig.fixture.ts';
import { completeSignature, type HeldNonces } from '../../crypto/proxysig/two-party.ts';
import { decodeWarrant, encodeWarrant } from '../../crypto/proxysig/warrant.ts';
import { makeProxysigVectors, PROXYSIG_FOLDER, type ProxysigVectors } from './make-proxysig-vectors.ts';
import { add, G, hashTo, modOrder, N, nonceOf, pointHex, pointOf, scalarHex, sha256, times } from './plain-p256.ts';

/** A file as another implementer reads it; that it has the form of what the maker gives is the first test. */
const load = <K extends keyof ProxysigVectors>(name: K): ProxysigVectors[K] =>
  JSON.parse(readFileSync(join(PROXYSIG_FOLDER, `${name}.json`), 'utf8')) as ProxysigVectors[K];
const file = { delegation: load('delegation'), pickup: load('pickup'), two: load('two-party') };
const { oneCard, twoCards } = file.delegation;

/** The delegation as the product takes it. */
const delegationOf = (one: Pick<typeof twoCards, 'patientKey' | 'agentKey' | 'omega' | 'rP' | 'rA'>): Delegation => ({
  patientKey: fromHex(one.patientKey),
  agentKey: fromHex(one.agentKey),
  omega: fromHex(one.omega),
  rP: fromHex(one.rP),
  rA: fromHex(one.rA),
});
const keysOf = (one: typeof oneCard | typeof twoCards): ProxyKeys => known(deriveProxyKeys(delegationOf(one)));
const number = (text: string): bigint => BigInt(`0x${text}`);
const text = (value: string): string => Buffer.from(value).toString('hex');
/** lp1, and lp with four length bytes, of hex. */
const lp1 = (value: string): string => (value.length / 2).toString(16).padStart(2, '0') + value;
const lp = (value: string): string => (value.length / 2).toString(16).padStart(8, '0') + value;
const uint4 = (value: number): string => value.toString(16).padStart(8, '0');
/** Node's verification of r ‖ s under a compressed key. */
function isSigned(key: string, message: string, signature: string): boolean {
  const [x, y] = pointOf(key);
  const base64url = (value: bigint): string => Buffer.from(scalarHex(value), 'hex').toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: base64url(x), y: base64url(y) };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', Buffer.from(message, 'hex'), signed, Buffer.from(signature, 'hex'));
}

it('are the committed files', () => {
  const made = makeProxysigVectors();
  const names = Object.keys(made).map((name) => `${name}.json`);
  expect(readdirSync(PROXYSIG_FOLDER).sort()).toEqual(names.sort());
  for (const [name, content] of Object.entries(made)) {
    const committed: unknown = JSON.parse(readFileSync(join(PROXYSIG_FOLDER, `${name}.json`), 'utf8'));
    expect(committed, `${name}.json: node scripts/write-vectors.ts`).toEqual(content);
  }
});

describe.each([
  ['one card', oneCard],
  ['two cards', twoCards],
] as const)('a delegation for %s, by plain arithmetic', (_name, one) => {
  const head = one.patientKey + one.agentKey + lp(one.omega);
  const c = hashTo('deleg', head, one.rP);
  const d = hashTo('accept', head, one.rP, one.rA);
  const mu = hashTo('bind', head, one.rP, one.rA);
  const kP = nonceOf(one.patientSecret, 'NHI-PROXY-V1-delegate', sha256(head), known(one.randomP));
  const kA = nonceOf(one.agentSecret, 'NHI-PROXY-V1-accept', sha256(head, one.rP), known(one.randomA));
  const sP = modOrder(kP + c * number(one.patientSecret));
  const sA = modOrder(kA + d * number(one.agentSecret));

  it('has these keys, nonces, halves and names', () => {
    expect(pointHex(times(number(one.patientSecret), G))).toBe(one.patientKey);
    expect(pointHex(times(number(one.agentSecret), G))).toBe(one.agentKey);
    expect([pointHex(times(kP, G)), pointHex(times(kA, G))]).toEqual([one.rP, one.rA]);
    expect(sha256(one.omega, one.rP, one.rA)).toBe(one.W);
    const patientHalf = add(pointOf(one.rP), times(c, pointOf(one.patientKey)));
    const agentHalf = times(mu, add(pointOf(one.rA), times(d, pointOf(one.agentKey))));
    expect([pointHex(patientHalf), pointHex(agentHalf)]).toEqual([one.patientHalf, one.agentHalf]);
    expect(pointHex(add(patientHalf, agentHalf))).toBe(one.proxyKey);
    expect(pointHex(times(sP, G))).toBe(one.patientHalf);
    const secrets =
      'proxySecret' in one ? [one.sP, one.sA, one.proxySecret] : [one.patientShare, scalarHex(sA), one.agentShare];
    const third = 'proxySecret' in one ? sP + mu * sA : mu * sA;
    expect(secrets).toEqual([sP, sA, modOrder(third)].map(scalarHex));
    expect(pointHex(times(sP + mu * sA, G))).toBe(one.proxyKey);
  });

  it('is the product’s', () => {
    const { proxy, patient, agent } = keysOf(one);
    const points = [proxy, patient, agent].map((point) => hex(pointBytes(point)));
    expect(points).toEqual([one.proxyKey, one.patientHalf, one.agentHalf]);
  });
});

it('for two cards carries the agent’s signed word', () => {
  const said = lp1(text('NHI-PROXY-ACCEPT-V1')) + sha256(twoCards.omega) + twoCards.rP + twoCards.rA;
  expect(isSigned(twoCards.agentKey, said, twoCards.agentWord)).toBe(true);
  expect(isSigned(twoCards.patientKey, said, twoCards.agentWord)).toBe(false);
});

describe('warrants', () => {
  const { cases, invalid } = load('warrant');
  it('carry an approval that Node accepts, and are read and written alike', () => {
    for (const { omega, version, bureauKey } of cases) {
      expect(omega.slice(0, 30)).toBe(lp1(text(`NHI-WARRANT-V${version}`)));
      const warrant = decodeWarrant(fromHex(omega));
      expect(hex(encodeWarrant(warrant))).toBe(omega);
      const field = (at: number, length: number): string => omega.slice(2 * (15 + at), 2 * (15 + at + length));
      const end = omega.slice(-2 * 68);
      const body =
        lp1(text('NHI-AGENT-APPROVAL-V1')) +
        field(0, 16) +
        field(48, 16) +
        field(64, 32) +
        field(104, 16) +
        end.slice(0, 8);
      expect(isSigned(bureauKey, body, end.slice(8))).toBe(true);
    }
  });

  it.each(invalid)('is none: $why', ({ bytes }) => {
    expect(() => decodeWarrant(fromHex(bytes))).toThrow(expect.objectContaining({ code: 'WARRANT_MALFORMED' }));
  });
});

/** s*G = T + H_psign(PK ‖ W ‖ T ‖ PU)*PK, by plain arithmetic. */
function isProxySigned(one: { proxyKey: string; W: string }, pickup: string, signature: string): boolean {
  const [T, s] = [signature.slice(0, 66), number(signature.slice(66))];
  const e = hashTo('psign', one.proxyKey, one.W, T, pickup);
  return pointHex(times(s, G)) === pointHex(add(pointOf(T), times(e, pointOf(one.proxyKey))));
}
const accepted = (one: typeof oneCard | typeof twoCards, pickup: string, signature: string): boolean =>
  verifyProxySignature(keysOf(one).proxy, fromHex(one.W), fromHex(pickup), fromHex(signature));

describe('a pickup with one card', () => {
  const { pickup, signature, random, invalid, invalidPickups } = file.pickup;
  it('is signed as the notes say', () => {
    const t = nonceOf(oneCard.proxySecret, 'NHI-PROXY-V1-sign', sha256(oneCard.W, pickup), known(random));
    const T = pointHex(times(t, G));
    const s = modOrder(t + hashTo('psign', oneCard.proxyKey, oneCard.W, T, pickup) * number(oneCard.proxySecret));
    expect(T + scalarHex(s)).toBe(signature);
    expect(isProxySigned(oneCard, pickup, signature)).toBe(true);
    expect(accepted(oneCard, pickup, signature)).toBe(true);
    expect(decodePickup(fromHex(pickup))).toMatchObject({ mode: 'agent', warrant: fromHex(oneCard.W) });
  });
  it.each(invalid)('is refused: $why', ({ bytes }) => {
    expect(accepted(oneCard, pickup, bytes)).toBe(false);
  });
  it.each(invalidPickups)('is no object: $why', ({ bytes }) => {
    expect(() => decodePickup(fromHex(bytes))).toThrow(expect.objectContaining({ code: 'PICKUP_MALFORMED' }));
  });
});

describe('a pickup with two cards', () => {
  const { pickup, patient, agent, agentAnswer, signature, invalidShares } = file.two;
  const shares = { patient: twoCards.patientShare, agent: twoCards.agentShare };

  it('is signed as the notes say', () => {
    const nonces = (
      [
        [patient, shares.patient],
        [agent, shares.agent],
      ] as const
    ).map(([one, share]) => {
      const digest = sha256(twoCards.W, uint4(one.count));
      const d = nonceOf(share, 'NHI-PROXY-V1-hiding', digest, known(one.randomHiding));
      const e = nonceOf(share, 'NHI-PROXY-V1-binding', digest, known(one.randomBinding));
      expect([scalarHex(d), scalarHex(e)]).toEqual([one.hiding, one.binding]);
      const commitments = [pointHex(times(d, G)), pointHex(times(e, G))];
      expect(commitments).toEqual([one.hidingCommitment, one.bindingCommitment]);
      return { d, e, commitments, share: number(share) };
    });
    const L = nonces.flatMap(({ commitments }) => commitments).join('');
    const factors = ['01', '02'].map((i) => hashTo('share', twoCards.proxyKey, twoCards.W, L, i, pickup));
    const effective = nonces.map(({ d, e }, i) => modOrder(d + known(factors[i]) * e));
    const T = pointHex(times(known(effective[0]) + known(effective[1]), G));
    const challenge = hashTo('psign', twoCards.proxyKey, twoCards.W, T, pickup);
    const z = nonces.map(({ share }, i) => modOrder(known(effective[i]) + challenge * share));
    expect(scalarHex(known(z[1]))).toBe(agentAnswer);
    expect(T + scalarHex(modOrder(known(z[0]) + known(z[1])))).toBe(signature);
    expect(isProxySigned(twoCards, pickup, signature)).toBe(true);
    expect(accepted(twoCards, pickup, signature)).toBe(true);
  });

  it.each([
    ...invalidShares.map(({ why, bytes }) => ({ why, bytes, refused: true })),
    { why: 'the good one', bytes: agentAnswer, refused: false },
  ])('the patient’s card takes no other share: $why', ({ bytes, refused }) => {
    const statement = { keys: keysOf(twoCards), delegation: fromHex(twoCards.W), pickup: fromHex(pickup) };
    const commitmentOf = (one: typeof agent) => ({
      hiding: fromHex(one.hidingCommitment),
      binding: fromHex(one.bindingCommitment),
    });
    const held: HeldNonces = {
      hiding: fromHex(patient.hiding),
      binding: fromHex(patient.binding),
      commitment: commitmentOf(patient),
    };
    const complete = (): string =>
      hex(
        completeSignature(statement, fromHex(shares.patient), held, {
          commitment: commitmentOf(agent),
          share: fromHex(bytes),
        }),
      );
    if (refused) expect(complete).toThrow(expect.objectContaining({ code: 'PROXY_SHARE_INVALID' }));
    else expect(complete()).toBe(signature);
  });
});

describe('the list of erased warrants', () => {
  const { bureauKey, cases, named, notNamed, invalid } = load('erased-warrants');
  const read = (list: string) => readErasedWarrants(fromHex(list), fromHex(bureauKey));

  it('is signed as Node accepts it, read, and named by an epoch head', () => {
    for (const one of cases) {
      const body = uint4(one.number) + uint4(one.issued) + uint4(one.serials.length) + one.serials.join('');
      expect(one.list.slice(0, -128)).toBe(body);
      const signed = lp1(text('NHI-ERASED-WARRANTS-V1')) + body;
      expect(isSigned(bureauKey, signed, one.list.slice(-128))).toBe(true);
      const list = read(one.list);
      expect(list).toEqual({ number: one.number, issued: one.issued, serials: one.serials.map(fromHex) });
      expect(sha256(...one.serials.map(lp1))).toBe(one.hash);
      expect(hex(erasedWarrantsHash(list))).toBe(one.hash);
      expect(hex(revokedHash(list.serials))).toBe(one.hash);
      expect(isErased(list, fromHex(named))).toBe(one.serials.includes(named));
      expect(isErased(list, fromHex(notNamed))).toBe(false);
    }
  });

  it.each(invalid)('is refused: $why', ({ bytes }) => {
    const code = expect.stringMatching(/^(ERASED_LIST_MALFORMED|SIGNATURE_INVALID)$/u);
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code }));
  });
});

it('the plain curve is P-256', () => {
  expect(times(N, G)).toBe('O');
  expect(pointOf(pointHex(G))).toEqual(G);
});
