import { describeInCardRoom } from './card-room-suite.ts';

/** As in pcscd-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'six slots in three readers are seen, though a PC/SC client watches four',
  'a card is recognised by its application in whichever slot it is',
  'six cards are spoken to at once, though a PC/SC client holds four',
  'insertion and removal reach a listener as events',
  'a card taken out in the middle of a command is lost, and the next one works',
  'twenty quick re-insertions after a loss are all noticed',
  'a connection over which another program resets the card says so once, and goes on',
  'opensc-tool, an independent client, reads the same answer to reset and the same SELECT',
  'an unplugged service is told as such, and found again by a new client',
];

describeInCardRoom('readers, on a real pcscd', 'pcscd-checks.ts', NAMES, 110_000);
