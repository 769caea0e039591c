/**
 * A thousand cards in and out of two slots at once, on a real pcscd with the card service on top: every insertion and removal must be noticed
 * within the 5 s in which the heartbeat finds what an event did not tell, and the process that holds the readers must not grow. This process
 * is the one that holds them; the cards live in another. Six minutes.
 *
 *   npm run soak -- card [--cycles 1000]
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPcscReader } from '../card/transport/pcsc-reader.ts';
import type { SlotView } from '../contract/card-service.ts';
import { cardFile } from '../main/app/card-tray.ts';
import { ensureDemonstration, worldFolders } from '../main/app/demonstration.ts';
import { loadDesk } from '../main/app/desk-folder.ts';
import { loadTerminalCredentials } from '../main/app/terminal-credentials.ts';
import { createCardService } from '../main/station/card-service.ts';
import { startCardHands } from '../test/harness/card-hands.ts';
import { furnishCardRoom, insideCardRoom, moveIntoCardRoom, startPcscd } from '../test/harness/card-room.ts';

const at = process.argv.indexOf('--cycles');
const cycles = at < 0 ? 1_000 : Number(process.argv[at + 1]);
/** Cycles before those that count for memory: caches, compiled code, the heap's own size. */
const WARM_UP = 300;
const SAMPLE_EVERY = 50;
/** What the allocator may keep more than before without anything growing, MB. */
const MAY_GROW_MB = 4;
const SLOTS = ['Desk 00 00', 'Desk 00 01'] as const;
const PATIENTS = ['patient-wang', 'patient-chen'] as const;
/** The heartbeat's promise and what recognising takes. */
const NOTICED_MS = 6_000;
/** pcscd looks at its virtual readers every 400 ms: what took longer than twice that came from the heartbeat. */
const BY_EVENT_MS = 800;

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));
setFlagsFromString('--expose_gc');
// With the flag above a new context has the function.
const collect = runInNewContext('gc') as () => void;

/** Memory that is this process's own, and the JavaScript heap in it, MB, after collecting. */
function memory(): { own: number; heap: number } {
  for (let i = 0; i < 4; i++) collect();
  const own = Number(/^RssAnon:\s+(\d+) kB$/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  const { heapUsed, external } = process.memoryUsage();
  return { own, heap: (heapUsed + external) / 2 ** 20 };
}

furnishCardRoom();
const pcscd = await startPcscd(['Desk']);
const hands = startCardHands();
const failures: string[] = [];
const world = mkdtempSync(join(tmpdir(), 'imis-soak-card-'));
await ensureDemonstration(join(world, 'demo'), (what, cause) => console.error(what, cause));
const folders = worldFolders(join(world, 'demo'));
const service = await createCardService({
  reader: await createPcscReader({ names: [...SLOTS], onFailure: ({ code }) => failures.push(code) }),
  terminals: await loadTerminalCredentials([folders.registration]),
});
const cards = service.as((await loadDesk(folders.registration)).terminalId);

/** Waits for a state of a slot; undefined when it was not noticed in time. */
async function noticed(slot: string, wanted: (view: SlotView) => boolean): Promise<number | undefined> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const look = (views: readonly SlotView[]): void => {
    if (views.some((view) => view.slot === slot && wanted(view))) resolve(performance.now() - started);
  };
  const stop = service.subscribe.slots(look);
  const timer = setTimeout(() => resolve(undefined), NOTICED_MS);
  look(await cards.slots({}));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

const lost: string[] = [];
const growth: { own: number; heap: number }[] = [];
let late = 0;
let slowest = 0;
let done = 0;
const count = (what: string, ms: number | undefined): void => {
  if (ms === undefined) {
    lost.push(what);
    return;
  }
  if (ms > BY_EVENT_MS) late += 1;
  slowest = Math.max(slowest, ms);
};
const tell = (): void => {
  done += 1;
  if (done % SAMPLE_EVERY !== 0) return;
  const now = memory();
  growth.push(now);
  console.log(
    `${done} cycles: ${lost.length} lost, ${late} late, ${now.own.toFixed(1)} MB own, ${now.heap.toFixed(1)} MB heap`,
  );
};

async function perSlot(patient: string, slot: (typeof SLOTS)[number], times: number): Promise<void> {
  const port = pcscd.ports[SLOTS.indexOf(slot)] ?? 0;
  const card = await hands.take(cardFile(folders.cards, patient));
  let known = 0;
  for (let cycle = 0; cycle < times; cycle++) {
    await card.insert(port);
    const isNew = (view: SlotView): boolean => view.state === 'ready' && view.insertion > known;
    count(`${slot}: insertion ${cycle}`, await noticed(slot, isNew));
    known = (await cards.slots({})).find((view) => view.slot === slot)?.insertion ?? 0;
    await cards.patientCertificates({ slot });
    await card.remove();
    tell();
    // One in four comes back at once, before anybody can have noticed that it was gone; one is spoken to when it has just gone.
    if (cycle % 4 === 3) continue;
    if (cycle % 4 === 1) await cards.patientCertificates({ slot }).catch(() => undefined);
    count(`${slot}: removal ${cycle}`, await noticed(slot, (view) => view.state === 'empty'));
    await pause(cycle % 30);
  }
}

await Promise.all(
  SLOTS.map((slot, i) => perSlot(PATIENTS[i] ?? '', slot, Math.ceil((WARM_UP + cycles) / SLOTS.length))),
);
await service.close();
hands.close();
await pcscd.stop();
rmSync(world, { recursive: true });
for (const one of lost) console.error(`lost: ${one}`);
const warm = growth[WARM_UP / SAMPLE_EVERY - 1];
const last = growth.at(-1);
if (warm === undefined || last === undefined) throw new RangeError(`--cycles: at least ${SAMPLE_EVERY}`);
const grown = last.own - warm.own;
const figures = [
  {
    id: 'cycles.lost',
    value: lost.length,
    unit: 'count',
    target: 0,
    note: `${done} insertions and removals over two slots; ${late} noticed after more than ${BY_EVENT_MS} ms, the slowest after ${slowest.toFixed(0)} ms; failures survived: ${failures.length}`,
  },
  {
    id: 'memory.growth.mb',
    value: Number(grown.toFixed(2)),
    unit: 'MB',
    target: MAY_GROW_MB,
    note: `anonymous memory of the process that holds the readers, collected, from ${WARM_UP} cycles (${warm.own.toFixed(1)} MB) to ${done} (${last.own.toFixed(1)} MB); its JavaScript heap ${(last.heap - warm.heap).toFixed(2)} MB`,
  },
];
console.log(JSON.stringify({ soak: 'card', cycles: done, figures }));
process.exit(lost.length === 0 && grown <= MAY_GROW_MB ? 0 : 1);
