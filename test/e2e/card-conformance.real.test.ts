import { describeInCardRoom } from './card-room-suite.ts';

/** As in card-conformance-checks.ts: a check that did not run is a failure. */
const NAMES = [
  ...['patient', 'doctor', 'staff'].map((kind) => `an issued ${kind} card passes with desk and PIN`),
  'a blank patient card passes without a desk',
  ...['patient', 'doctor', 'staff'].map((kind) => `a blank ${kind} card plays its whole life and is consumed`),
  'the report for people: a row a check, the counts in both languages',
  'a card that tells its serial number before the channel fails, with the clause',
  'no card, no reader, a card of somebody else: refused with the code',
  'opensc-tool and scriptor see what our layer sees',
];

describeInCardRoom('imis card conformance, on a real pcscd', 'card-conformance-checks.ts', NAMES, 300_000);
