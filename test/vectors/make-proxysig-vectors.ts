/**
 * All vector files of NHI-PROXY-V1. Run by itself it writes them (`node scripts/write-vectors.ts`).
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, hex, uint } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { acceptStatement } from '../../crypto/proxysig/delegation.ts';
import { encodeErasedWarrants, erasedWarrantsBody, erasedWarrantsHash } from '../../crypto/proxysig/erased-warrants.ts';
import { ORDER, pointBytes, scalarBytes } from '../../crypto/proxysig/p256-group.ts';
import { encodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { signAsProxy } from '../../crypto/proxysig/proxy-signature.ts';
import { keyPair, oneCard, pickupOf, signEcdsa, twoCards } from '../../crypto/proxysig/proxysig.fixture.ts';
import { commitNonces, completeSignature, signShare } from '../../crypto/proxysig/two-party.ts';
import { replaced, vectorFile } from './vector-file.ts';

const bytesFor = (name: string, length: number): Uint8Array => seededRng(`proxysig ${name}`)(length);
const serials = ['a', 'b', 'c'].map((name) => bytesFor(name, 16)).sort((a, b) => hex(a).localeCompare(hex(b)));
const [first = new Uint8Array(16), ...others] = serials;
const bad = (...cases: readonly (readonly [why: string, bytes: Uint8Array])[]) =>
  cases.map(([why, bytes]) => ({ why, bytes: hex(bytes) }));
const flip = (bytes: Uint8Array, at: number): Uint8Array => replaced(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ 1));

/** The last 32 bytes a generator gave, in order: what a nonce was made with. */
function recording(seed: string) {
  const rng = seededRng(seed);
  const taken: Uint8Array[] = [];
  return {
    rng: (length: number): Uint8Array => {
      const bytes = rng(length);
      if (length === 32) taken.push(bytes.slice());
      return bytes;
    },
    /** What was taken since the last time. */
    since: (): readonly string[] => taken.splice(0).map(hex),
  };
}

/** delegation.json, pickup.json and two-party.json are about these two. */
function delegations() {
  const [one, two] = [recording('one card'), recording('two cards')];
  const scope = { prescriptions: [first, ...others], pharmacies: [Uint8Array.of(0x59, 1, 1, 0, 0x12)] };
  const single = { made: oneCard(scope, one.rng), source: one };
  const joint = { made: twoCards({}, two.rng), source: two };
  return { single, joint };
}
type Delegations = ReturnType<typeof delegations>;

const publicParts = ({ made }: Delegations['single'] | Delegations['joint']) => ({
  bureauKey: hex(made.bureau.point),
  patientSecret: hex(made.patient.secret),
  patientKey: hex(made.patient.point),
  agentSecret: hex(made.agent.secret),
  agentKey: hex(made.agent.point),
  omega: hex(made.omega),
  rP: hex(made.papers.rP),
  rA: hex(made.papers.rA),
  W: hex(made.W),
  proxyKey: hex(pointBytes(made.keys.proxy)),
  patientHalf: hex(pointBytes(made.keys.patient)),
  agentHalf: hex(pointBytes(made.keys.agent)),
});

function makeDelegations({ single, joint }: Delegations) {
  const [randomP, randomA] = single.source.since();
  const [jointP, jointA] = joint.source.since();
  const { sP, sA, proxySecret } = single.made;
  const { patient, agent } = joint.made.shares;
  const { omega, papers } = joint.made;
  const word = acceptStatement(omega, papers.rP, papers.rA);
  return vectorFile(
    'Delegations: the nonces, the halves, the key that anybody derives.',
    [
      'H_tag = expand_message_xmd(SHA-256, DST NHI-PROXY-V1- and the tag, 48 bytes) mod n; head = PK_P ‖ PK_A ‖ lp(omega), lp with four length bytes.',
      'k = HKDF-Expand(HMAC(key, lp1(label) ‖ digest ‖ random), NHI-PROXY-V1-nonce, 48 bytes) mod n.',
      'k_P: key SK_P, label NHI-PROXY-V1-delegate, digest H256(head). k_A: key SK_A, label NHI-PROXY-V1-accept, digest H256(head ‖ R_P).',
      'c = H_deleg(head ‖ R_P); d = H_accept(head ‖ R_P ‖ R_A); mu = H_bind(head ‖ R_P ‖ R_A).',
      's_P = k_P + c*SK_P; s_A = k_A + d*SK_A; SK_Ap = s_P + mu*s_A; W = H256(omega ‖ R_P ‖ R_A).',
      'Under a warrant V2 the shares are s_P and mu*s_A, and SK_Ap is never formed.',
      'agentWord: ECDSA with SHA-256 by SK_A over lp1(NHI-PROXY-ACCEPT-V1) ‖ H256(omega) ‖ R_P ‖ R_A.',
    ],
    {
      oneCard: {
        ...publicParts(single),
        randomP,
        randomA,
        sP: hex(sP),
        sA: hex(sA),
        proxySecret: hex(proxySecret),
      },
      twoCards: {
        ...publicParts(joint),
        randomP: jointP,
        randomA: jointA,
        patientShare: hex(patient),
        agentShare: hex(agent),
        agentWord: hex(signEcdsa(joint.made.agent, word)),
      },
    },
    'NHI-PROXY-V1',
  );
}

function makeWarrants({ single, joint }: Delegations) {
  const { omega, warrant } = single.made;
  const [oneK, pharmaciesAt] = [warrant.pharmacies.length, 15 + 16 + 32 + 16 + 32 + 8 + 16 + 1];
  const swapped = concat(omega.slice(0, pharmaciesAt + 1 + 5 * oneK + 1), ...[...warrant.prescriptions].reverse());
  const rest = omega.slice(swapped.length);
  const own = replaced(omega, 15 + 16 + 32 + 16, warrant.patientKeyHash);
  return vectorFile(
    'Warrants, the bureau’s approval in them, and byte strings that are none.',
    [
      'lp1(NHI-WARRANT-V1 or -V2) ‖ PID_P(16) ‖ H256(SPKI_P)(32) ‖ AID_A(16) ‖ H256(SPKI_A)(32) ‖ notBefore(4) ‖ notAfter(4) ‖ serial(16) ‖ uses(1) ‖',
      'k(1) ‖ k pharmacies(5) ‖ m(1) ‖ m R_X_ID(16) ‖ approval: notAfter(4) ‖ r ‖ s(64). Lists ascend; k at most 4, m at most 10; uses at least 1.',
      'The approval is ECDSA with SHA-256 over lp1(NHI-AGENT-APPROVAL-V1) ‖ PID_P ‖ AID_A ‖ H256(SPKI_A) ‖ serial ‖ notAfter of the approval.',
    ],
    {
      cases: [
        { version: 1, bureauKey: hex(single.made.bureau.point), omega: hex(omega) },
        { version: 2, bureauKey: hex(joint.made.bureau.point), omega: hex(joint.made.omega) },
      ],
      invalid: bad(
        ['nothing', new Uint8Array(0)],
        ['one byte less', omega.slice(0, -1)],
        ['one byte more', concat(omega, Uint8Array.of(0))],
        ['version 3', replaced(omega, 14, Uint8Array.of(0x33))],
        ['no uses', replaced(omega, pharmaciesAt - 1, Uint8Array.of(0))],
        ['a pharmacy with a digit above 9', replaced(omega, pharmaciesAt + 1, Uint8Array.of(0xa0))],
        ['prescriptions that descend', concat(swapped, rest)],
        ['over before it begins', replaced(omega, 15 + 96, uint(warrant.notAfter + 1, 4))],
        ['agent of oneself', own],
      ),
    },
    'NHI-PROXY-V1',
  );
}

function makePickups({ single }: Delegations) {
  const { made, source } = single;
  const from = seededRng('pickup');
  const fixed = { rxId: first, rxh: from(32), terminal: from(16), nonce: from(32), timeTokenHash: from(32) };
  const pickup = encodePickup(pickupOf(made.warrant, made.W, fixed));
  source.since();
  const signature = signAsProxy(made.proxySecret, made.W, pickup, source.rng);
  const [random] = source.since();
  const s = (value: bigint | Uint8Array): Uint8Array =>
    concat(signature.slice(0, 33), typeof value === 'bigint' ? scalarBytes(value) : value);
  return vectorFile(
    'A pickup of an agent with the patient’s card: the object and its signature.',
    [
      'PU = lp1(NHI-PICKUP-V1) ‖ mode(1: 1 patient, 2 agent, 3 two cards) ‖ R_X_ID(16) ‖ rxh(32) ‖ part(1) ‖ total(1) ‖ pharmacy(5) ‖ terminal(16) ‖ nonce(32) ‖ H256(time token)(32) ‖ PID_P(16) ‖ W(32).',
      't: key SK_Ap, label NHI-PROXY-V1-sign, digest H256(W ‖ PU). T = t*G; e = H_psign(PK_Ap ‖ W ‖ T ‖ PU); s = t + e*SK_Ap; signature T(33) ‖ s(32).',
      'The delegation is oneCard of delegation.json. Every signature of `invalid` is refused for this object; every object of `invalidPickups` is none.',
    ],
    {
      pickup: hex(pickup),
      random,
      signature: hex(signature),
      invalid: bad(
        ['T with the other y', flip(signature, 0)],
        ['another T', flip(signature, 32)],
        ['another s', flip(signature, 64)],
        ['s = 0', s(0n)],
        ['s = n', s(ORDER)],
        ['64 bytes', signature.slice(0, -1)],
        ['66 bytes', concat(signature, Uint8Array.of(0))],
        ['T of no point', replaced(signature, 1, new Uint8Array(32).fill(0xff))],
        ['T uncompressed in its first byte', replaced(signature, 0, Uint8Array.of(4))],
        ['without W in the challenge', signAsProxy(made.proxySecret, new Uint8Array(0), pickup, source.rng)],
      ),
      invalidPickups: bad(
        ['mode 0', replaced(pickup, 14, Uint8Array.of(0))],
        ['mode 4', replaced(pickup, 14, Uint8Array.of(4))],
        ['the holder with a warrant', replaced(pickup, 14, Uint8Array.of(1))],
        ['an agent without a warrant', replaced(pickup, 198 - 32, new Uint8Array(32))],
        ['two cards without a warrant', replaced(replaced(pickup, 14, Uint8Array.of(3)), 198 - 32, new Uint8Array(32))],
        ['part 0', replaced(pickup, 63, Uint8Array.of(0))],
        ['part above total', replaced(pickup, 63, Uint8Array.of(4))],
        ['197 bytes', pickup.slice(0, -1)],
      ),
    },
    'NHI-PROXY-V1',
  );
}

function makeTwoParty({ joint }: Delegations) {
  const { made, source } = joint;
  const from = seededRng('controlled pickup');
  const fixed = { rxId: first, rxh: from(32), terminal: from(16), nonce: from(32), timeTokenHash: from(32) };
  const pickup = encodePickup(pickupOf(made.warrant, made.W, fixed));
  const statement = made.statementOf(pickup);
  source.since();
  const heldBy = (share: Uint8Array, count: number) => {
    const held = commitNonces(share, made.W, count, source.rng);
    const [randomHiding, randomBinding] = source.since();
    const published = {
      count,
      randomHiding,
      randomBinding,
      hiding: hex(held.hiding),
      binding: hex(held.binding),
      hidingCommitment: hex(held.commitment.hiding),
      bindingCommitment: hex(held.commitment.binding),
    };
    return { held, published };
  };
  const [agent, patient] = [heldBy(made.shares.agent, 41), heldBy(made.shares.patient, 7)];
  const share = signShare(statement, 'agent', made.shares.agent, agent.held, patient.held.commitment);
  const theirs = { commitment: agent.held.commitment, share };
  const signature = completeSignature(statement, made.shares.patient, patient.held, theirs);
  return vectorFile(
    'A pickup of an agent with both cards: nonces, binding factors, shares, the signature.',
    [
      'Nonces: key the share, labels NHI-PROXY-V1-hiding and NHI-PROXY-V1-binding, digest H256(W ‖ count(4)).',
      'L = D_P ‖ E_P ‖ D_A ‖ E_A; rho_i = H_share(PK_Ap ‖ W ‖ L ‖ i(1) ‖ PU), i = 1 patient, 2 agent.',
      'T = D_P + rho_P*E_P + D_A + rho_A*E_A; e = H_psign(PK_Ap ‖ W ‖ T ‖ PU); z_i = d_i + rho_i*e_i + e*share_i; s = z_P + z_A.',
      'The delegation is twoCards of delegation.json. A patient’s card refuses every share of `invalidShares` and gives no signature.',
    ],
    {
      pickup: hex(pickup),
      patient: patient.published,
      agent: agent.published,
      agentAnswer: hex(share),
      signature: hex(signature),
      invalidShares: bad(
        ['another share', flip(share, 31)],
        ['0', new Uint8Array(32)],
        ['n', scalarBytes(ORDER)],
        ['31 bytes', share.slice(1)],
        ['the whole s', signature.slice(33)],
      ),
    },
    'NHI-PROXY-V1',
  );
}

function makeErased() {
  const bureau = keyPair(seededRng('bureau of the list'));
  const list = { number: 7, issued: 1_900_000_000, serials };
  const signed = (of: typeof list): Uint8Array => encodeErasedWarrants(of, signEcdsa(bureau, erasedWarrantsBody(of)));
  const encoded = signed(list);
  return vectorFile(
    'The list of erased warrants, and byte strings that are none.',
    [
      'number(4) ‖ issued(4) ‖ count(4) ‖ count serials(16), ascending ‖ r ‖ s(64).',
      'ECDSA with SHA-256 over lp1(NHI-ERASED-WARRANTS-V1) ‖ everything before the signature. hash = H256 over lp1(serial) of each.',
    ],
    {
      bureauKey: hex(bureau.point),
      cases: [list, { ...list, number: 8, serials: [] }].map((one) => ({
        ...one,
        serials: one.serials.map(hex),
        list: hex(signed(one)),
        hash: hex(erasedWarrantsHash(one)),
      })),
      named: hex(first),
      notNamed: hex(h256(first).slice(0, 16)),
      invalid: bad(
        ['nothing', new Uint8Array(0)],
        ['one byte less', encoded.slice(0, -1)],
        ['one byte more', concat(encoded, Uint8Array.of(0))],
        ['another count', flip(encoded, 11)],
        ['a serial number twice', replaced(encoded, 12 + 16, first)],
        ['out of order', replaced(encoded, 12, new Uint8Array(16).fill(0xff))],
        ['another number', flip(encoded, 3)],
        ['another time', flip(encoded, 7)],
        ['another signature', flip(encoded, encoded.length - 1)],
      ),
    },
    'NHI-PROXY-V1',
  );
}

/** File name without `.json` -> content. */
export function makeProxysigVectors() {
  const both = delegations();
  return {
    delegation: makeDelegations(both),
    warrant: makeWarrants(both),
    pickup: makePickups(both),
    'two-party': makeTwoParty(both),
    'erased-warrants': makeErased(),
  };
}
export type ProxysigVectors = ReturnType<typeof makeProxysigVectors>;

/** Where the files lie. */
export const PROXYSIG_FOLDER = join(import.meta.dirname, 'proxysig');

if (import.meta.main) {
  mkdirSync(PROXYSIG_FOLDER, { recursive: true });
  for (const [name, content] of Object.entries(makeProxysigVectors()))
    writeFileSync(join(PROXYSIG_FOLDER, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
