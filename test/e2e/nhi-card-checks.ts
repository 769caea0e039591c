/**
 * The NHI card behind a real pcscd, read by us and by two independent clients with the published commands. Runs inside a card room
 * (nhi-card.real.test.ts starts it) and prints one line of JSON a check.
 * @module
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeNhiProfile } from '../../card/simulator/encode-nhi-profile.ts';
import { createNhiCard } from '../../card/simulator/software-nhi-card.ts';
import { createVpcdLink } from '../../card/simulator/vpcd-link.ts';
import { createPcscReader } from '../../card/transport/pcsc-reader.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { loadTerminalCredentials } from '../../main/app/terminal-credentials.ts';
import { createCardService } from '../../main/station/card-service.ts';
import { furnishCardRoom, startPcscd } from '../harness/card-room.ts';

const SLOT = 'Desk 00 00';
/** Not the same: pcscd looks every 400 ms, and a card changed in between is one that was never powered. */
const OTHER_SLOT = 'Desk 00 01';
const HOLDER = {
  cardNumber: '000000001234',
  name: '林\ue000祥',
  idNumber: 'B112345673',
  birthDate: '2001-01-30',
  sex: 'male',
  issued: '2018-02-28',
} as const;
const PROFILE = encodeNhiProfile(HOLDER);
const SELECT = '00 A4 04 00 10 D1 58 00 00 01 00 00 00 00 00 00 00 00 00 11 00';
const READ = '00 CA 11 00 02 00 00';
/** Hexadecimal digits of a text, without what stands between them. */
const digits = (text: string): string => text.toLowerCase().replace(/[^0-9a-f]/gu, '');

/** Waits until something is so; a check that waits in vain fails. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('waited in vain');
    await pause(20);
  }
}

function scriptor(script: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('scriptor', ['-r', OTHER_SLOT], { stdio: ['pipe', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('latin1');
  });
  child.on('error', reject);
  child.on('close', () => resolve(out));
  child.stdin.end(script);
  return promise;
}

furnishCardRoom();
const pcscd = await startPcscd(['Desk']);
const [port = 0, otherPort = 0] = pcscd.ports;

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'the station recognises and reads it': async () => {
    const link = createVpcdLink(createNhiCard({ profile: PROFILE }));
    const reader = await createPcscReader({ names: [SLOT] });
    const cardService = await createCardService({ reader, terminals: await loadTerminalCredentials([]) });
    const service = cardService.as('');
    await link.insert(port);
    await until(async () => (await service.slots({})).some(({ state, kind }) => state === 'ready' && kind === 'nhi'));
    assert.deepEqual(await service.nhiBasicData({ slot: SLOT }), { ...HOLDER, nameCut: false });
    await cardService.close();
    await link.remove();
  },
  'opensc-tool and scriptor read the same 57 bytes with the published commands': async () => {
    const link = createVpcdLink(createNhiCard({ profile: PROFILE }));
    const reader = await createPcscReader({ names: [OTHER_SLOT] });
    await link.insert(otherPort);
    await until(async () => (await reader.slots()).some(({ state }) => state === 'present'));
    const apdus = [SELECT, READ].flatMap((apdu) => ['-s', apdu.replaceAll(' ', ':')]);
    const { stdout } = await promisify(execFile)(
      'opensc-tool',
      ['--reader', '1', '--card-driver', 'default', ...apdus],
      {
        timeout: 10_000,
      },
    );
    // opensc-tool prints sixteen bytes a line, with their characters behind them.
    const dumped = stdout
      .split('\n')
      .map((line) => /^((?:[0-9A-F]{2} ){1,16})/u.exec(line)?.[1] ?? '')
      .join('');
    assert.ok(digits(dumped).includes(hex(PROFILE)), stdout);
    const said = await scriptor(`reset\n${SELECT}\n${READ}\n`);
    assert.ok(digits(said).includes(`${hex(PROFILE)}9000`), said);
    await reader.close();
    await link.remove();
  },
};

for (const [name, check] of Object.entries(checks)) {
  const started = performance.now();
  let detail = 'ok';
  try {
    await check();
  } catch (cause) {
    detail = cause instanceof Error ? cause.message : String(cause);
  }
  console.log(JSON.stringify({ name, ok: detail === 'ok', detail, ms: Math.round(performance.now() - started) }));
}
await pcscd.stop();
process.exit(0);
