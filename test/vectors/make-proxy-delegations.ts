/**
 * Vectors of delegations and warrants, for one card and for two.
 * @module
 */
import { concat, hex, uint } from '../../crypto/common/bytes.ts';
import { acceptStatement } from '../../crypto/proxysig/delegation.ts';
import { pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { signEcdsa } from '../../crypto/proxysig/proxysig.fixture.ts';
import { bad, type Delegations } from './proxysig-material.ts';
import { replaced, vectorFile } from './vector-file.ts';

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

/** delegation.json */
export function makeDelegations({ single, joint }: Delegations) {
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

/** warrant.json */
export function makeWarrants({ single, joint }: Delegations) {
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
