/**
 * The proxy signature in figures: delegation, pickups of one card and of two, verification with and without the key at hand, and a list of
 * 100,000 erased warrants. Targets are those of the design's prototype where it had one.
 *
 *   npm run bench -- proxysig
 * @module
 */
import { compareBytes } from '../crypto/common/bytes.ts';
import { secureRng } from '../crypto/common/random.ts';
import { accept, delegate, deriveProxyKeys, formProxyKey } from '../crypto/proxysig/delegation.ts';
import { encodeErasedWarrants, erasedWarrantsBody, readErasedWarrants } from '../crypto/proxysig/erased-warrants.ts';
import { createProxyKeyCache } from '../crypto/proxysig/proxy-key-cache.ts';
import { signAsProxy } from '../crypto/proxysig/proxy-signature.ts';
import { known, NOW, oneCard, puOf, signEcdsa, trustIn, twoCards } from '../crypto/proxysig/proxysig.fixture.ts';
import { commitNonces, completeSignature, signShare } from '../crypto/proxysig/two-party.ts';
import { verifyAgentPickup } from '../crypto/proxysig/verify-agent-pickup.ts';
import { type Figure, percentile, report, rounded } from './report.ts';

const ROUNDS = 100;
const SERIALS = 100_000;

/** Runs what `prepare` gave, timing only the run. */
function timed<T>(
  id: string,
  target: number | null,
  note: string,
  prepare: () => T,
  run: (prepared: T) => unknown,
): Figure {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS + 10; round++) {
    const prepared = prepare();
    const begun = performance.now();
    run(prepared);
    // The first ten fill the tables of multiples of G.
    if (round >= 10) samples.push(performance.now() - begun);
  }
  return { id, value: Math.min(...samples), median: percentile(samples, 0.5), unit: 'ms', target, peer: null, note };
}

const nothing = (): undefined => undefined;
const [one, two] = [oneCard(), twoCards()];
const [pickup, joint] = [puOf(one), two.statementOf(puOf(two))];
const collected = { pickup, signature: one.sign(pickup) };
const trust = trustIn(one.bureau);
const cached = { ...trust, cache: createProxyKeyCache(16) };
function verify(by: typeof trust): void {
  const verdict = verifyAgentPickup(collected, one.papers, { controlled: false }, by);
  if (!verdict.ok) throw new Error(verdict.code);
}
function answered() {
  const held = two.commit();
  const share = signShare(joint, 'agent', two.shares.agent, held.agent, held.patient.commitment);
  return { held: held.patient, theirs: { commitment: held.agent.commitment, share } };
}
const serials = Array.from({ length: SERIALS }, () => secureRng(16)).sort(compareBytes);
const list = { number: 1, issued: NOW, serials };
const encoded = encodeErasedWarrants(list, signEcdsa(one.bureau, erasedWarrantsBody(list)));

const figures: readonly Figure[] = [
  timed('delegate.ms', 0.34, 's_P and R_P', nothing, () => delegate(one.delegation, one.patient.secret)),
  timed('accept.ms', 0.35, 's_A and R_A', nothing, () => accept(one.offer, one.agent.secret)),
  timed('form.ms', null, 'SK_Ap, with the check of s_A', nothing, () => formProxyKey(one.delegation, one.sP, one.sA)),
  timed('derive.ms', 3.6, 'PK_Ap, by anybody', nothing, () => known(deriveProxyKeys(one.delegation))),
  timed('sign.ms', 0.35, 'one card', nothing, () => signAsProxy(one.proxySecret, one.W, pickup)),
  timed('commit.ms', null, 'two cards: D and E of one', nothing, () => commitNonces(two.shares.agent, two.W, 1)),
  timed('share.ms', null, 'two cards: the agent’s', two.commit, ({ agent, patient }) =>
    signShare(joint, 'agent', two.shares.agent, agent, patient.commitment),
  ),
  timed('complete.ms', null, 'two cards: the patient’s, with the check', answered, ({ held, theirs }) =>
    completeSignature(joint, two.shares.patient, held, theirs),
  ),
  timed('verify.ms', 5.1, 'everything, the key derived', nothing, () => verify(trust)),
  timed('verify.cached.ms', 1.6, 'everything, approval and key known', nothing, () => verify(cached)),
  timed('list100000.read.ms', null, 'decoded and its signature checked', nothing, () =>
    readErasedWarrants(encoded, one.bureau.point),
  ),
];
for (const { id, value, median = 0, target, note } of figures)
  console.log(`${id.padEnd(20)} ${rounded(value ?? 0)} / ${rounded(median)}  ${target ?? '-'}  ${note}`);
report('proxysig', figures);
