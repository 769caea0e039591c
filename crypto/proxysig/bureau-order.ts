/**
 * Orders of the bureau to one card (card note 3.8): what a card does because the bureau says so, in the sequence in which it says it.
 *
 * ```
 * order  = card(16) ‖ number(4) ‖ kind(1) ‖ body ‖ r ‖ s(64)
 * signed = lp1("NHI-ORDER-V1") ‖ card ‖ number ‖ kind ‖ body       ECDSA P-256 with SHA-256, by the key of the bureau's tokens
 * 01 set-rx-state   R_X_ID(16) ‖ used(1) ‖ status(1)              02 redesignate  R_X_ID(16) ‖ pharmacy(5)
 * 03 erase-warrant  serial(16)                                    04 set-standing standing token(88)
 * 05 block          06 unblock                                    07 issue-rx     record of EF RXID(48)
 * ```
 * `card` is the card's serial number, `number` counts its orders from 1. The signature is the caller's to check.
 * @module
 */
import { digitsOf } from '../common/bcd.ts';
import { concat, lp1, readUint, uint } from '../common/bytes.ts';
import { decodeStandingToken, encodeStandingToken, type StandingToken } from './bureau-token.ts';
import {
  decodePrescriptionRecord,
  encodePrescriptionRecord,
  PRESCRIPTION_STATUS,
  type PrescriptionRecord,
  statusOf,
} from './prescription-record.ts';
import { ProxysigError } from './proxysig-error.ts';

/** What is ordered. `pharmacy` is 5 bytes of binary coded decimal, identifiers are 16 bytes. */
export type OrderContents =
  | {
      readonly kind: 'set-rx-state';
      readonly rxId: Uint8Array;
      readonly used: number;
      readonly status: PrescriptionRecord['status'];
    }
  | { readonly kind: 'redesignate'; readonly rxId: Uint8Array; readonly pharmacy: Uint8Array }
  | { readonly kind: 'erase-warrant'; readonly serial: Uint8Array }
  | { readonly kind: 'set-standing'; readonly token: StandingToken }
  | { readonly kind: 'block' }
  | { readonly kind: 'unblock' }
  | { readonly kind: 'issue-rx'; readonly record: PrescriptionRecord };

/** An order to one card. */
export interface BureauOrder {
  readonly card: Uint8Array;
  readonly number: number;
  readonly contents: OrderContents;
}

/** An order as it was read: `body` is what must have been signed, `signature` r ‖ s. */
export interface SignedOrder extends BureauOrder {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

const CODE: Readonly<Record<OrderContents['kind'], number>> = {
  'set-rx-state': 1,
  redesignate: 2,
  'erase-warrant': 3,
  'set-standing': 4,
  block: 5,
  unblock: 6,
  'issue-rx': 7,
};
const TAG = lp1('NHI-ORDER-V1');
const HEAD = 16 + 4 + 1;
const SIGNATURE = 64;

const malformed = (what: string): ProxysigError => new ProxysigError('BUREAU_ORDER_MALFORMED', what);

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw malformed(`expected ${length} bytes`);
  return bytes;
}

function encodeContents(contents: OrderContents): Uint8Array {
  switch (contents.kind) {
    case 'set-rx-state': {
      const state = Uint8Array.of(contents.used, PRESCRIPTION_STATUS[contents.status]);
      return concat(sized(contents.rxId, 16), state);
    }
    case 'redesignate':
      return concat(sized(contents.rxId, 16), sized(contents.pharmacy, 5));
    case 'erase-warrant':
      return sized(contents.serial, 16);
    case 'set-standing':
      return encodeStandingToken(contents.token);
    case 'block':
    case 'unblock':
      return new Uint8Array(0);
    case 'issue-rx':
      return encodePrescriptionRecord(contents.record);
  }
}

/** The part that every order has and the bureau signs, without its tag. */
const unsigned = ({ card, number, contents }: BureauOrder): Uint8Array =>
  concat(sized(card, 16), uint(number, 4), uint(CODE[contents.kind], 1), encodeContents(contents));

/** What the bureau signs. Throws BUREAU_ORDER_MALFORMED or RangeError on a field of another length or range. */
export const orderBody = (order: BureauOrder): Uint8Array => concat(TAG, unsigned(order));

/** The order as a card takes it. */
export const encodeOrder = (order: BureauOrder, signature: Uint8Array): Uint8Array =>
  concat(unsigned(order), sized(signature, SIGNATURE));

function decodeContents(code: number, body: Uint8Array): OrderContents {
  switch (code) {
    case CODE['set-rx-state']: {
      sized(body, 18);
      const status = statusOf(body[17] ?? 0);
      if (status === undefined) throw malformed('an unknown status');
      return { kind: 'set-rx-state', rxId: body.slice(0, 16), used: body[16] ?? 0, status };
    }
    case CODE.redesignate: {
      const pharmacy = sized(body, 21).slice(16);
      if (digitsOf(pharmacy) === undefined) throw malformed('no institution code');
      return { kind: 'redesignate', rxId: body.slice(0, 16), pharmacy };
    }
    case CODE['erase-warrant']:
      return { kind: 'erase-warrant', serial: sized(body, 16) };
    case CODE['set-standing']:
      return { kind: 'set-standing', token: decodeStandingToken(sized(body, 88)) };
    case CODE.block:
      sized(body, 0);
      return { kind: 'block' };
    case CODE.unblock:
      sized(body, 0);
      return { kind: 'unblock' };
    case CODE['issue-rx']: {
      const record = decodePrescriptionRecord(body);
      if (record === undefined) throw malformed('no prescription record');
      return { kind: 'issue-rx', record };
    }
    default:
      throw malformed('an unknown kind');
  }
}

/** Reads an order; throws BUREAU_ORDER_MALFORMED. The signature is not checked. */
export function decodeOrder(bytes: Uint8Array): SignedOrder {
  if (bytes.length < HEAD + SIGNATURE) throw malformed('too short');
  const end = bytes.length - SIGNATURE;
  return {
    card: bytes.slice(0, 16),
    number: readUint(bytes.subarray(16, 20)),
    contents: decodeContents(bytes[20] ?? 0, bytes.slice(HEAD, end)),
    body: concat(TAG, bytes.subarray(0, end)),
    signature: bytes.slice(end),
  };
}
