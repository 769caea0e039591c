/**
 * Cards and readers in figures, on a real pcscd with virtual readers (TCP_NODELAY preload): our APDU layer beside the bare library, insertion to
 * name over two slots at once, and what two slots gain. The cards live in a process of their own.
 *
 *   npm run bench -- card [--insertions 250]
 * @module
 */
import { createCardSession } from '../card/apdu/card-session.ts';
import { command, encodeCommand } from '../card/apdu/command.ts';
import { createPcscConnection } from '../card/transport/pcsc-connection.ts';
import { ANY_PROTOCOL, LEAVE, loadPcscLibrary, SHARED } from '../card/transport/pcsc-library.ts';
import { createPcscSessions } from '../card/transport/pcsc-sessions.ts';
import type { SlotView } from '../contract/card-service.ts';
import { parseCertificate } from '../crypto/pki/parse-certificate.ts';
import { startCardProcess } from '../main/app/start-card-process.ts';
import { type HeldCard, startCardHands } from '../test/harness/card-hands.ts';
import { furnishCardRoom, insideCardRoom, moveIntoCardRoom, startPcscd } from '../test/harness/card-room.ts';
import { type Figure, percentile, report } from './report.ts';

const at = process.argv.indexOf('--insertions');
const insertions = at < 0 ? 250 : Number(process.argv[at + 1]);
const SLOTS = ['Desk 00 00', 'Desk 00 01'] as const;
const REPETITIONS = 7;
/** GET CHALLENGE: 16 bytes come back. */
const CHALLENGE = command([0x00, 0x84, 0x00, 0x00], undefined, 16);

if (!insideCardRoom()) await moveIntoCardRoom(import.meta.filename, process.argv.slice(2));
furnishCardRoom();
const pcscd = await startPcscd(['Desk']);
const hands = startCardHands();
const log = (what: string, cause: unknown): void => {
  console.error(what, cause instanceof Error ? cause.message : cause);
};
const portOf = (slot: (typeof SLOTS)[number]): number => pcscd.ports[SLOTS.indexOf(slot)] ?? 0;

async function waitFor(wanted: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const started = performance.now();
  while (!(await wanted())) {
    if (performance.now() - started > ms) throw new Error(`waited ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The same command through our layer and through the bare handle, turn and turn about, in this process. */
async function ratioFigure(): Promise<Figure> {
  const library = await loadPcscLibrary();
  const sessions = createPcscSessions(library);
  const card = await hands.make('staff');
  await card.insert(portOf(SLOTS[0]));
  let open = await sessions.open(SLOTS[0], SHARED, ANY_PROTOCOL).catch(() => undefined);
  await waitFor(async () => {
    open ??= await sessions.open(SLOTS[0], SHARED, ANY_PROTOCOL).catch(() => undefined);
    return open !== undefined;
  });
  if (open === undefined) throw new Error('no card');
  const ours = createCardSession(createPcscConnection(open));
  const bare = await library.newClient().connect(SLOTS[0], SHARED, ANY_PROTOCOL);
  await ours.send(command([0x00, 0xa4, 0x04, 0x00], Uint8Array.from(Buffer.from('F048495353544601', 'hex')), 256));
  const bytes = encodeCommand(CHALLENGE);
  const buffer = new ArrayBuffer(264);
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const send = async (): Promise<void> => {
    if ((await ours.send(CHALLENGE)).data.length !== 16) throw new Error('no challenge');
  };
  const transmit = () => bare.transmit(undefined, bytes, buffer);
  const ratios: number[] = [];
  const [ourP50, bareP50]: [number[], number[]] = [[], []];
  for (let repetition = -1; repetition < REPETITIONS; repetition++) {
    const samples: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let i = 0; i < 1_500; i++) {
      samples.ours.push(await time(send));
      samples.bare.push(await time(transmit));
    }
    // The first is to warm up.
    if (repetition < 0) continue;
    ourP50.push(percentile(samples.ours, 0.5));
    bareP50.push(percentile(samples.bare, 0.5));
    ratios.push(percentile(samples.ours, 0.5) / percentile(samples.bare, 0.5));
  }
  await bare.disconnect(LEAVE);
  await card.remove();
  const us = (samples: readonly number[]): string => (percentile(samples, 0.5) * 1000).toFixed(0);
  return {
    id: 'apdu.ratio_bare',
    value: Math.min(...ratios),
    median: percentile(ratios, 0.5),
    unit: 'ratio',
    target: 1.3,
    peer: 1,
    note: `p50 of GET CHALLENGE, 16 bytes: ours ${us(ourP50)} µs, pcsc-mini's transmit ${us(bareP50)} µs, 1,500 each in turn, in one process; minimum of ${REPETITIONS} repetitions, worst ${Math.max(...ratios).toFixed(3)}`,
  };
}

/** Runs work on both slots at once through a card process, as a desk has it. */
async function withCardProcess<T>(
  work: (
    cards: Awaited<ReturnType<typeof startCardProcess>>['cards'],
    until: (slot: string, state: SlotView['state']) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const { cards, close } = await startCardProcess({ kind: 'pcsc', names: [...SLOTS] }, log);
  let views: readonly SlotView[] = await cards.slots({});
  const waiting = new Set<() => void>();
  cards.subscribe.slots((next) => {
    views = next;
    for (const look of waiting) look();
  });
  const until = async (slot: string, state: SlotView['state']): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (views.some((view) => view.slot === slot && view.state === state)) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`${slot} never ${state}`)), 10_000);
    waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      waiting.delete(look);
      clearTimeout(timer);
    }
  };
  try {
    return await work(cards, until);
  } finally {
    await close();
  }
}

/** Insertion to the card recognised and the pseudonym in its certificate read, two slots at once. */
async function insertionFigures(): Promise<Figure[]> {
  const samples = await withCardProcess(async (cards, until) => {
    const perSlot = async (slot: (typeof SLOTS)[number], times: number): Promise<number[]> => {
      const card = await hands.make('patient');
      const taken: number[] = [];
      for (let i = 0; i < times; i++) {
        const started = performance.now();
        await card.insert(portOf(slot));
        await until(slot, 'ready');
        const { subject } = parseCertificate((await cards.patientCertificates({ slot })).signing);
        if (!/^serialNumber=[0-9a-f]{32}$/u.test(subject)) throw new Error('a certificate without a pseudonym');
        taken.push(performance.now() - started);
        await card.remove();
        await until(slot, 'empty');
      }
      return taken;
    };
    const half = Math.ceil(insertions / 2);
    return (await Promise.all(SLOTS.map((slot) => perSlot(slot, half)))).flat();
  });
  const note = `${samples.length} insertions into two vpcd slots at once, of a pcscd that looks every 400 ms; through a card process; the peer is one slot, SELECT and GET DATA alone (design note)`;
  const figure = (id: string, share: number, target: number | null, peer: number): Figure => ({
    id,
    value: percentile(samples, share),
    unit: 'ms',
    target,
    peer,
    note,
  });
  return [figure('insert_to_name.p50.ms', 0.5, null, 371), figure('insert_to_name.p99.ms', 0.99, 1_000, 400)];
}

/** The same work in one slot after another and in both together, with cards that take 20 ms for every command. */
async function speedupFigure(): Promise<Figure> {
  const [CALLS, TURNS] = [2, 8];
  const speedups = await withCardProcess(async (cards, until) => {
    const held: HeldCard[] = [];
    for (const slot of SLOTS) {
      const card = await hands.make('staff', 20);
      await card.insert(portOf(slot));
      await until(slot, 'ready');
      held.push(card);
    }
    const run = async (slot: string, calls: number): Promise<void> => {
      for (let i = 0; i < calls; i++) await cards.staffCertificate({ slot });
    };
    const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await work();
      return performance.now() - started;
    };
    const found: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      // Turn and turn about, so that what else the machine does falls on both alike.
      let [one, both] = [0, 0];
      for (let turn = 0; turn < TURNS; turn++) {
        one += await milliseconds(() => run(SLOTS[0], 2 * CALLS));
        both += await milliseconds(() => Promise.all(SLOTS.map((slot) => run(slot, CALLS))));
      }
      found.push(one / both);
    }
    for (const card of held) await card.remove();
    for (const slot of SLOTS) await until(slot, 'empty');
    return found;
  });
  return {
    id: 'twoslots.speedup',
    // At least so much in every repetition: for a figure that is to be large the worst one counts.
    value: Math.min(...speedups),
    median: percentile(speedups, 0.5),
    unit: 'times',
    target: 1.6,
    peer: 2,
    note: `${2 * CALLS * TURNS} certificates read in one slot, and ${CALLS * TURNS} in each of two at once, in turns of ${CALLS}, from cards that take 20 ms a command; through a card process; minimum of ${speedups.length} repetitions; the peer is what two slots can be at most`,
  };
}

const figures: Figure[] = [await ratioFigure(), ...(await insertionFigures()), await speedupFigure()];
// Here comes securemessaging.ms: what the secure channel adds to a command (see card.md 3.5), once the card layer has it.
hands.close();
await pcscd.stop();
report('card', figures);
process.exit(0);
