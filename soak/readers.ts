/**
 * Cards coming and going in twelve slots of six readers, each asked four times while it is in: finds what the PC/SC service does to cards in use
 * and what its library does not survive (docs/decisions.md, "Corrections to the design notes"). A process that ends prints no last line.
 *
 *   npm run soak -- readers [--rounds 12]
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCardSession } from '../card/apdu/card-session.ts';
import { recognise } from '../card/apps/recognise.ts';
import { CardError } from '../card/card-error.ts';
import { createStaffCard } from '../card/simulator/staff-card.ts';
import { createVpcdLink } from '../card/simulator/vpcd-link.ts';
import { createPcscReader } from '../card/transport/pcsc-reader.ts';
import { furnishCardRoom, insideCardRoom, moveIntoCardRoom, startPcscd } from '../test/harness/card-room.ts';

const at = process.argv.indexOf('--rounds');
const rounds = at < 0 ? 12 : Number(process.argv[at + 1]);
const READERS = ['A', 'B', 'C', 'D', 'E', 'F'];
const SLOTS = READERS.flatMap((name) => [`${name} 00 00`, `${name} 00 01`]);
/** Twice what pcscd takes to believe a card unused. */
const APART_MS = 450;
const GET_CHALLENGE = Uint8Array.of(0x00, 0x84, 0x00, 0x00, 0x08);

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));
furnishCardRoom();
const pcscd = await startPcscd(READERS);
const reader = await createPcscReader({ names: SLOTS });
/** Slots with a card, and who waits for a change of one. */
let present = new Set<string>();
const waiting = new Set<() => void>();
reader.subscribe((slots) => {
  present = new Set(slots.filter(({ state }) => state === 'present').map(({ slot }) => slot));
  for (const look of waiting) look();
});
function until(slot: string, wanted: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (present.has(slot) !== wanted) return;
    waiting.delete(look);
    resolve();
  };
  waiting.add(look);
  look();
  return promise;
}

/** One card in one slot: seen, connected, asked. */
async function visit(slot: string, port: number): Promise<void> {
  const link = createVpcdLink(createStaffCard());
  await link.insert(port);
  await until(slot, true);
  try {
    const connection = await reader.connect(slot);
    await connection.exclusively(() => recognise(createCardSession(connection)));
    for (let i = 0; i < 4; i++) {
      await pause(APART_MS);
      await connection.exclusively(() => connection.transmit(GET_CHALLENGE));
    }
    await connection.disconnect();
  } finally {
    await link.remove();
    await until(slot, false);
  }
}

const failures: string[] = [];
await Promise.all(
  SLOTS.map(async (slot, i) => {
    for (let round = 1; round <= rounds; round++) {
      // So that they do not come all together.
      await pause(700 + 25 * i);
      await visit(slot, pcscd.ports[i] ?? 0).catch((cause: unknown) => {
        failures.push(`${slot}, round ${round}: ${cause instanceof CardError ? cause.message : String(cause)}`);
      });
    }
  }),
);
for (const failure of failures) console.error(failure);
await pcscd.stop();
console.log(JSON.stringify({ soak: 'readers', visits: rounds * SLOTS.length, failures: failures.length }));
process.exit(failures.length === 0 ? 0 : 1);
