/**
 * Vectors of contexts, and the contexts the signatures have.
 * @module
 */
import { concat, hex } from '../../crypto/common/bytes.ts';
import { encodeContext, type SignatureContext } from '../../crypto/groupsig/context.ts';
import { replaced, vectorFile } from './vector-file.ts';
import { EARLY, hashOf, PHYSICIAN } from './vector-group.ts';

const short = (text: string): Uint8Array => hashOf(text).slice(0, 16);
/** Contexts of the signatures: a record of a physician, a prescription in an early epoch, an emergency. */
export const RECORD: SignatureContext = {
  purpose: 'record',
  ...PHYSICIAN,
  aud: hashOf('bureau'),
  pid: short('patient'),
  sid: short('visit'),
};
export const PRESCRIPTION: SignatureContext = { ...RECORD, purpose: 'prescription', ...EARLY, aud: new Uint8Array(32) };
export const EMERGENCY: SignatureContext = { ...RECORD, purpose: 'emergency', pid: new Uint8Array(16) };

/** context.json */
export function makeContexts() {
  const contexts: readonly SignatureContext[] = [
    RECORD,
    PRESCRIPTION,
    { ...RECORD, purpose: 'claim', sid: short('claim') },
    EMERGENCY,
    { ...RECORD, purpose: 'presence', epoch: { day: 0xffff_ffff, seq: 0xffff }, classNumber: 0xffff },
    { ...RECORD, purpose: 'cancellation', sid: new Uint8Array(16) },
  ];
  const record = encodeContext(RECORD);
  const invalid: readonly (readonly [string, Uint8Array])[] = [
    ['73 bytes', record.slice(0, -1)],
    ['75 bytes', concat(record, Uint8Array.of(0))],
    ['nothing', new Uint8Array(0)],
    ['version 0', replaced(record, 0, Uint8Array.of(0))],
    ['version 2', replaced(record, 0, Uint8Array.of(2))],
    ['purpose 0', replaced(record, 1, Uint8Array.of(0))],
    ['purpose 7', replaced(record, 1, Uint8Array.of(7))],
    ['a record without recipient', replaced(record, 10, new Uint8Array(32))],
    ['a prescription with recipient', replaced(record, 1, Uint8Array.of(2))],
    ['a record without patient', replaced(record, 42, new Uint8Array(16))],
    ['an emergency with patient', replaced(record, 1, Uint8Array.of(4))],
  ];
  return vectorFile(
    'ctx, the 74 bytes every signature is bound to, and byte strings that are none.',
    [
      'ctx = 01 ‖ purpose(1) ‖ day(4) ‖ seq(2) ‖ class(2) ‖ aud(32) ‖ pid(16) ‖ sid(16).',
      'purpose: 1 record, 2 prescription, 3 claim, 4 emergency, 5 presence, 6 cancellation.',
      'aud is zero for a prescription and for nothing else, pid for an emergency and for nothing else.',
    ],
    {
      cases: contexts.map((context) => ({
        ...context,
        aud: hex(context.aud),
        pid: hex(context.pid),
        sid: hex(context.sid),
        ctx: hex(encodeContext(context)),
      })),
      invalid: invalid.map(([why, bytes]) => ({ why, ctx: hex(bytes) })),
    },
  );
}
