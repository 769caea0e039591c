/**
 * Two health cards with a warrant V2 between them, the patient's and the agent's own.
 * @module
 */
import { p256Spki } from '../../crypto/pki/public-key.ts';
import type { AgentPapers } from '../../crypto/proxysig/check-agent.ts';
import { delegationHash, encodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { PatientApp } from '../apps/patient-app.ts';
import { AGENT_PIN, atRegistration, issued, SLOT, warrantOf } from './agents.fixture.ts';
import type { SoftwareCard } from './card-os.ts';
import { atPharmacy, bytes, PID, pin, reinsert } from './cards.fixture.ts';

type Issued = Awaited<ReturnType<typeof issued>>;
/** What makes a warrant one of two cards. */
export const V2 = { twoParty: true } as const;

/** A warrant V2 between two cards, and the patient's card's offer under it. */
export async function offered(patient: Issued, agent: Issued, changes: Partial<Warrant> = {}) {
  const warrant = warrantOf(patient.signing, { point: agent.signing, id: bytes(16) }, { ...V2, ...changes });
  const omega = encodeWarrant(warrant);
  const desk = await atRegistration(patient.card);
  await desk.verifyPin(pin());
  const offer = await desk.proxyOffer(SLOT, agent.signing, omega);
  return { omega, desk, offer, own: await joining(agent) };
}
/** The agent's card at the desk that delegates, its PIN given. */
export async function joining({ card }: Issued): Promise<PatientApp> {
  const own = await atRegistration(card);
  await own.verifyPin(pin());
  return own;
}

/** The two cards, W, and the papers of a verifier. */
export interface Joined {
  readonly patient: SoftwareCard;
  readonly agent: SoftwareCard;
  readonly W: Uint8Array;
  readonly papers: AgentPapers;
}

/** Two cards with a warrant V2 between them. */
export async function joined(changes: Partial<Warrant> = {}): Promise<Joined> {
  const [patient, agent] = [await issued(), await issued()];
  const { omega, desk, offer, own } = await offered(patient, agent, changes);
  const answer = await own.proxyJoin(patient.signing, offer, omega);
  await desk.proxyAcceptJoint(SLOT, answer, pin(AGENT_PIN));
  const [{ rP }, { rA }] = [offer, answer];
  const papers = {
    pid: PID,
    patientSpki: p256Spki(patient.signing),
    agentSpki: p256Spki(agent.signing),
    omega,
    rP,
    rA,
  };
  return { patient: patient.card, agent: agent.card, W: delegationHash(omega, rP, rA), papers };
}

/** Both cards in one pharmacy, both PINs given. */
export async function atCounter({ patient, agent }: Pick<Joined, 'patient' | 'agent'>) {
  const [theirs, own] = [await atPharmacy(reinsert(patient)), await atPharmacy(reinsert(agent))];
  await theirs.verifyAgentPin(SLOT, pin(AGENT_PIN));
  await own.verifyPin(pin());
  return { theirs, own };
}
