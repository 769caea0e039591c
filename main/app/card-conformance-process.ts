/**
 * Entry of the process that runs the conformance suite on a reader: a call that never comes back out of a driver cannot be ended from within,
 * and a fault of the native module ends this process and not the command.
 * @module
 */

import { CardError } from '../../card/card-error.ts';
import { runBlankProfile } from '../../card/conformance/blank-profile.ts';
import { openCardUnderTest, type TestBench, type Tester } from '../../card/conformance/card-under-test.ts';
import { issuedProfile } from '../../card/conformance/issued-profile.ts';
import { type Outcome, runConformance } from '../../card/conformance/run-conformance.ts';
import type { CardConnection } from '../../card/transport/card-reader.ts';
import { openPcscInspection } from '../../card/transport/pcsc-inspection.ts';
import { askPcscd } from '../../card/transport/pcscd-register.ts';
import { ImisError } from '../../contract/errors.ts';
import { BureauFolderError } from './bureau-folder-error.ts';
import { type ConformanceMessage, ConformanceRequest } from './card-conformance-protocol.ts';
import { loadDesk } from './desk-folder.ts';
import { systemClock } from './system-clock.ts';
import { credentialOf } from './terminal-credentials.ts';

const say = (message: ConformanceMessage): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send?.(message, undefined, undefined, () => resolve());
  return promise;
};

/** The card in a reader. Rejects with READER_BUSY when another program has it: the suite would take its channel and its PIN away. */
async function openBench(reader: string): Promise<TestBench & Pick<CardConnection, 'disconnect'>> {
  const register = await askPcscd();
  const sharing = register?.state === 'running' ? register.readers.find(({ name }) => name === reader)?.sharing : 0;
  if (sharing !== 0 && sharing !== undefined) throw new CardError('READER_BUSY', 'another program has the card');
  const pcsc = await openPcscInspection();
  const { card } = await pcsc.inspect(reader);
  if (card.state !== 'present')
    throw card.state === 'empty'
      ? new CardError('CARD_ABSENT', 'no card in the reader')
      : new CardError('CARD_MUTE', 'the card does not answer to reset');
  const { connection, reset } = await pcsc.connect(reader);
  const wire = { transmit: (bytes: Uint8Array) => connection.transmit(bytes) };
  return { atr: card.atr, wire, reset, disconnect: () => connection.disconnect() };
}

async function testerOf({ desk, pin }: ConformanceRequest): Promise<Tester> {
  return {
    ...(desk === undefined ? {} : { desk: credentialOf(await loadDesk(desk)) }),
    ...(pin === undefined ? {} : { pin: Uint8Array.from(pin, (digit) => 0x30 + digit) }),
  };
}

async function run(raw: unknown): Promise<void> {
  const request = ConformanceRequest.parse(raw);
  const tester = await testerOf(request);
  const bench = await openBench(request.reader);
  const tell = (outcome: Outcome): void => void say({ kind: 'outcome', outcome });
  try {
    if (request.blank) await runBlankProfile(bench, systemClock.now(), tell);
    else {
      const card = await openCardUnderTest(bench, tester);
      await runConformance(issuedProfile(card.profile), card, tell);
    }
  } finally {
    await bench.disconnect();
  }
}

process.on('message', (raw) => {
  void run(raw).then(
    () => say({ kind: 'done' }),
    (cause: unknown) => {
      const isCoded = cause instanceof CardError || cause instanceof ImisError || cause instanceof BureauFolderError;
      const message = cause instanceof Error ? cause.message : String(cause);
      return say({ kind: 'refused', code: isCoded ? cause.code : '', message });
    },
  );
});
// Nobody is left to hear it.
process.on('disconnect', () => process.exit());
