import { describeInCardRoom } from './card-room-suite.ts';

/** As in card-crash-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'killed with SIGKILL in the middle of a sign-on: refused, the desk stays, the card is recognised again',
  'a crash of native code (SIGSEGV) in the middle of a sign-on: the same',
  'frozen (SIGSTOP) in the middle of a sign-on: ended for giving no sign of life, the same',
  'killed again and again: the next one comes later each time, at most after 5 s, and the desk recovers',
];

// Forty seconds on a quiet machine.
describeInCardRoom('a card process that dies while a desk runs', 'card-crash-checks.ts', NAMES, 300_000);
