import { describeInCardRoom } from './card-room-suite.ts';

/** As in supervisor-checks.ts: a check that did not run is a failure. */
const NAMES = [
  'sixty readers closed right after an event: nothing waits for the native module',
  'the service is killed in the middle of a command, its socket stays behind, and it comes back',
  'a reader is unplugged with a card in it, and comes back with a number it never had',
  'events that are lost are found within 5 s, both ways',
  'another program resets the card: the next operation selects anew by itself, the stay keeps its number, the PIN is gone',
  'another program leaves the card without power: it is powered and goes on',
  'another program holds the card alone: busy while it does, recognised without re-insertion when it lets go',
  'another program’s transaction is waited for 2 s, refused, and over when it is over',
  'another program selects something else: the next operation finds out and selects anew',
  'a command that takes 3 s: refused at 2 s, the card is everybody’s after it, and the desk goes on',
  'no transaction is open while a PIN is typed, before it and after a wrong one',
  'a reader that nobody has: no slot, and a code',
  'sixteen slots, a card in each, all recognised and asked at once',
];

// A minute on a quiet machine.
describeInCardRoom('the reader supervisor, on a real pcscd', 'supervisor-checks.ts', NAMES, 300_000);
