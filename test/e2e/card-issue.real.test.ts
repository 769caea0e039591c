import { describeInCardRoom } from './card-room-suite.ts';

/** As in card-issue-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'a bureau set up by hand gets its first clerk',
  'the clerk issues a staff card; its PIN is printed once and opens it',
  'a doctor’s card by the stand-in authority',
  'a patient’s card by a civil key in a file, the person from the NHI card in a third slot',
  'the card office: listed, suspended, let go, replaced, reported',
  'a holder changes the PIN, and unblocks it by the PUK, without any bureau',
];

// Some forty calls of the command, each a process of its own. `npm run soak -- card-issue` makes as many more.
describeInCardRoom('cards of a bureau set up by hand, on a real pcscd', 'card-issue-checks.ts', NAMES, 400_000, [
  '--short',
]);
