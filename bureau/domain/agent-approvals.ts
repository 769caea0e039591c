/**
 * Eq 5 at the bureau: an agent is approved when patient and agent have both signed. What the agent may collect stands in the warrant, which
 * only the two cards know; the bureau says that this person may be this patient's agent until a day (proxysig note, "Delegation").
 * @module
 */
import { AgentApproval, AgentConsent, AgentRequest, type WarrantStanding } from '../../contract/agents.ts';
import { dayAfter, dayOf, lastSecondOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import { equalBytes, fromHex, hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { ecdsaFromDer } from '../../crypto/pki/ecdsa-signature.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { approvalBody } from '../../crypto/proxysig/warrant.ts';
import { maskName } from '../../record/mask-name.ts';
import type { Row } from '../store/tables.ts';
import { answerOf, earlierAnswer, personalId, refuseReuse, requestHash } from './acceptance.ts';
import type { Bureau, RequestContext } from './bureau.ts';
import { readCardKey } from './enrolment.ts';
import { type AgentPerson, agentTag, openAgent, openIdentity, sealAgent } from './identities.ts';
import { checkTime, evidenceOf, openSealed, type PersonalMessage, verifyPersonal, witnessed } from './incoming.ts';

/** How long a consent may wait for the request, ms. */
const CONSENT_LIFE = 15 * 60_000;

/** The person behind a pseudonym; CERT_UNKNOWN when nobody has it. */
async function personOf({ store, keys }: Bureau, pid: string, signal: AbortSignal): Promise<AgentPerson> {
  const row = await store.person(pid, signal);
  if (row === undefined) throw new ImisError('CERT_UNKNOWN', 'nobody has this pseudonym');
  return openIdentity(keys.identity.sealingKey, pid, row.sealed_identity);
}

/** Who consented: what the civil certificate says, or whom the pseudonym of a health card stands for. */
async function agentBehind(bureau: Bureau, signer: Certificate, signal: AbortSignal): Promise<AgentPerson> {
  if (signer.pid !== undefined) return personOf(bureau, hex(signer.pid), signal);
  const { commonName: name, serialNumber: nationalId } = signer.name;
  if (name === undefined || nationalId === undefined) throw new Error('a civil certificate without name or number');
  return { name, nationalId };
}

/** The agent's word inside a request. CONTEXT_MISMATCH when it was given for another patient. */
async function readConsent(
  bureau: Bureau,
  request: RequestContext,
  { payload, signer }: PersonalMessage<AgentRequest>,
) {
  const parsed = parseSignedMessage(fromBase64(payload.consent));
  const consent = await verifyPersonal(bureau, request, parsed, {
    type: 'agent-consent',
    schema: AgentConsent,
    kinds: ['civil', 'patient-signing'],
  });
  // Cards change places and PINs are thought of before the patient asks.
  const age = bureau.clock.now() - Date.parse(consent.payload.at);
  if (age < -bureau.policy.maxSkew || age > CONSENT_LIFE) throw new ImisError('TIME_SKEW', 'a consent of another time');
  const pid = hex(signer.pid ?? new Uint8Array(0));
  if (consent.payload.pid !== pid) throw new ImisError('CONTEXT_MISMATCH', 'consented to collect for somebody else');
  return { pid, parsed, agentSpki: readCardKey(consent.payload.agentKey), signer: consent.signer };
}

/** Seconds since 1970 at which an approval ends. WARRANT_EXPIRED for a day that is over, WARRANT_UNAPPROVED for one too far. */
function endOf({ clock, policy }: Bureau, until: string): number {
  if (until < dayOf(clock.now())) throw new ImisError('WARRANT_EXPIRED', 'a last day that is over');
  if (until > dayAfter(clock.now(), policy.warrantDays))
    throw new ImisError('WARRANT_UNAPPROVED', `longer than ${policy.warrantDays} days`);
  return lastSecondOf(until);
}

/**
 * Approves an agent. WARRANT_UNAPPROVED for oneself, for a key of the patient's and for a term beyond the policy; WARRANT_EXPIRED;
 * CONTEXT_MISMATCH.
 */
export async function approveAgent(bureau: Bureau, request: RequestContext, message: string): Promise<AgentApproval> {
  const { keys, store, clock } = bureau;
  const { signal } = request;
  const parsed = await openSealed(bureau, message, signal);
  return witnessed(bureau, request, { equation: '5', parsed }, async () => {
    const id = personalId(parsed);
    const hash = requestHash(message);
    const type = 'agent-request';
    const earlier = await earlierAnswer(bureau, request, { id, hash, type, answer: AgentApproval });
    if (earlier !== undefined) return earlier;
    const asked = await verifyPersonal(bureau, request, parsed, {
      type,
      schema: AgentRequest,
      kinds: ['patient-signing'],
    });
    await refuseReuse(bureau, id, signal);
    checkTime(bureau, asked.payload.at);
    const consent = await readConsent(bureau, request, asked);
    const { pid, agentSpki } = consent;
    const agent = await agentBehind(bureau, consent.signer, signal);
    const patient = await personOf(bureau, pid, signal);
    if (agent.nationalId === patient.nationalId || equalBytes(agentSpki, asked.signer.spki))
      throw new ImisError('WARRANT_UNAPPROVED', 'nobody is agent of oneself');
    const notAfter = endOf(bureau, asked.payload.until);
    const tag = agentTag(keys.identity.tagKey, pid, agent.nationalId);
    const agentId = (await store.agentIdOf(tag, signal)) ?? hex(secureRng(16));
    const serial = hex(secureRng(16));
    const body = approvalBody({
      pid: fromHex(pid),
      agentId: fromHex(agentId),
      agentKeyHash: h256(agentSpki),
      serial: fromHex(serial),
      notAfter,
    });
    const answer: AgentApproval = {
      agentId,
      serial,
      notAfter,
      signature: toBase64(ecdsaFromDer(await keys.signing.signer.sign(body, signal))),
      maskedName: maskName(agent.name),
    };
    const now = clock.now();
    const head = { version: 1, institution: request.terminal.institution, key_id: asked.payload.keyId };
    const line = { equation: '5', terminal: request.terminal, result: 'ok' };
    const result = await store.accept(
      {
        message: {
          ...head,
          type,
          id,
          request_hash: hash,
          // The agent's certificate in it has a name and a number: kept as it came, sealed to the bureau.
          signed: fromBase64(message),
          answer: JSON.stringify(answer),
          received_at: now,
        },
        evidence: [evidenceOf(bureau, { ...line, parsed }), evidenceOf(bureau, { ...line, parsed: consent.parsed })],
        approval: {
          ...head,
          type: 'agent-approval',
          serial,
          pid,
          agent_id: agentId,
          agent_tag: tag,
          sealed_agent: sealAgent(keys.identity.sealingKey, agentId, agent),
          agent_key: agentSpki,
          not_after: notAfter,
          message_id: id,
          approved_at: now,
        },
      },
      signal,
    );
    const stored = answerOf(result);
    if (stored === undefined) throw new Error('an approval that changes a prescription');
    return AgentApproval.parse(JSON.parse(stored));
  });
}

/** Most warrants that a clerk is shown of one patient, the newest: a card has four places, and what is over stays in the books. */
const MOST_SHOWN = 50;

/** How a warrant stands; NOT_FOUND for one that the bureau did not approve. */
export async function warrantStanding(bureau: Bureau, serial: string, signal: AbortSignal): Promise<WarrantStanding> {
  const row = await bureau.store.agentApproval(serial, signal);
  if (row === undefined) throw new ImisError('NOT_FOUND', 'no such warrant');
  return standingOf(bureau, row, signal);
}

/** The warrants of the holder of a health card, newest first; of another card none. NOT_FOUND for a card that is not in the register. */
export async function warrantsOfCard(
  bureau: Bureau,
  serial: string,
  signal: AbortSignal,
): Promise<readonly WarrantStanding[]> {
  const card = await bureau.store.card(serial, signal);
  if (card === undefined) throw new ImisError('NOT_FOUND', 'no such card');
  if (card.kind !== 'patient') return [];
  const rows = await bureau.store.agentApprovalsOf(card.holder, MOST_SHOWN, signal);
  return Promise.all(rows.map((row) => standingOf(bureau, row, signal)));
}

async function standingOf(
  { store, keys }: Bureau,
  row: Row<'agent_approval'>,
  signal: AbortSignal,
): Promise<WarrantStanding> {
  const { serial } = row;
  const { name } = openAgent(keys.identity.sealingKey, row.agent_id, row.sealed_agent);
  return {
    serial,
    agentId: row.agent_id,
    maskedName: maskName(name),
    until: dayOf(row.not_after * 1000),
    erased: (await store.warrantErasure(serial, signal)) !== undefined,
    used: (await store.warrantPickups(serial, signal)).length,
  };
}
