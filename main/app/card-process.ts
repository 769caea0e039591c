/**
 * Entry of the process that holds the readers. A fault of a driver or of the native module ends this process, not the desk;
 * only the named operations of contract/card-service.ts reach it.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CardError } from '../../card/card-error.ts';
import type { CardReader } from '../../card/transport/card-reader.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { cardServiceContract } from '../../contract/card-service.ts';
import { dispatch } from '../../contract/dispatch.ts';
import { refusalOf } from '../../contract/errors.ts';
import { wipeDigits } from '../../contract/wipe-digits.ts';
import { type CardService, createCardService, type Tray } from '../station/card-service.ts';
import { type CardSource, type FromCards, ToCards } from './card-process-protocol.ts';
import { openTray } from './card-tray.ts';
import { createGroupBackend } from './group-backend.ts';
import { loadTerminalCredentials } from './terminal-credentials.ts';

/** How long `auto` waits for PC/SC to name a reader. */
const LOOK_FOR_READERS_MS = 150;

const send = (message: FromCards): void => {
  process.send?.(message);
};
const log = (what: string, cause: unknown): void => {
  process.stderr.write(
    `card process: ${what}: ${refusalOf(cause).code}: ${cause instanceof Error ? cause.message : ''}\n`,
  );
};

let save = (): void => undefined;

/** While it is only being looked whether there are readers, a service that does not run is no fault. */
let looking = false;

async function realReaders(names: readonly string[] | undefined): Promise<CardReader> {
  const onFailure = (error: CardError): void => {
    if (!looking) log('PC/SC', error);
  };
  return createPcscReader({ ...(names === undefined ? {} : { names }), onFailure });
}

/** Real readers if PC/SC names any soon, else undefined. */
async function realReadersIfAny(): Promise<CardReader | undefined> {
  let reader: CardReader;
  try {
    reader = await realReaders(undefined);
  } catch (cause) {
    if (cause instanceof CardError) return undefined;
    throw cause;
  }
  for (let waited = 0; waited < LOOK_FOR_READERS_MS; waited += 25) {
    if ((await reader.slots()).length > 0) return reader;
    await pause(25);
  }
  await reader.close();
  return undefined;
}

async function open(source: CardSource): Promise<{ kind: 'pcsc' | 'software'; reader: CardReader; tray?: Tray }> {
  if (source.kind === 'pcsc') return { kind: 'pcsc', reader: await realReaders(source.names) };
  looking = source.kind === 'auto';
  const real = looking ? await realReadersIfAny() : undefined;
  looking = false;
  if (real !== undefined) return { kind: 'pcsc', reader: real };
  const opened = openTray(source.folder, source.slots, await createGroupBackend()());
  save = opened.save;
  return { kind: 'software', reader: opened.reader, tray: opened.tray };
}

let service: CardService | undefined;
const running = new Map<number, AbortController>();

async function start(source: CardSource, folders: readonly string[], firstInsertion: number): Promise<void> {
  try {
    const [terminals, { kind, ...deps }] = await Promise.all([loadTerminalCredentials(folders), open(source)]);
    const made = await createCardService({ ...deps, terminals, firstInsertion });
    made.subscribe.slots((event) => send({ kind: 'event', name: 'slots', event }));
    made.subscribe.tray((event) => send({ kind: 'event', name: 'tray', event }));
    // What was there before anybody listened: a process that takes over for another is not asked.
    const contract = made.as('');
    send({ kind: 'event', name: 'slots', event: await contract.slots({}) });
    send({ kind: 'event', name: 'tray', event: await contract.tray({}) });
    service = made;
    send({ kind: 'ready', source: kind });
  } catch (cause) {
    log('start', cause);
    send({ kind: 'failed', code: refusalOf(cause).code });
  }
}

async function call(id: number, terminal: string, name: string, input: unknown): Promise<void> {
  if (service === undefined)
    return send({ kind: 'reply', id, reply: { ok: false, refusal: { code: 'READER_FAILED' } } });
  const controller = new AbortController();
  running.set(id, controller);
  const reply = await dispatch(cardServiceContract, service.as(terminal), name, input, log, controller.signal);
  running.delete(id);
  wipeDigits(input);
  send({ kind: 'reply', id, reply });
}

process.on('message', (raw) => {
  const message = ToCards.parse(raw);
  switch (message.kind) {
    case 'start':
      void start(message.source, message.terminals, message.firstInsertion);
      break;
    case 'ping':
      send({ kind: 'pong' });
      break;
    case 'call':
      void call(message.id, message.terminal, message.name, message.input);
      break;
    case 'cancel':
      running.get(message.id)?.abort();
      break;
  }
});
const end = (): void => {
  save();
  process.exit(0);
};
process.on('disconnect', end);
process.on('SIGTERM', end);
// A terminal's Ctrl-C reaches the whole group: the station ends first and disconnects.
process.on('SIGINT', () => undefined);
