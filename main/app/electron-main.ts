/**
 * Entry of Electron's main process, bundled by electron.config.ts to out/main/main.js: the demonstration in a window of its own.
 * @module
 */
import { join } from 'node:path';
import { startElectron } from '../electron/start-electron.ts';
import type { StationLog } from '../station/ports.ts';
import { demonstrationHome, openDemonstration } from './open-demonstration.ts';

/** This file runs as out/main/main.js. */
const OUT = join(import.meta.dirname, '..');

const log: StationLog = (what, cause) => {
  process.stderr.write(`${what}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
};

await startElectron(
  async () => {
    const demonstration = await openDemonstration(demonstrationHome(join(OUT, '..')), log);
    process.once('exit', () => void demonstration.close());
    return demonstration;
  },
  { out: OUT, kiosk: process.argv.includes('--kiosk'), log },
);
