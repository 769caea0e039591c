/**
 * `npm start`: a demonstration with an embedded bureau, four desks and a tray of software cards (or the real readers that are there).
 * Opens Electron where its binary is, else the system's Chromium, else prints the address.
 *
 *   npm start -- [--no-window] [--json] [--port N] [--home FOLDER] [--virtual-card URL]
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refusalOf } from '../../contract/errors.ts';
import { startLoopback } from '../loopback/start-loopback.ts';
import type { StationLog } from '../station/ports.ts';
import { demonstrationHome, openDemonstration } from './open-demonstration.ts';
import { SCREENS } from './run-kiosk.ts';
import { VIRTUAL_CARD_COMPONENT } from './virtual-card-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const { values } = parseArgs({
  options: {
    'no-window': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    home: { type: 'string', default: demonstrationHome(ROOT) },
    'virtual-card': { type: 'string', default: VIRTUAL_CARD_COMPONENT },
  },
});
const home = values.home;
const say = (text: string): void => {
  if (!values.json) console.log(text);
};
const log: StationLog = (what, cause) => {
  const { code } = refusalOf(cause);
  const detail = code === 'INTERNAL' && cause instanceof Error ? `: ${cause.stack ?? cause.message}` : '';
  process.stderr.write(`${what}: ${code}${detail}\n`);
};

const hasDisplay = (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']) !== undefined;

/** Electron's binary, where its package has fetched one (scripts/setup.mjs tries). */
function electronBinary(): string | undefined {
  const folder = join(ROOT, 'node_modules', 'electron');
  const pointer = join(folder, 'path.txt');
  if (!existsSync(pointer)) return undefined;
  const binary = join(folder, 'dist', readFileSync(pointer, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

/** Electron runs the station itself, out of its own bundle; resolves with its exit code. */
function runElectron(binary: string): Promise<number> {
  const built = spawnSync('npm', ['run', '--silent', 'build:electron'], { cwd: ROOT, stdio: 'inherit' });
  const { promise, resolve } = Promise.withResolvers<number>();
  if (built.status !== 0) return Promise.resolve(built.status ?? 1);
  const child = spawn(binary, [ROOT], { stdio: 'inherit', env: { ...process.env, IMIS_HOME: home } });
  child.on('exit', (code) => resolve(code ?? 1));
  return promise;
}

const electron = hasDisplay && !values['no-window'] && !values.json ? electronBinary() : undefined;
if (electron !== undefined) process.exit(await runElectron(electron));

if (!existsSync(home)) say(`Making the demonstration (bureau, desks, cards) in ${home} ...`);
const demonstration = await openDemonstration(home, log, { virtualCardUrl: values['virtual-card'] });
say(
  `For demonstration only: the PIN that locks the desks' local stores lies beside them, in ${demonstration.storePin}`,
);
const loopback = await startLoopback({
  station: demonstration.station,
  screens: SCREENS,
  port: Number(values.port),
  log,
});
if (values.json)
  console.log(
    JSON.stringify({ ready: loopback.url, bureau: demonstration.bureauUrl, cardProcess: demonstration.cardProcess() }),
  );

async function end(): Promise<void> {
  await loopback.close();
  await demonstration.close();
  process.exit(0);
}
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => void end());

/** A window of the system's Chromium; closing it ends the demonstration. */
function openChromium(): string | undefined {
  const chromium = CHROMIUM.find(existsSync);
  if (chromium === undefined || !hasDisplay) return undefined;
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const quiet = ['--no-first-run', '--disable-sync', '--disable-background-networking', '--disable-component-update'];
  const profile = `--user-data-dir=${join(home, 'chromium')}`;
  const child = spawn(chromium, [...asRoot, ...quiet, profile, '--window-size=1280,900', `--app=${loopback.url}`], {
    stdio: 'ignore',
  });
  child.on('exit', () => void end());
  return chromium;
}

const opened = values['no-window'] ? undefined : openChromium();
if (opened === undefined) {
  say(
    `\nIMIS is running. Open this address in a browser on this machine (it works once):\n\n  ${loopback.url}\n\nCtrl-C ends it.`,
  );
} else {
  say(`IMIS is running in ${opened}. Close the window to end it.`);
}
