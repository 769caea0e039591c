/**
 * The agents of a health card at a desk: who may collect for its holder, and how somebody comes to. While it is open the desk does nothing else.
 *
 * waiting -> listed -> choosing (the holder's PIN) -> consenting (the agent's own card) -> accepting (the holder's card again) -> made
 * Where controlled drugs are in the scope both cards stay in, each in a reader of its own, from consenting on.
 * @module
 */
import { z } from 'zod';
import { Refusal } from './errors.ts';
import { Day, Id16, Instant, InstitutionCode } from './formats.ts';

/** What an agent may collect, as people choose it. */
export const AgentScope = z.strictObject({
  /** None named: any of the holder's. */
  prescriptions: z.array(Id16).max(10),
  /** None named: any. */
  pharmacies: z.array(InstitutionCode).max(4),
  /** How many pickups. */
  uses: z.int().min(1).max(255),
  /** Last day. */
  until: Day,
  /** Controlled drugs too: the agent's own health card and its PIN are needed beside the holder's card, now and at every pickup. */
  controlled: z.literal(true).exactOptional(),
});
export type AgentScope = z.infer<typeof AgentScope>;

/** A warrant on the card. */
export const AgentView = z.strictObject({
  serial: Id16,
  /** Masked; left out while the bureau cannot be asked. */
  name: z.string().exactOptional(),
  scope: AgentScope,
  state: z.enum(['in-force', 'over', 'erased']),
});
export type AgentView = z.infer<typeof AgentView>;

/** A prescription of the card that an agent could collect. */
export const AgentPrescription = z.strictObject({
  rxId: Id16,
  issued: Day,
  expires: Day,
  partsLeft: z.int().min(1),
  pharmacy: InstitutionCode,
  /** Only under a scope that says so. */
  controlled: z.literal(true).exactOptional(),
});
export type AgentPrescription = z.infer<typeof AgentPrescription>;

/** Longest term of a warrant, days; the bureau's policy. */
export const AGENT_DAYS = 180;

/** The service while it is open. `refusal`: why the last intent failed. */
export const AgentServiceView = z.discriminatedUnion('state', [
  /** For the holder's card. */
  z.strictObject({ state: z.literal('waiting'), refusal: Refusal.exactOptional() }),
  z.strictObject({
    state: z.literal('listed'),
    agents: z.array(AgentView),
    /** Whether another agent can be named at this desk. */
    canAdd: z.boolean(),
    /** Set while the bureau is away: of when the list of erased warrants is by which the agents are judged. Nothing can be taken back then. */
    listFrom: Instant.exactOptional(),
    refusal: Refusal.exactOptional(),
  }),
  /** What of the card's prescriptions an agent may collect; `latest` is the last day that the bureau grants. */
  z.strictObject({
    state: z.literal('choosing'),
    prescriptions: z.array(AgentPrescription),
    latest: Day,
    refusal: Refusal.exactOptional(),
  }),
  /** The holder has taken the card; the agent's own card and its PIN. */
  z.strictObject({ state: z.literal('consenting'), scope: AgentScope, refusal: Refusal.exactOptional() }),
  /** The holder's card and PIN, and a PIN that the agent chooses for this card. */
  z.strictObject({ state: z.literal('accepting'), scope: AgentScope, refusal: Refusal.exactOptional() }),
  z.strictObject({ state: z.literal('made'), agent: AgentView }),
]);
export type AgentServiceView = z.infer<typeof AgentServiceView>;
