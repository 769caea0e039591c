/**
 * The rows of card.md 4.3 and 5.1 on a real pcscd with virtual readers: what services, readers, cards and other programs do, and that the card
 * service comes through. Runs inside a card room (supervisor.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CardError } from '../../card/card-error.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { attributesOf, issueStaff, terminal } from '../../card/simulator/cards.fixture.ts';
import { createStaffCard } from '../../card/simulator/staff-card.ts';
import { createVpcdLink, type VpcdLink } from '../../card/simulator/vpcd-link.ts';
import type { CardReader } from '../../card/transport/card-reader.ts';
import { LEAVE, loadPcscLibrary, type PcscCard, type PcscLibrary, SHARED } from '../../card/transport/pcsc-library.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { TRANSACTION_MS } from '../../card/transport/pcsc-transactions.ts';
import type { SlotView } from '../../contract/card-service.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { furnishCardRoom, type Pcscd, startPcscd } from '../harness/card-room.ts';
import { runChecks } from '../harness/run-checks.ts';

/** Dispositions and modes that only other programs use here. */
const [EXCLUSIVE, RESET, UNPOWER] = [1, 1, 2];
const SLOT = 'Left 00 00';
const PIN = [1, 2, 3, 4, 5, 6];
const SELECT_NHI = Uint8Array.from(Buffer.from('00A4040010D158000001000000000000000000001100', 'hex'));

const library = await loadPcscLibrary();
let pcscd: Pcscd;
/** Handles that another program has, as far as pcscd can tell. */
const otherProgram = (mode: number = SHARED): Promise<PcscCard> => library.newClient().connect(SLOT, mode, 3);

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no refusal';
  } catch (cause) {
    return cause instanceof CardError ? cause.code : String(cause);
  }
};
async function until(what: string, wanted: () => Promise<boolean>, ms = 6_000): Promise<number> {
  const started = performance.now();
  while (!(await wanted())) {
    if (performance.now() - started > ms) throw new Error(`waited ${ms} ms: ${what}`);
    await pause(10);
  }
  return performance.now() - started;
}

/** An issued staff card that takes its time, and may be told to take more. */
async function staffCard(): Promise<SoftwareCard & { delay: number }> {
  const card = createStaffCard();
  await issueStaff(card);
  card.powerOff();
  const slow = {
    ...card,
    delay: 0,
    transmit: async (command: Uint8Array) => {
      if (slow.delay > 0) await pause(slow.delay);
      return card.transmit(command);
    },
  };
  return slow;
}

/** The card service as a pharmacy's terminal uses it. */
async function serve(reader: CardReader) {
  const credential = await terminal('pharmacy');
  const cards = await createCardService({ reader, terminals: async () => credential });
  return { ...cards.as(''), close: cards.close };
}
type Served = Awaited<ReturnType<typeof serve>>;

/** A card service over PC/SC with an issued staff card in the first slot, recognised. */
async function desk(work: (desk: Desk) => Promise<void>, from: PcscLibrary = library): Promise<void> {
  const failures: string[] = [];
  const reader = await createPcscReader({ library: from, onFailure: ({ code }) => failures.push(code) });
  const service = await serve(reader);
  const card = await staffCard();
  let link: VpcdLink = createVpcdLink(card);
  const view = async (): Promise<SlotView | undefined> => (await service.slots({})).find(({ slot }) => slot === SLOT);
  const insert = async (): Promise<void> => {
    link = createVpcdLink(card);
    await link.insert(pcscd.ports[0] ?? 0);
  };
  await insert();
  const ready = (ms?: number) => until('ready', async () => (await view())?.state === 'ready', ms);
  await ready(10_000);
  try {
    await work({ service, card, failures, view, ready, insert, remove: () => link.remove() });
  } finally {
    await link.remove();
    await until('empty', async () => (await view())?.state !== 'ready');
    await service.close();
  }
}
interface Desk {
  readonly service: Served;
  readonly card: { delay: number };
  readonly failures: readonly string[];
  view(): Promise<SlotView | undefined>;
  ready(ms?: number): Promise<number>;
  insert(): Promise<void>;
  remove(): Promise<void>;
}
const certificate = ({ service }: Desk) => service.staffCertificate({ slot: SLOT });
const insertionOf = async (at: Desk): Promise<number> => (await at.view())?.insertion ?? -1;

/** The real library, whose events do not arrive once `deaf` is set. */
function deafLibrary(): PcscLibrary & { deaf: boolean } {
  const made = {
    deaf: false,
    newClient: () => {
      const client = library.newClient();
      return {
        connect: client.connect.bind(client),
        start: (onState: (name: string, status: number, atr: Uint8Array) => void, onError: (cause: unknown) => void) =>
          client.start((...event) => {
            if (!made.deaf) onState(...event);
          }, onError),
      };
    },
  };
  return made;
}

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'sixty readers closed right after an event: nothing waits for the native module': async () => {
    // A blocked thread would not come to the next round, and the test would end by its time limit.
    for (let round = 0; round < 60; round++) {
      const reader = await createPcscReader();
      const card = createStaffCard();
      const link = createVpcdLink(card);
      if (round % 3 === 0) {
        await link.insert(pcscd.ports[0] ?? 0);
        const { promise, resolve } = Promise.withResolvers<void>();
        reader.subscribe((slots) => {
          if (slots.some(({ state }) => state === 'present')) resolve();
        });
        if (!(await reader.slots()).some(({ state }) => state === 'present')) await promise;
      }
      const started = performance.now();
      await reader.close();
      assert.ok(performance.now() - started < 100);
      await link.remove();
    }
  },
  'the service is killed in the middle of a command, its socket stays behind, and it comes back': () =>
    desk(async (at) => {
      at.card.delay = 300;
      const work = codeOf(certificate(at));
      await pause(100);
      const started = performance.now();
      await pcscd.stop('SIGKILL');
      assert.ok(['READER_SERVICE_DOWN', 'CARD_LOST'].includes(await work), await work);
      assert.ok(performance.now() - started < 1_000);
      await until('no slots', async () => (await at.service.slots({})).length === 0);
      await pause(1_200);
      assert.ok(at.failures.filter((code) => code === 'READER_SERVICE_DOWN').length >= 2, 'a stale socket was tried');
      at.card.delay = 0;
      pcscd = await startPcscd(['Left', 'Right']);
      await at.remove();
      await at.insert();
      await at.ready(10_000);
      assert.equal(await codeOf(certificate(at)), 'no refusal');
    }),
  'a reader is unplugged with a card in it, and comes back with a number it never had': () =>
    desk(async (at) => {
      const before = await insertionOf(at);
      await pcscd.stop();
      pcscd = await startPcscd(['Right']);
      await until('only Right', async () => {
        const names = (await at.service.slots({})).map(({ slot }) => slot);
        return names.length === 2 && names.every((name) => name.startsWith('Right'));
      });
      assert.equal(await codeOf(certificate(at)), 'CARD_ABSENT');
      await pcscd.stop();
      pcscd = await startPcscd(['Left', 'Right']);
      await at.remove();
      await at.insert();
      await at.ready(10_000);
      assert.ok((await insertionOf(at)) > before);
      assert.equal(await codeOf(certificate(at)), 'no refusal');
    }),
  'events that are lost are found within 5 s, both ways': async () => {
    const deaf = deafLibrary();
    await desk(async (at) => {
      deaf.deaf = true;
      await at.remove();
      await until('empty', async () => (await at.view())?.state === 'empty', 5_000);
      await at.insert();
      await at.ready(5_400);
      assert.equal(await codeOf(certificate(at)), 'no refusal');
    }, deaf);
  },
  'another program resets the card: the next operation selects anew by itself, the stay keeps its number, the PIN is gone':
    () =>
      desk(async (at) => {
        const before = await insertionOf(at);
        await at.service.staffVerifyPin({ slot: SLOT, pin: [...PIN] });
        await promisify(execFile)('opensc-tool', ['--reader', '0', '--reset'], { timeout: 10_000 });
        assert.equal(await codeOf(certificate(at)), 'no refusal');
        const other = await otherProgram();
        await other.disconnect(RESET);
        assert.equal(await codeOf(certificate(at)), 'no refusal');
        assert.equal(await insertionOf(at), before);
        const sign = () => at.service.staffSign({ slot: SLOT, attributes: attributesOf('sign-on') });
        assert.equal(await codeOf(sign()), 'PIN_REQUIRED');
        await at.service.staffVerifyPin({ slot: SLOT, pin: [...PIN] });
        assert.equal(await codeOf(sign()), 'no refusal');
      }),
  'another program leaves the card without power: it is powered and goes on': () =>
    desk(async (at) => {
      await certificate(at);
      const other = await otherProgram();
      await other.disconnect(UNPOWER);
      assert.equal(await codeOf(certificate(at)), 'no refusal');
    }),
  'another program holds the card alone: busy while it does, recognised without re-insertion when it lets go': () =>
    desk(async (at) => {
      await at.remove();
      await until('empty', async () => (await at.view())?.state === 'empty');
      await at.insert();
      let other: PcscCard | undefined;
      // Whoever is first has it.
      await until(
        'the other program has it',
        async () => {
          try {
            other = await otherProgram(EXCLUSIVE);
          } catch (cause) {
            if (!(cause instanceof Error && 'code' in cause)) throw cause;
            if (cause.code === 'SharingViolation') {
              await at.remove();
              await pause(600);
              await at.insert();
            }
          }
          return other !== undefined;
        },
        20_000,
      );
      await until('seen', async () => ['reading', 'mute'].includes((await at.view())?.state ?? ''));
      const number = await insertionOf(at);
      await until('busy', async () => (await codeOf(certificate(at))) === 'READER_BUSY');
      await other?.disconnect(LEAVE);
      await at.ready();
      assert.equal(await insertionOf(at), number);
      assert.equal(await codeOf(certificate(at)), 'no refusal');
    }),
  'another program’s transaction is waited for 2 s, refused, and over when it is over': () =>
    desk(async (at) => {
      await certificate(at);
      const other = await otherProgram();
      const transaction = await other.transaction();
      const started = performance.now();
      assert.equal(await codeOf(certificate(at)), 'READER_BUSY');
      const waited = performance.now() - started;
      assert.ok(waited >= TRANSACTION_MS - 50 && waited < TRANSACTION_MS + 500, `${waited} ms`);
      const next = codeOf(certificate(at));
      await pause(300);
      await transaction.end(LEAVE);
      assert.equal(await next, 'no refusal');
      await other.disconnect(LEAVE);
    }),
  'another program selects something else: the next operation finds out and selects anew': async () => {
    // A card with a second application, which knows SELECT and nothing else.
    const inner = createStaffCard();
    await issueStaff(inner);
    inner.powerOff();
    let foreign = false;
    const card: SoftwareCard = {
      ...inner,
      powerOn: () => {
        foreign = false;
        inner.powerOn();
      },
      transmit: async (command) => {
        if (command[1] === 0xa4) foreign = Buffer.from(command).includes(Buffer.from(SELECT_NHI.subarray(5, 10)));
        if (!foreign) return inner.transmit(command);
        return Uint8Array.of(...(command[1] === 0xa4 ? [0x90, 0x00] : [0x6d, 0x00]));
      },
    };
    const service = await serve(await createPcscReader({ library, names: ['Right 00 00'] }));
    const link = createVpcdLink(card);
    // Kinds are told apart in an order in which the NHI card comes last.
    await link.insert(pcscd.ports[2] ?? 0);
    const slot = 'Right 00 00';
    await until('ready', async () => (await service.slots({}))[0]?.state === 'ready');
    assert.equal((await service.slots({}))[0]?.kind, 'staff');
    const first = await service.staffCertificate({ slot });
    const other = await library.newClient().connect(slot, SHARED, 3);
    const answer = await other.transmit(undefined, SELECT_NHI, new ArrayBuffer(300));
    assert.deepEqual([...answer], [0x90, 0x00]);
    await other.disconnect(LEAVE);
    assert.deepEqual(await service.staffCertificate({ slot }), first);
    await link.remove();
    await service.close();
  },
  'a command that takes 3 s: refused at 2 s, the card is everybody’s after it, and the desk goes on': () =>
    desk(async (at) => {
      await certificate(at);
      const before = await insertionOf(at);
      at.card.delay = 3_000;
      const started = performance.now();
      assert.equal(await codeOf(certificate(at)), 'CARD_SLOW');
      const waited = performance.now() - started;
      assert.ok(waited >= TRANSACTION_MS - 50 && waited < TRANSACTION_MS + 500, `${waited} ms`);
      at.card.delay = 0;
      const other = await otherProgram();
      const transaction = await other.transaction();
      await transaction.end(LEAVE);
      await other.disconnect(LEAVE);
      await until('the desk works', async () => (await codeOf(certificate(at))) === 'no refusal');
      assert.equal(await insertionOf(at), before);
    }),
  'no transaction is open while a PIN is typed, before it and after a wrong one': () =>
    desk(async (at) => {
      const other = await otherProgram();
      const others = async (): Promise<void> => {
        const started = performance.now();
        const transaction = await other.transaction();
        await transaction.end(LEAVE);
        assert.ok(performance.now() - started < 200, 'had to wait');
      };
      await certificate(at);
      await others();
      assert.equal(await codeOf(at.service.staffVerifyPin({ slot: SLOT, pin: [0, 0, 0, 0, 0, 0] })), 'PIN_WRONG');
      await others();
      await at.service.staffVerifyPin({ slot: SLOT, pin: [...PIN] });
      await others();
      await other.disconnect(LEAVE);
    }),
  'a reader that nobody has: no slot, and a code': async () => {
    const reader = await createPcscReader({ library, names: ['Nobody 00 00', SLOT] });
    await until('Left', async () => (await reader.slots()).length === 1);
    assert.equal(await codeOf(reader.connect('Nobody 00 00')), 'CARD_ABSENT');
    await reader.close();
  },
  'sixteen slots, a card in each, all recognised and asked at once': async () => {
    await pcscd.stop();
    const names = Array.from({ length: 8 }, (_, i) => `R${i}`);
    pcscd = await startPcscd(names);
    const slots = names.flatMap((name) => [`${name} 00 00`, `${name} 00 01`]);
    const service = await serve(await createPcscReader({ library, names: slots }));
    const links = await Promise.all(slots.map(async () => createVpcdLink(await staffCard())));
    for (const [i, link] of links.entries()) await link.insert(pcscd.ports[i] ?? 0);
    await until(
      'sixteen ready',
      async () => (await service.slots({})).filter(({ state }) => state === 'ready').length === 16,
      20_000,
    );
    const answers = await Promise.all(slots.map((slot) => codeOf(service.staffCertificate({ slot }))));
    assert.deepEqual(new Set(answers), new Set(['no refusal']));
    for (const link of links) await link.remove();
    await service.close();
  },
};

furnishCardRoom();
pcscd = await startPcscd(['Left', 'Right']);
await runChecks(checks);
await pcscd.stop();
process.exit(0);
