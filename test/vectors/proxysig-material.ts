/**
 * What the vectors of NHI-PROXY-V1 are about: two delegations out of fixed seeds, and helpers for what must be refused.
 * @module
 */
import { hex } from '../../crypto/common/bytes.ts';
import { seededRng } from '../../crypto/groupsig/testing/seeded-rng.ts';
import { known, oneCard, twoCards } from '../../crypto/proxysig/proxysig.fixture.ts';
import { replaced } from './vector-file.ts';

const bytesFor = (name: string, length: number): Uint8Array => seededRng(`proxysig ${name}`)(length);
/** Three serial numbers or identifiers, ascending. */
export const serials = ['a', 'b', 'c'].map((name) => bytesFor(name, 16)).sort((a, b) => hex(a).localeCompare(hex(b)));
/** The first of them. */
export const first = known(serials[0]);
/** A list of what must be refused. */
export const bad = (...cases: readonly (readonly [why: string, bytes: Uint8Array])[]) =>
  cases.map(([why, bytes]) => ({ why, bytes: hex(bytes) }));
/** The same bytes with one bit changed. */
export const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  replaced(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ 1));

/** The last 32 bytes a generator gave, in order: what a nonce was made with. */
function recording(seed: string) {
  const rng = seededRng(seed);
  const taken: Uint8Array[] = [];
  return {
    rng: (length: number): Uint8Array => {
      const bytes = rng(length);
      if (length === 32) taken.push(bytes.slice());
      return bytes;
    },
    /** What was taken since the last time. */
    since: (): readonly string[] => taken.splice(0).map(hex),
  };
}

/** delegation.json, pickup.json and two-party.json are about these two. */
export function delegations() {
  const [one, two] = [recording('one card'), recording('two cards')];
  const scope = { prescriptions: serials, pharmacies: [Uint8Array.of(0x59, 1, 1, 0, 0x12)] };
  const single = { made: oneCard(scope, one.rng), source: one };
  const joint = { made: twoCards({}, two.rng), source: two };
  return { single, joint };
}
export type Delegations = ReturnType<typeof delegations>;
