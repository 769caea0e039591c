/**
 * `npm start`: a demonstration with an embedded bureau, three desks and a tray of software cards (or the real readers that are there).
 * Opens Electron where its binary is, else the system's Chromium, else prints the address.
 *
 *   npm start -- [--no-window] [--json] [--port N] [--home FOLDER]
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refusalOf } from '../../contract/errors.ts';
import { startLoopback } from '../loopback/start-loopback.ts';
import type { StationLog } from '../station/ports.ts';
import { composeStation } from './compose-station.ts';
import { ensureDemonstration, worldFolders } from './demonstration.ts';
import { runBureau } from './run-bureau.ts';
import { SCREENS } from './run-kiosk.ts';
import { systemClock } from './system-clock.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const DESKS = ['registration', 'clinic', 'pharmacy'] as const;

const { values } = parseArgs({
  options: {
    'no-window': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    home: { type: 'string', default: process.env['IMIS_HOME'] ?? join(ROOT, 'out', 'demonstration') },
  },
});

const say = (text: string): void => {
  if (!values.json) console.log(text);
};
const log: StationLog = (what, cause) => {
  const { code } = refusalOf(cause);
  process.stderr.write(
    `${what}: ${code}${code === 'INTERNAL' && cause instanceof Error ? `: ${cause.stack ?? cause.message}` : ''}\n`,
  );
};

const home = values.home;
const folders = worldFolders(home);
if (!existsSync(folders.cards)) say(`Making the demonstration (bureau, desks, cards) in ${home} ...`);
await ensureDemonstration(home, log);
const bureau = await runBureau(folders.bureau, { host: '127.0.0.1', port: 0 }, systemClock, log);
const composed = await composeStation(
  {
    desks: DESKS.map((desk) => ({
      folder: folders[desk],
      data: folders.data(desk),
      // Software slots are named after the desk; real readers serve whichever desk is on the screen.
      ownsSlot: (slot) => !slot.includes('/') || slot.startsWith(`${desk}/`),
    })),
    bureauUrl: bureau.url,
    cards: { kind: 'auto', folder: folders.cards, slots: DESKS.flatMap((desk) => [`${desk}/left`, `${desk}/right`]) },
    demonstration: true,
  },
  log,
);
const loopback = await startLoopback({ station: composed.station, screens: SCREENS, port: Number(values.port), log });
if (values.json)
  console.log(JSON.stringify({ ready: loopback.url, bureau: bureau.url, cardProcess: composed.cardProcess() }));

/** Ends everything, cards saved. */
async function end(): Promise<void> {
  await loopback.close();
  await composed.close();
  await bureau.close();
  process.exit(0);
}
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => void end());

function openWindow(): string | undefined {
  const chromium = CHROMIUM.find(existsSync);
  const display = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
  if (chromium === undefined || display === undefined) return undefined;
  const profile = join(home, 'chromium');
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    chromium,
    [
      ...asRoot,
      `--app=${loopback.url}`,
      `--user-data-dir=${profile}`,
      '--window-size=1280,900',
      '--no-first-run',
      '--disable-sync',
      '--disable-background-networking',
      '--disable-component-update',
    ],
    {
      stdio: 'ignore',
    },
  );
  child.on('exit', () => void end());
  return chromium;
}

const opened = values['no-window'] ? undefined : openWindow();
if (opened === undefined)
  say(
    `\nIMIS is running. Open this address in a browser on this machine (it works once):\n\n  ${loopback.url}\n\nCtrl-C ends it.`,
  );
else say(`IMIS is running in ${opened}. Close the window to end it.`);
