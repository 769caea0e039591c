/**
 * The verification of what an agent collected (eqs 18 and 19): the one place for bureau and pharmacy, on line or off.
 * @module
 */
import { equalBytes } from '../common/bytes.ts';
import { type AgentMatter, type AgentPapers, type AgentTrust, type AgentVerdict, checkAgent } from './check-agent.ts';
import { decodePickup, type PickupObject } from './pickup-object.ts';
import { verifyProxySignature } from './proxy-signature.ts';
import { ProxysigError } from './proxysig-error.ts';

/** A pickup as the card answered it: PU (198 bytes) and T ‖ s (65). */
export interface AgentPickup {
  readonly pickup: Uint8Array;
  readonly signature: Uint8Array;
}

function read(bytes: Uint8Array): PickupObject | undefined {
  try {
    return decodePickup(bytes);
  } catch (error) {
    if (error instanceof ProxysigError) return undefined;
    throw error;
  }
}

/**
 * Did this agent collect this for that patient, and was it allowed? Prescription and pharmacy are those of the object; whether it is a controlled
 * drug the verifier knows from the prescription. WARRANT_FOREIGN also where the object names another patient, another delegation, none, or one
 * card where the warrant wants two. That rxh, part and terminal are what they should be is the caller's to compare.
 */
export function verifyAgentPickup(
  { pickup, signature }: AgentPickup,
  papers: AgentPapers,
  { controlled }: Pick<AgentMatter, 'controlled'>,
  trust: AgentTrust,
): AgentVerdict {
  const pu = read(pickup);
  if (pu === undefined) return { ok: false, code: 'PICKUP_MALFORMED' };
  if (controlled && pu.mode === 'agent') return { ok: false, code: 'CONTROLLED_NEEDS_BOTH' };
  const { rxId, pharmacy } = pu;
  const verdict = checkAgent(papers, { rxId, pharmacy, controlled }, trust);
  if (!verdict.ok) return verdict;
  const { warrant, delegation, proxyKey } = verdict;
  const mode = warrant.twoParty === true ? 'two-party' : 'agent';
  if (pu.mode !== mode || !equalBytes(pu.warrant, delegation) || !equalBytes(pu.pid, warrant.pid))
    return { ok: false, code: 'WARRANT_FOREIGN' };
  if (!verifyProxySignature(proxyKey, delegation, pickup, signature)) return { ok: false, code: 'SIGNATURE_INVALID' };
  return verdict;
}
