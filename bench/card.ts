/**
 * Cards and readers in figures, on a real pcscd with virtual readers (TCP_NODELAY preload): our APDU layer beside the bare library, insertion to
 * name over two slots at once, and what two slots gain. The cards live in a process of their own.
 *
 *   npm run bench -- card [--insertions 250]
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CardSession, createCardSession } from '../card/apdu/card-session.ts';
import { command, encodeCommand } from '../card/apdu/command.ts';
import { select } from '../card/apps/card-commands.ts';
import { APPLICATIONS } from '../card/apps/card-profile.ts';
import { openChannel } from '../card/apps/secure-channel.ts';
import { createPcscConnection } from '../card/transport/pcsc-connection.ts';
import { ANY_PROTOCOL, LEAVE, loadPcscLibrary, SHARED } from '../card/transport/pcsc-library.ts';
import { createPcscSessions } from '../card/transport/pcsc-sessions.ts';
import type { SlotView } from '../contract/card-service.ts';
import { parseCertificate } from '../crypto/pki/parse-certificate.ts';
import { cardFile } from '../main/app/card-tray.ts';
import { ensureDemonstration, worldFolders } from '../main/app/demonstration.ts';
import { loadDesk } from '../main/app/desk-folder.ts';
import { type CardProcess, startCardProcess } from '../main/app/start-card-process.ts';
import { credentialOf } from '../main/app/terminal-credentials.ts';
import { type HeldCard, startCardHands } from '../test/harness/card-hands.ts';
import { furnishCardRoom, insideCardRoom, moveIntoCardRoom, startPcscd } from '../test/harness/card-room.ts';
import { type Figure, percentile, report } from './report.ts';

const at = process.argv.indexOf('--insertions');
const insertions = at < 0 ? 250 : Number(process.argv[at + 1]);
const SLOTS = ['Desk 00 00', 'Desk 00 01'] as const;
const PATIENTS = ['patient-wang', 'patient-chen'] as const;
const STAFF = 'staff-registrar';
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
const world = mkdtempSync(join(tmpdir(), 'imis-bench-card-'));
await ensureDemonstration(join(world, 'demo'), log);
const folders = worldFolders(join(world, 'demo'));
const desk = await loadDesk(folders.registration);
const take = (id: string, delay?: number): Promise<HeldCard> => hands.take(cardFile(folders.cards, id), delay);
const portOf = (slot: (typeof SLOTS)[number]): number => pcscd.ports[SLOTS.indexOf(slot)] ?? 0;

async function waitFor(wanted: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const started = performance.now();
  while (!(await wanted())) {
    if (performance.now() - started > ms) throw new Error(`waited ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

/** A card in a slot of this process, our application on it selected. */
async function openStaffCard(slot: (typeof SLOTS)[number]) {
  const sessions = createPcscSessions(await loadPcscLibrary());
  const card = await take(STAFF);
  await card.insert(portOf(slot));
  let open = await sessions.open(slot, SHARED, ANY_PROTOCOL).catch(() => undefined);
  await waitFor(async () => {
    open ??= await sessions.open(slot, SHARED, ANY_PROTOCOL).catch(() => undefined);
    return open !== undefined;
  });
  if (open === undefined) throw new Error('no card');
  const session = createCardSession(createPcscConnection(open));
  if (!(await select(session, APPLICATIONS.staff, undefined))) throw new Error('no staff card');
  return { card, session };
}

/** The same command through our layer and through the bare handle, turn and turn about, in this process. */
async function ratioFigure(ours: CardSession): Promise<Figure> {
  const bare = await (await loadPcscLibrary()).newClient().connect(SLOTS[0], SHARED, ANY_PROTOCOL);
  const bytes = encodeCommand(CHALLENGE);
  const buffer = new ArrayBuffer(264);
  const send = async (): Promise<void> => {
    if ((await ours.send(CHALLENGE)).data.length !== 16) throw new Error('no challenge');
  };
  const transmit = () => bare.transmit(undefined, bytes, buffer);
  const ratios: number[] = [];
  const [ourP50, bareP50]: [number[], number[]] = [[], []];
  for (let repetition = -1; repetition < REPETITIONS; repetition++) {
    const samples: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let i = 0; i < 1_500; i++) {
      samples.ours.push(await milliseconds(send));
      samples.bare.push(await milliseconds(transmit));
    }
    // The first is to warm up.
    if (repetition < 0) continue;
    ourP50.push(percentile(samples.ours, 0.5));
    bareP50.push(percentile(samples.bare, 0.5));
    ratios.push(percentile(samples.ours, 0.5) / percentile(samples.bare, 0.5));
  }
  await bare.disconnect(LEAVE);
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

/** The same command inside a secure channel and without one, to two cards of one kind, turn and turn about. */
async function channelFigure(plain: CardSession, other: CardSession): Promise<Figure> {
  const opened = await openChannel(other, APPLICATIONS.staff, credentialOf(desk), undefined);
  const added: number[] = [];
  const [insideP50, outsideP50]: [number[], number[]] = [[], []];
  for (let repetition = -1; repetition < REPETITIONS; repetition++) {
    const samples: { inside: number[]; outside: number[] } = { inside: [], outside: [] };
    for (let i = 0; i < 500; i++) {
      samples.inside.push(await milliseconds(() => opened.session.send(CHALLENGE)));
      samples.outside.push(await milliseconds(() => plain.send(CHALLENGE)));
    }
    if (repetition < 0) continue;
    insideP50.push(percentile(samples.inside, 0.5));
    outsideP50.push(percentile(samples.outside, 0.5));
    added.push(percentile(samples.inside, 0.5) - percentile(samples.outside, 0.5));
  }
  const { data } = await opened.session.send(CHALLENGE);
  if (data.length !== 16) throw new Error('the channel broke');
  const us = (samples: readonly number[]): string => (percentile(samples, 0.5) * 1000).toFixed(0);
  return {
    id: 'securemessaging.ms',
    value: Math.min(...added),
    median: percentile(added, 0.5),
    unit: 'ms',
    target: 1,
    peer: null,
    note: `p50 of GET CHALLENGE in the channel ${us(insideP50)} µs, without it ${us(outsideP50)} µs, both ends of the channel in JavaScript; 500 each in turn; minimum of ${REPETITIONS} repetitions, worst ${Math.max(...added).toFixed(3)}`,
  };
}

/** Runs work on both slots at once through a card process, as a desk has it. */
async function withCardProcess<T>(
  work: (
    cards: ReturnType<CardProcess['as']>,
    until: (slot: string, state: SlotView['state']) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const { as, close } = await startCardProcess({ kind: 'pcsc', names: [...SLOTS] }, [folders.registration], log);
  const cards = as(desk.terminalId);
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
    const perSlot = async (patient: string, slot: (typeof SLOTS)[number], times: number): Promise<number[]> => {
      const card = await take(patient);
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
    return (await Promise.all(SLOTS.map((slot, i) => perSlot(PATIENTS[i] ?? '', slot, half)))).flat();
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
      const card = await take(STAFF, 20);
      await card.insert(portOf(slot));
      await until(slot, 'ready');
      held.push(card);
    }
    const run = async (slot: string, calls: number): Promise<void> => {
      for (let i = 0; i < calls; i++) await cards.staffCertificate({ slot });
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

// Opened once: a session must not be opened to a card that pcscd has not yet noticed was taken out.
const [plain, other] = [await openStaffCard(SLOTS[0]), await openStaffCard(SLOTS[1])];
const figures: Figure[] = [await ratioFigure(plain.session), await channelFigure(plain.session, other.session)];
await Promise.all([plain.card.remove(), other.card.remove()]);
figures.push(...(await insertionFigures()), await speedupFigure());
hands.close();
await pcscd.stop();
rmSync(world, { recursive: true });
report('card', figures);
process.exit(0);
