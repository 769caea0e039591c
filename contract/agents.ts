/**
 * Agents as messages name them (eqs 5, 18 and 19; proxysig note): an agent's consent and a patient's request, on which the bureau approves; a
 * warrant taken back; the papers that accompany what an agent collected.
 * @module
 */
import { z } from 'zod';
import { Base64, Day, Id16, Instant, MESSAGE_HEAD } from './formats.ts';

/** "I collect medicine for this patient": signed with the agent's civil key, or by the agent's own health card. */
export const AgentConsent = z.strictObject({
  type: z.literal('agent-consent'),
  ...MESSAGE_HEAD,
  /** PID_P of the patient. */
  pid: Id16,
  /** PK_A, SubjectPublicKeyInfo: the civil key itself, or one that was made for this warrant. */
  agentKey: Base64,
  at: Instant,
});
export type AgentConsent = z.infer<typeof AgentConsent>;

/** Asks the bureau to approve an agent; signed by the patient's card, with its PIN. */
export const AgentRequest = z.strictObject({
  type: z.literal('agent-request'),
  ...MESSAGE_HEAD,
  /** The agent's {@link AgentConsent}: SignedData, DER. */
  consent: Base64,
  /** Last day on which a warrant under the approval may be used. */
  until: Day,
  at: Instant,
});
export type AgentRequest = z.infer<typeof AgentRequest>;

/** The bureau's word on an agent: what goes into the warrant, and the name to show. */
export const AgentApproval = z.strictObject({
  /** AID_A: random, one for each agent and patient. */
  agentId: Id16,
  /** Names the warrant. */
  serial: Id16,
  /** Seconds since 1970. */
  notAfter: z.int().min(0),
  /** r ‖ s over `approvalBody` (crypto/proxysig/warrant.ts), 64 bytes. */
  signature: Base64,
  maskedName: z.string(),
});
export type AgentApproval = z.infer<typeof AgentApproval>;

/** Why a clerk takes a warrant back. */
export const ErasureReason = z.string().max(200).regex(/\S/u);

/** A warrant taken back; signed by the patient's card with its PIN, or by a clerk of the bureau. */
export const WarrantErasure = z.strictObject({
  type: z.literal('warrant-erasure'),
  ...MESSAGE_HEAD,
  serial: Id16,
  /** A clerk's, and only a clerk's: lost agent, court order. It stays in the message, which the bureau keeps as it was signed. */
  reason: ErasureReason.exactOptional(),
  at: Instant,
});
export type WarrantErasure = z.infer<typeof WarrantErasure>;

/** What a clerk or a counter may know of a warrant: whose it is stands in no answer. */
export const WarrantStanding = z.strictObject({
  serial: Id16,
  agentId: Id16,
  maskedName: z.string(),
  until: Day,
  erased: z.boolean(),
  /** Pickups that the bureau has taken under it. */
  used: z.int().min(0),
});
export type WarrantStanding = z.infer<typeof WarrantStanding>;

/** Papers of an agent's pickup, as EF WARRANT has them; whoever holds PCert_P can verify with them. */
export const PickupAgent = z.strictObject({
  /** omega (crypto/proxysig/warrant.ts). */
  warrant: Base64,
  /** R_P and R_A, 33 bytes each. */
  rP: Base64,
  rA: Base64,
  /** PK_A, SubjectPublicKeyInfo. */
  agentKey: Base64,
});
export type PickupAgent = z.infer<typeof PickupAgent>;

/** The bureau's list of erased warrants: signed (crypto/proxysig/erased-warrants.ts), and what the newest epoch head does not count yet. */
export const ErasedWarrantList = z.strictObject({
  list: Base64,
  /** Serial numbers in it that were erased after the newest head was issued. */
  sinceHead: z.array(Id16),
});
export type ErasedWarrantList = z.infer<typeof ErasedWarrantList>;
