/**
 * B, the part of a credential everybody can compute: B = g1 + H2S(epoch,"epoch")*h_ep + H2S(class,"class")*h_cls, always out of ctx's bytes.
 * @module
 */
import { hex } from '../common/bytes.ts';
import type { FixedBase, G1, GroupBackend } from './backend.ts';
import { messageBase } from './credential.ts';
import { scalarOfHash } from './scalar.ts';
import { SCALAR_DST } from './tags.ts';

/** B, its 48 bytes, and B prepared for 128-bit challenges. */
export interface AttributeBase {
  readonly B: G1;
  readonly base: FixedBase;
  readonly encoded: Uint8Array;
}

/** B out of epoch(6) ‖ class(2); the secret's part Q = sk*h is added blindly. RangeError for another length. */
export function attributeBase(backend: GroupBackend, attributes: Uint8Array): G1 {
  if (attributes.length !== 8) throw new RangeError('attributeBase: epoch and class have 8 bytes');
  const { g1, hEpoch, hClass } = backend.generators;
  const epoch = scalarOfHash(attributes.subarray(0, 6), SCALAR_DST.epoch);
  const classNumber = scalarOfHash(attributes.subarray(6), SCALAR_DST.class);
  return messageBase(backend, g1, [hEpoch, hClass], [epoch, classNumber]);
}

const KEPT = 64;

/** {@link attributeBase} that keeps up to 64 results: a verifier meets few pairs of epoch and class, thousands of times each. */
export function createBaseOf(backend: GroupBackend): (attributes: Uint8Array) => AttributeBase {
  const kept = new Map<string, AttributeBase>();
  return (attributes) => {
    const key = hex(attributes);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const B = attributeBase(backend, attributes);
    const made = { B, base: backend.prepareBase(B, 128), encoded: backend.encodeG1(B) };
    // The pairs come from messages, so a stranger could otherwise fill the memory.
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, made);
    return made;
  };
}
