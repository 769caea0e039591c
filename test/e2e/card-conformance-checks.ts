/**
 * `imis card conformance` as a command of its own, on a real pcscd with virtual readers, and two independent clients beside it. Runs inside a
 * card room (card-conformance.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { APPLICATIONS, type CardKind } from '../../card/apps/card-profile.ts';
import { blankCard, issuedCard } from '../../card/conformance/conformance.fixture.ts';
import type { SoftwareCard } from '../../card/simulator/card-os.ts';
import { createVpcdLink } from '../../card/simulator/vpcd-link.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { furnishCardRoom, startPcscd } from '../harness/card-room.ts';
import { writeFixtureDesk } from '../harness/fixture-desk.ts';
import { runChecks } from '../harness/run-checks.ts';

const IMIS = join(import.meta.dirname, '..', '..', 'cli', 'imis.ts');
/** In turn, because pcscd looks every 400 ms: a card changed in between is one that was never powered. */
const SLOTS = ['Desk 00 00', 'Desk 00 01'] as const;
const KINDS = ['patient', 'doctor', 'staff'] as const;

const Outcome = z.strictObject({
  id: z.string(),
  clause: z.string().min(1),
  what: z.string().min(1),
  result: z.enum(['passed', 'failed', 'skipped']),
  detail: z.string(),
});

furnishCardRoom();
const pcscd = await startPcscd(['Desk']);
const folder = mkdtempSync(join(tmpdir(), 'imis-conformance-'));
const desk = join(folder, 'desk');
await writeFixtureDesk(desk);
const pinFile = join(folder, 'pin');
writeFileSync(pinFile, '123456\n', { mode: 0o600 });

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command to its end; the cards it speaks to live in this process. */
async function imis(...args: string[]): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  execFile(process.execPath, [IMIS, 'card', 'conformance', ...args], { timeout: 100_000 }, (error, out, err) =>
    resolve({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  return promise;
}

/** The outcomes of a run with --json. */
async function outcomes(...args: string[]) {
  const { code, out, err } = await imis(...args, '--json', 'yes');
  const all = out
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Outcome.parse(JSON.parse(line)));
  return { code, err, all, failed: all.filter(({ result }) => result === 'failed') };
}

let turn = 0;
/** Runs `work` while a card is in a slot and pcscd has noticed it. */
async function withCard<T>(card: SoftwareCard, work: (slot: string, index: number) => Promise<T>): Promise<T> {
  const index = turn++ % SLOTS.length;
  const slot = SLOTS[index] ?? SLOTS[0];
  const link = createVpcdLink(card);
  const reader = await createPcscReader({ names: [slot] });
  const until = async (wanted: string): Promise<void> => {
    for (let i = 0; (await reader.slots())[0]?.state !== wanted; i++) {
      if (i > 300) throw new Error(`never ${wanted}`);
      await pause(20);
    }
  };
  await link.insert(pcscd.ports[index] ?? 0);
  await until('present');
  try {
    return await work(slot, index);
  } finally {
    await link.remove();
    await until('empty');
    await reader.close();
  }
}

const digits = (text: string): string => text.toLowerCase().replaceAll(/[^0-9a-f]/gu, '');

/** What opensc-tool received for each command: data ‖ status word as digits. */
async function openscAnswers(index: number, apdus: readonly string[]): Promise<readonly string[]> {
  const args = apdus.flatMap((apdu) => ['-s', apdu]);
  const { stdout } = await promisify(execFile)(
    'opensc-tool',
    ['--reader', String(index), '--card-driver', 'default', ...args],
    { timeout: 20_000 },
  );
  return stdout
    .split(/^Sending: .*$/mu)
    .slice(1)
    .map((said) => {
      const [, sw1 = '', sw2 = ''] = /SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})/u.exec(said) ?? [];
      // Sixteen bytes a line, with their characters behind them.
      const data = said.split('\n').map((line) => /^((?:[0-9A-F]{2} ){1,16})/u.exec(line)?.[1] ?? '');
      return digits(data.join('') + sw1 + sw2);
    });
}

/** The same by scriptor. */
async function scriptorAnswers(slot: string, apdus: readonly string[]): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('scriptor', ['-r', slot], { stdio: ['pipe', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('latin1');
  });
  child.on('error', reject);
  child.on('close', () => resolve(out));
  child.stdin.end(apdus.map((apdu) => `${apdu}\n`).join(''));
  return (await promise)
    .split(/^> /mu)
    .slice(1)
    .map((said) => digits(/^< ((?:[0-9A-F]{2}\s+)+)/mu.exec(said)?.[1] ?? ''));
}

const issued = (kind: CardKind) => async (): Promise<void> => {
  const card = await issuedCard(kind);
  await withCard(card, async (slot) => {
    const { code, err, all, failed } = await outcomes('--reader', slot, '--desk', desk, '--pin-file', pinFile);
    assert.deepEqual([code, err, failed], [0, '', []]);
    assert.deepEqual(
      all.filter(({ result }) => result === 'skipped'),
      [],
    );
    assert.ok(all.length > 50, `${all.length} checks`);
  });
};

const blank = (kind: CardKind) => async (): Promise<void> => {
  await withCard(blankCard(kind), async (slot) => {
    const { code, failed, all } = await outcomes('--reader', slot);
    assert.deepEqual([code, failed], [0, []]);
    assert.ok(all.filter(({ result }) => result === 'passed').length > 25);
    assert.ok(all.every(({ result, detail }) => (result === 'skipped') === (detail === 'needs --desk')));
  });
};

const consumed = (kind: CardKind) => async (): Promise<void> => {
  const card = blankCard(kind);
  await withCard(card, async (slot) => {
    const { code, err, failed, all } = await outcomes('--reader', slot, '--blank', 'consume');
    assert.deepEqual([code, failed], [0, []]);
    assert.match(err, /^⚠ .*\n⚠ .* it is of no use afterwards\.\n/u);
    assert.ok(all.length > 110, `${all.length} checks`);
    assert.ok(all.every(({ result, detail }) => result !== 'skipped' || detail.startsWith('not for a')));
    // No longer blank: nobody consumes it twice.
    const again = await outcomes('--reader', slot, '--blank', 'consume');
    assert.deepEqual([again.code, again.all], [1, []]);
    assert.match(again.err, /^CARD_REFUSED /mu);
  });
};

const perKind = (name: (kind: CardKind) => string, check: (kind: CardKind) => () => Promise<void>) =>
  Object.fromEntries(KINDS.map((kind) => [name(kind), check(kind)]));

await runChecks({
  ...perKind((kind) => `an issued ${kind} card passes with desk and PIN`, issued),
  // The other kinds differ in their files only, which the whole life below looks at.
  'a blank patient card passes without a desk': blank('patient'),
  ...perKind((kind) => `a blank ${kind} card plays its whole life and is consumed`, consumed),
  'the report for people: a row a check, the counts in both languages': () =>
    withCard(blankCard('staff'), async (slot) => {
      const { code, out } = await imis('--reader', slot);
      assert.equal(code, 0);
      assert.match(out, /^✓ select\.answer {20}SELECT answers/mu);
      assert.match(out, /^– card\.proof .*\(needs --desk\)$/mu);
      assert.match(out, /^符合 \d+ 項，不符 0 項，未測 \d+ 項。\n\d+ passed, 0 failed, \d+ skipped\.$/mu);
    }),
  'a card that tells its serial number before the channel fails, with the clause': async () => {
    const card = await issuedCard('staff');
    const telling: SoftwareCard = {
      ...card,
      transmit: async (bytes) =>
        bytes[0] === 0x80 && bytes[1] === 0xd4
          ? Uint8Array.from([...new Uint8Array(20).fill(7), 0x90, 0x00])
          : card.transmit(bytes),
    };
    await withCard(telling, async (slot) => {
      const { code, failed } = await outcomes('--reader', slot, '--desk', desk);
      assert.equal(code, 1);
      assert.deepEqual(
        failed.map(({ id }) => id),
        ['clear.commands'],
      );
      const { out } = await imis('--reader', slot);
      assert.match(out, /^✗ clear\.commands .*\n {4}BUREAU ORDER: 9000 instead of 6982 or 6985\n {4}docs\/card\.md/mu);
    });
  },
  'no card, no reader, a card of somebody else: refused with the code': async () => {
    const empty = await imis('--reader', SLOTS[0]);
    assert.deepEqual([empty.code, empty.out, empty.err.split(' ')[0]], [1, '', 'CARD_ABSENT']);
    const nowhere = await imis('--reader', 'Nowhere 00 00');
    assert.deepEqual([nowhere.code, nowhere.err.split(' ')[0]], [1, 'CARD_ABSENT']);
    const foreign: SoftwareCard = { ...blankCard('staff'), transmit: async () => Uint8Array.of(0x6d, 0x00) };
    await withCard(foreign, async (slot) => {
      const { code, err } = await imis('--reader', slot);
      assert.deepEqual([code, err.split(' ')[0]], [1, 'CARD_WRONG_KIND']);
    });
  },
  'opensc-tool and scriptor see what our layer sees': async () => {
    const card = await issuedCard('patient');
    const select = `00A4040008${hex(APPLICATIONS.patient.aid)}00`;
    const apdus = [select, '00B0810000', '00B0840000', '0084000010', '00200001'].map((apdu) => apdu.toUpperCase());
    await withCard(card, async (slot, index) => {
      const reader = await createPcscReader({ names: [slot] });
      const connection = await reader.connect(slot);
      const ours: string[] = [];
      for (const apdu of apdus) ours.push(hex(await connection.transmit(Uint8Array.from(Buffer.from(apdu, 'hex')))));
      await connection.disconnect();
      const [first] = await reader.slots();
      assert.equal(first?.state, 'present');
      await reader.close();
      const { stdout } = await promisify(execFile)('opensc-tool', ['--reader', String(index), '--atr']);
      assert.equal(digits(stdout), hex(card.atr));
      const [opensc, scriptor] = [await openscAnswers(index, apdus), await scriptorAnswers(slot, apdus)];
      // A challenge is another one each time: its length and its status word are what can agree.
      const alike = (answers: readonly string[]): readonly string[] =>
        answers.map((answer, i) => (i === 3 ? `${answer.length / 2 - 2} bytes ${answer.slice(-4)}` : answer));
      assert.deepEqual(alike(opensc), alike(ours));
      assert.deepEqual(alike(scriptor), alike(ours));
      assert.deepEqual(alike(ours).slice(2), ['6982', '16 bytes 9000', '6982']);
      assert.equal(new Set([ours[3], opensc[3], scriptor[3]]).size, 3);
    });
  },
});
await pcscd.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
