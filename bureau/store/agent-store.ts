/**
 * The part of the bureau's store that knows agents. As in store.ts every method is one atomic step.
 * @module
 */
import type { OrderRow } from './card-store.ts';
import type { Row } from './tables.ts';

/** A warrant taken back, with the orders that tell the patient's cards. */
export interface NewErasure {
  readonly row: Row<'warrant_erasure'>;
  /** Each number must be the one after its card's last. */
  readonly orders: readonly OrderRow[];
}

/** Under which warrant a part is collected, and how many pickups it allows. */
export interface WarrantUse {
  readonly serial: string;
  readonly uses: number;
}

export interface AgentStore {
  agentApproval(serial: string, signal: AbortSignal): Promise<Row<'agent_approval'> | undefined>;
  /** Of a patient (PID_P), newest first, so many at most. */
  agentApprovalsOf(pid: string, limit: number, signal: AbortSignal): Promise<readonly Row<'agent_approval'>[]>;
  /** AID_A of an agent who was approved for this patient before. */
  agentIdOf(agentTag: string, signal: AbortSignal): Promise<string | undefined>;
  /** Everything that was ever erased, by serial number. */
  warrantErasures(signal: AbortSignal): Promise<readonly Row<'warrant_erasure'>[]>;
  warrantErasure(serial: string, signal: AbortSignal): Promise<Row<'warrant_erasure'> | undefined>;
  /** SHA-256 (hex) of the pickup objects under a warrant, each once, those that were taken back too: the card counts them all. */
  warrantPickups(serial: string, signal: AbortSignal): Promise<readonly string[]>;
}
