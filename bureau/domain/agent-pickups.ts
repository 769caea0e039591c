/**
 * Eqs 18 and 19 at the bureau: may this agent have collected this, and did the key derived from patient, agent and warrant sign? The one
 * verdict of crypto/proxysig with what the bureau knows: the patient's certificates, what was erased, how often the warrant was used.
 * @module
 */
import type { PickupAgent } from '../../contract/agents.ts';
import { ImisError } from '../../contract/errors.ts';
import { Manifest } from '../../contract/messages.ts';
import { fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { decodeUtf8 } from '../../crypto/common/utf8.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier, p256Point, p256Spki } from '../../crypto/pki/public-key.ts';
import { ProxysigError } from '../../crypto/proxysig/proxysig-error.ts';
import { type AgentPickup, verifyAgentPickup } from '../../crypto/proxysig/verify-agent-pickup.ts';
import { decodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import type { WarrantUse } from '../store/agent-store.ts';
import type { EvidenceRow } from '../store/store.ts';
import type { Row } from '../store/tables.ts';
import type { Bureau } from './bureau.ts';
import { secondOf } from './epochs.ts';
import { isRevoked } from './is-revoked.ts';

/** What was found good. */
export interface AgentCollected {
  readonly use: WarrantUse;
  /** Key id of PK_Ap, hex. */
  readonly proxyKeyId: string;
  /** W, hex, and the bureau's own approval of the agent, r ‖ s. */
  readonly delegation: string;
  readonly approval: Uint8Array;
}

function readWarrant(omega: Uint8Array): Warrant {
  try {
    return decodeWarrant(omega);
  } catch (cause) {
    if (cause instanceof ProxysigError) throw new ImisError('WARRANT_MALFORMED', 'not a warrant', { cause });
    throw cause;
  }
}

/** The patient's signing key for which the warrant was made. WARRANT_FOREIGN when there is none, CERT_REVOKED: its card was lost. */
async function patientSpki(bureau: Bureau, pid: string, { patientKeyHash }: Warrant, signal: AbortSignal) {
  const rows = await bureau.store.certificatesOf(pid, 'patient-signing', signal);
  const row = rows.find((one) => one.key_id === hex(patientKeyHash));
  if (row === undefined) throw new ImisError('WARRANT_FOREIGN', 'a warrant of no card of this patient');
  if (isRevoked(row)) throw new ImisError('CERT_REVOKED', 'a warrant of a card that was revoked');
  return parseCertificate(row.der).spki;
}

/**
 * Under a warrant of two cards PK_A is the signing key of a health card: a key that a desk made would be one card after all. WARRANT_FOREIGN for
 * any other key, CERT_REVOKED for a card that was lost.
 */
async function mustBeHealthCard({ store }: Bureau, agentSpki: Uint8Array, signal: AbortSignal): Promise<void> {
  const keyId = hex(keyIdentifier(agentSpki));
  const card = await store.cardByKey(keyId, signal);
  const rows = card?.kind === 'patient' ? await store.certificatesOf(card.holder, 'patient-signing', signal) : [];
  const row = rows.find((one) => one.key_id === keyId);
  if (row === undefined) throw new ImisError('WARRANT_FOREIGN', 'a warrant of two cards for a key of no health card');
  if (isRevoked(row)) throw new ImisError('CERT_REVOKED', 'the agent’s card was revoked');
}

/** Does the doctor's manifest say that it is a controlled drug? */
function isControlled({ manifest }: Row<'prescription'>): boolean {
  const { content } = parseSignedMessage(manifest);
  return Manifest.parse(JSON.parse(decodeUtf8(content))).controlled;
}

/** Judges a pickup with an agent's papers; `at` is when it was made, ms. Refuses with a code of `AGENT_REFUSALS`, CERT_REVOKED, or WARRANT_SPENT. */
export async function judgeAgent(
  bureau: Bureau,
  row: Row<'prescription'>,
  pickup: AgentPickup,
  agent: PickupAgent,
  at: number,
  signal: AbortSignal,
): Promise<AgentCollected> {
  const { keys, store } = bureau;
  const omega = fromBase64(agent.warrant);
  const warrant = readWarrant(omega);
  const papers = {
    pid: fromHex(row.pid),
    patientSpki: await patientSpki(bureau, row.pid, warrant, signal),
    agentSpki: fromBase64(agent.agentKey),
    omega,
    rP: fromBase64(agent.rP),
    rA: fromBase64(agent.rA),
  };
  const bureauKey = p256Point(keys.signing.certificate.spki);
  if (bureauKey === undefined) throw new Error('the bureau signs with another key than P-256');
  // A pickup may have waited in an outbox, and is judged by its own time; what was erased meanwhile is for a person to settle.
  const now = secondOf(at);
  const serials = (await store.warrantErasures(signal)).map(({ serial }) => fromHex(serial));
  const erased = { number: serials.length + 1, issued: now, serials };
  const controlled = isControlled(row);
  const verdict = verifyAgentPickup(pickup, papers, { controlled }, { bureauKey, erased, maxListAge: 0, now });
  if (!verdict.ok) throw new ImisError(verdict.code, 'an agent’s pickup');
  if (warrant.twoParty === true) await mustBeHealthCard(bureau, papers.agentSpki, signal);
  const use = { serial: hex(warrant.serial), uses: warrant.uses };
  await mustHaveUseLeft(bureau, use, hex(h256(pickup.pickup)), signal);
  return {
    use,
    proxyKeyId: hex(keyIdentifier(p256Spki(verdict.proxyKey.toBytes(false)))),
    delegation: hex(verdict.delegation),
    approval: warrant.approval.signature,
  };
}

/** WARRANT_SPENT when the warrant was used as often as it may be, on other pickup objects than this (SHA-256, hex). */
export async function mustHaveUseLeft(
  { store }: Pick<Bureau, 'store'>,
  { serial, uses }: WarrantUse,
  pickup: string,
  signal: AbortSignal,
): Promise<void> {
  const made = await store.warrantPickups(serial, signal);
  if (!made.includes(pickup) && made.length >= uses)
    throw new ImisError('WARRANT_SPENT', `used ${made.length} times of ${uses}`);
}

/** Eq 18, the signature of SK_Ap over the pickup; eq 19, the approval on which its key stands. `line` is that of the message round it. */
export const agentEvidence = (
  line: EvidenceRow,
  { pickup, signature }: AgentPickup,
  { proxyKeyId, delegation, approval }: AgentCollected,
  bureauKeyId: string,
): readonly EvidenceRow[] => [
  { ...line, equation: '18', message_hash: hex(h256(pickup)), signature, key_id: proxyKeyId },
  { ...line, equation: '19', message_hash: delegation, signature: approval, key_id: bureauKeyId },
];
