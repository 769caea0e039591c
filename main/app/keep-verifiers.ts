/**
 * One pool of verifying threads for each group key a desk meets; none before the first signature is to be verified.
 * @module
 */
import { hex } from '../../crypto/common/bytes.ts';
import type { GroupVerifier } from '../../crypto/envelope/verify-signed-message.ts';
import { createVerifyPool, type VerifyPool } from '../../crypto/groupsig/node/verify-pool.ts';

/** Verifiers by encoded group key, and their end. */
export interface Verifiers {
  for(groupKey: Uint8Array): GroupVerifier;
  close(): Promise<void>;
}

export function keepVerifiers(): Verifiers {
  const pools = new Map<string, VerifyPool>();
  return {
    for: (groupKey) => {
      const name = hex(groupKey);
      const pool = pools.get(name) ?? createVerifyPool({ groupKey });
      pools.set(name, pool);
      return {
        verify: (ctx, messageHash, signature, signal) => pool.verify({ ctx, messageHash, signature }, signal),
      };
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}
