/**
 * Proxy keys that were derived before. W names keys, warrant and approval, so what was found good under one bureau's key stays so; terms, lists and
 * scope are asked each time.
 * @module
 */
import { hex } from '../common/bytes.ts';
import { h256 } from '../common/hash.ts';
import type { Point } from './p256-group.ts';

/** Delegations whose approval held and whose PK_Ap is known. */
export interface ProxyKeyCache {
  /** PK_Ap of W (32 bytes) under the bureau's key; undefined when it is not known. */
  get(delegation: Uint8Array, bureauKey: Uint8Array): Point | undefined;
  /** To be called only when keys and approval fit the warrant. */
  put(delegation: Uint8Array, bureauKey: Uint8Array, key: Point): void;
}

/** Keeps the `limit` delegations used last. */
export function createProxyKeyCache(limit: number): ProxyKeyCache {
  const kept = new Map<string, Point>();
  const nameOf = (delegation: Uint8Array, bureauKey: Uint8Array): string => hex(h256(delegation, bureauKey));
  function use(name: string, key: Point): void {
    kept.delete(name);
    kept.set(name, key);
  }
  return {
    get: (delegation, bureauKey) => {
      const name = nameOf(delegation, bureauKey);
      const key = kept.get(name);
      if (key !== undefined) use(name, key);
      return key;
    },
    put: (delegation, bureauKey, key) => {
      use(nameOf(delegation, bureauKey), key);
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) return;
        kept.delete(oldest);
      }
    },
  };
}
