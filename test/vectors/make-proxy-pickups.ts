/**
 * Vectors of pickups, by one card and by two.
 * @module
 */
import { concat, hex } from '../../crypto/common/bytes.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { ORDER, scalarBytes } from '../../crypto/proxysig/p256-group.ts';
import { encodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { signAsProxy } from '../../crypto/proxysig/proxy-signature.ts';
import { pickupOf } from '../../crypto/proxysig/proxysig.fixture.ts';
import { commitNonces, completeSignature, signShare } from '../../crypto/proxysig/two-party.ts';
import { bad, type Delegations, first, flip } from './proxysig-material.ts';
import { replaced, vectorFile } from './vector-file.ts';

/** pickup.json */
export function makePickups({ single }: Delegations) {
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

/** two-party.json */
export function makeTwoParty({ joint }: Delegations) {
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
