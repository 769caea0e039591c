import { describeInCardRoom } from './card-room-suite.ts';

/** As in card-diagnose-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'without the service it says so, in both languages, with what to do',
  'readers without cards: nothing shows that they work',
  'a reader nobody has',
  'a blank card of ours is recognised, decoded and timed',
  'the NHI card answers, and nothing of its holder is said',
  'a foreign card: its historical bytes may number it, and are not printed',
  'a card that another program uses is left alone, one held exclusively is a fault',
  'a card that freezes its reader is named, and the command ends all the same',
  'six slots: all are found though a client watches four',
];

// Twenty seconds on a quiet machine.
describeInCardRoom('imis card diagnose, on a real pcscd', 'card-diagnose-checks.ts', NAMES, 240_000);
