/**
 * What the PC/SC adapter must survive, tried on a real pcscd with virtual readers. Runs inside a card room (pcscd.real.test.ts starts it)
 * and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createCardSession } from '../../card/apdu/card-session.ts';
import { recognise } from '../../card/apps/recognise.ts';
import { CardError } from '../../card/card-error.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { createPatientCard } from '../../card/simulator/patient-card.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { createVpcdLink } from '../../card/simulator/vpcd-link.ts';
import type { CardReader, SlotState } from '../../card/transport/card-reader.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { furnishCardRoom, type Pcscd, startPcscd } from '../harness/card-room.ts';

const READERS = ['Left', 'Middle', 'Right'];
const NAMES = READERS.flatMap((name) => [`${name} 00 00`, `${name} 00 01`]);

/** Runs opensc-tool; not synchronously, because the cards it speaks to live in this process. */
const opensc = (...args: string[]) =>
  promisify(execFile)('opensc-tool', ['--reader', '0', ...args], { timeout: 10_000 });

/** Waits for a state of all slots; a check that waits in vain fails. */
async function until(reader: CardReader, wanted: (slots: readonly SlotState[]) => boolean, ms = 5_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!wanted(await reader.slots())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms: ${JSON.stringify(await reader.slots())}`);
    await pause(20);
  }
}
const state = (slot: string, wanted: SlotState['state']) => (slots: readonly SlotState[]) =>
  slots.some((one) => one.slot === slot && one.state === wanted);
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof CardError ? cause.code : String(cause);
  }
};

let pcscd: Pcscd;
const port = (slot: string): number => pcscd.ports[NAMES.indexOf(slot)] ?? 0;
/** A card whose answers take a while, so that it can be taken out in the middle of one. */
const slow = (card: SoftwareCard, ms: number): SoftwareCard => ({
  ...card,
  transmit: async (command) => {
    await pause(ms);
    return card.transmit(command);
  },
});

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'six slots in three readers are seen, though a PC/SC client watches four': async () => {
    const reader = await createPcscReader({ names: NAMES });
    await until(reader, (slots) => slots.length === 6);
    await reader.close();
  },
  'a card is recognised by its application in whichever slot it is': async () => {
    const reader = await createPcscReader({ names: NAMES });
    for (const slot of ['Left 00 00', 'Middle 00 01', 'Right 00 01']) {
      const link = createVpcdLink(createPatientCard());
      await link.insert(port(slot));
      await until(reader, state(slot, 'present'));
      const connection = await reader.connect(slot);
      assert.equal(await recognise(createCardSession(connection)), 'patient');
      await connection.disconnect();
      await link.remove();
      await until(reader, state(slot, 'empty'));
    }
    await reader.close();
  },
  'six cards are spoken to at once, though a PC/SC client holds four': async () => {
    const reader = await createPcscReader({ names: NAMES });
    const links = NAMES.map(() => createVpcdLink(createStaffCard()));
    for (const [i, link] of links.entries()) await link.insert(port(NAMES[i] ?? ''));
    await until(reader, (slots) => slots.filter((slot) => slot.state === 'present').length === 6);
    const connections = await Promise.all(NAMES.map((name) => reader.connect(name)));
    const kinds = await Promise.all(connections.map((connection) => recognise(createCardSession(connection))));
    assert.deepEqual(
      kinds,
      NAMES.map(() => 'staff'),
    );
    for (const connection of connections) await connection.disconnect();
    for (const link of links) await link.remove();
    await until(reader, (slots) => slots.every((slot) => slot.state === 'empty'));
    await reader.close();
  },
  'insertion and removal reach a listener as events': async () => {
    const reader = await createPcscReader();
    const seen: string[] = [];
    reader.subscribe((slots) => seen.push(slots.find(({ slot }) => slot === 'Left 00 00')?.state ?? 'gone'));
    const link = createVpcdLink(createStaffCard());
    await link.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    await link.remove();
    await until(reader, state('Left 00 00', 'empty'));
    assert.deepEqual(seen.filter((value, i) => value !== seen[i - 1]).slice(-2), ['present', 'empty']);
    await reader.close();
  },
  'a card taken out in the middle of a command is lost, and the next one works': async () => {
    const reader = await createPcscReader();
    const link = createVpcdLink(slow(createStaffCard(), 200));
    await link.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    const connection = await reader.connect('Left 00 00');
    const answer = codeOf(recognise(createCardSession(connection)));
    await pause(50);
    await link.remove();
    assert.equal(await answer, 'CARD_LOST');
    await connection.disconnect();
    const next = createVpcdLink(createStaffCard());
    await until(reader, state('Left 00 00', 'empty'));
    await next.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    const again = await reader.connect('Left 00 00');
    assert.equal(await recognise(createCardSession(again)), 'staff');
    await again.disconnect();
    await next.remove();
    await until(reader, state('Left 00 00', 'empty'));
    await reader.close();
  },
  'twenty quick re-insertions after a loss are all noticed': async () => {
    const cardService = await createCardService({
      reader: await createPcscReader(),
      terminals: await loadTerminalCredentials([]),
    });
    const service = cardService.as('');
    const card = createStaffCard();
    for (let round = 0; round < 20; round++) {
      const link = createVpcdLink(card);
      await link.insert(port('Left 00 00'));
      const deadline = performance.now() + 5_000;
      for (;;) {
        const [view] = await service.slots({});
        if (view?.state === 'ready') break;
        if (performance.now() > deadline) throw new Error(`round ${round}: stuck at ${view?.state}`);
        await pause(10);
      }
      await link.remove();
      // Speaks to the card that just left: a loss is noticed here before PC/SC reports it.
      await codeOf(service.staffCertificate({ slot: 'Left 00 00' }));
      await pause(round % 3 === 0 ? 0 : 30);
    }
    await cardService.close();
  },
  'a connection over which another program resets the card says so once, and goes on': async () => {
    const reader = await createPcscReader();
    const link = createVpcdLink(createStaffCard());
    await link.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    const connection = await reader.connect('Left 00 00');
    await recognise(createCardSession(connection));
    await opensc('--reset');
    assert.equal(await codeOf(recognise(createCardSession(connection))), 'CARD_RESET');
    assert.equal(await recognise(createCardSession(connection)), 'staff');
    await connection.disconnect();
    await link.remove();
    await until(reader, state('Left 00 00', 'empty'));
    await reader.close();
  },
  'opensc-tool, an independent client, reads the same answer to reset and the same SELECT': async () => {
    const card = createStaffCard();
    const link = createVpcdLink(card);
    const reader = await createPcscReader();
    await link.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    const atr = await opensc('--atr');
    assert.equal(atr.stdout.trim().replaceAll(':', ''), Buffer.from(card.atr).toString('hex'));
    const select = await opensc('--card-driver', 'default', '--send-apdu', '00A4040008F048495353544601');
    assert.match(select.stdout, /SW1=0x90, SW2=0x00/u);
    await link.remove();
    await until(reader, state('Left 00 00', 'empty'));
    await reader.close();
  },
  'an unplugged service is told as such, and found again by a new client': async () => {
    const failures: string[] = [];
    const reader = await createPcscReader({ onFailure: (error) => failures.push(error.code) });
    await until(reader, (slots) => slots.length === 4);
    await pcscd.stop('SIGKILL');
    await until(reader, (slots) => slots.length === 0);
    assert.equal(await codeOf(reader.connect('Left 00 00')), 'READER_SERVICE_DOWN');
    pcscd = await startPcscd(READERS);
    await until(reader, (slots) => slots.length === 4, 10_000);
    const link = createVpcdLink(createStaffCard());
    await link.insert(port('Left 00 00'));
    await until(reader, state('Left 00 00', 'present'));
    const connection = await reader.connect('Left 00 00');
    const session = createCardSession(connection);
    assert.equal(await recognise(session), 'staff');
    await connection.disconnect();
    await link.remove();
    assert.ok(failures.includes('READER_SERVICE_DOWN'));
    await reader.close();
  },
};

furnishCardRoom();
pcscd = await startPcscd(READERS);
for (const [name, check] of Object.entries(checks)) {
  const started = performance.now();
  let detail = 'ok';
  try {
    await check();
  } catch (cause) {
    detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  console.log(JSON.stringify({ name, ok: detail === 'ok', detail, ms: Math.round(performance.now() - started) }));
}
await pcscd.stop();
process.exit(0);
