/**
 * The pickup object PU, which the health card builds and signs when a prescription is collected (eqs 17 and 18; proxysig note, "Pickup").
 * 198 bytes of fixed layout, so equal contents are equal bytes.
 * @module
 */
import { digitsOf } from '../common/bcd.ts';
import { concat, equalBytes, lp1, uint } from '../common/bytes.ts';
import { ProxysigError } from './proxysig-error.ts';

/** What a pickup says. Byte strings have the lengths named; `timeTokenHash` and `warrant` are 32 zero bytes when there is none. */
export interface PickupObject {
  /** Who collects: the holder; an agent with the holder's card (warrant V1); an agent with both cards (warrant V2). */
  readonly mode: 'patient' | 'agent' | 'two-party';
  /** R_X_ID, 16 bytes. */
  readonly rxId: Uint8Array;
  /** H256(ctx ‖ H_M ‖ core) of the prescription's group signature, 32 bytes. */
  readonly rxh: Uint8Array;
  /** Which part is collected, from 1. */
  readonly part: number;
  /** How many parts there are. */
  readonly total: number;
  /** Institution code of the pharmacy, 5 bytes of binary coded decimal. */
  readonly pharmacy: Uint8Array;
  /** Terminal, 16 bytes. */
  readonly terminal: Uint8Array;
  /** The pharmacy's fresh value, 32 bytes. */
  readonly nonce: Uint8Array;
  /** H256 of the newest time token the card has seen, 32 bytes. */
  readonly timeTokenHash: Uint8Array;
  /** PID_P, 16 bytes. */
  readonly pid: Uint8Array;
  /** W of the warrant when an agent collects, 32 bytes. */
  readonly warrant: Uint8Array;
}

/** Length of an encoded pickup object. */
export const PICKUP_LENGTH = 198;

const HEAD = lp1('NHI-PICKUP-V1');
const MODES = { patient: 1, agent: 2, 'two-party': 3 } as const;
const LAYOUT = [
  ['mode', 1],
  ['rxId', 16],
  ['rxh', 32],
  ['part', 1],
  ['total', 1],
  ['pharmacy', 5],
  ['terminal', 16],
  ['nonce', 32],
  ['timeTokenHash', 32],
  ['pid', 16],
  ['warrant', 32],
] as const;

/** The bytes that are signed. Throws PICKUP_MALFORMED on a field of another length or a part outside 1..total. */
export function encodePickup(pickup: PickupObject): Uint8Array {
  const { part, total } = pickup;
  if (!Number.isInteger(part) || !Number.isInteger(total) || part < 1 || part > total || total > 255) {
    throw malformed('part');
  }
  if (isZero(pickup.warrant) !== (pickup.mode === 'patient')) throw malformed('warrant');
  return concat(
    HEAD,
    ...LAYOUT.map(([name, length]) => {
      if (name === 'mode') return uint(MODES[pickup.mode], 1);
      if (name === 'part' || name === 'total') return uint(pickup[name], 1);
      if (pickup[name].length !== length) throw malformed(name);
      return pickup[name];
    }),
  );
}

/** Reads a pickup object; throws PICKUP_MALFORMED for anything {@link encodePickup} cannot have made. */
export function decodePickup(bytes: Uint8Array): PickupObject {
  if (bytes.length !== PICKUP_LENGTH || !equalBytes(bytes.subarray(0, HEAD.length), HEAD)) throw malformed('head');
  const at = (wanted: (typeof LAYOUT)[number][0]): Uint8Array => {
    let from = HEAD.length;
    for (const [name, length] of LAYOUT) {
      if (name === wanted) return bytes.slice(from, from + length);
      from += length;
    }
    throw new Error('decodePickup: unknown field');
  };
  const mode = modeOf(at('mode')[0]);
  if (mode === undefined) throw malformed('mode');
  const pharmacy = at('pharmacy');
  if (digitsOf(pharmacy) === undefined) throw malformed('pharmacy');
  const pickup: PickupObject = {
    mode,
    rxId: at('rxId'),
    rxh: at('rxh'),
    part: at('part')[0] ?? 0,
    total: at('total')[0] ?? 0,
    pharmacy,
    terminal: at('terminal'),
    nonce: at('nonce'),
    timeTokenHash: at('timeTokenHash'),
    pid: at('pid'),
    warrant: at('warrant'),
  };
  // Encoding again applies the same rules to parts and warrant.
  encodePickup(pickup);
  return pickup;
}

const modeOf = (byte: number | undefined): PickupObject['mode'] | undefined =>
  (['patient', 'agent', 'two-party'] as const).find((mode) => MODES[mode] === byte);
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const malformed = (field: string): ProxysigError => new ProxysigError('PICKUP_MALFORMED', `pickup object: ${field}`);
