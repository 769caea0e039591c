/**
 * Entry of Electron's main process, bundled by electron.config.ts to out/main/main.js: the demonstration in a window of its own, or one desk.
 *
 *   electron . [--kiosk] [--desk DESK --bureau URL --config FILE [--store-pin-file FILE]]
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startElectron } from '../electron/start-electron.ts';
import type { StationLog } from '../station/ports.ts';
import { demonstrationHome, openDemonstration } from './open-demonstration.ts';
import { openKiosk } from './run-kiosk.ts';

/** This file runs as out/main/main.js. */
const OUT = join(import.meta.dirname, '..');

const log: StationLog = (what, cause) => {
  process.stderr.write(`${what}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
};

/** Chromium's own switches stand among them. */
const { values } = parseArgs({
  args: process.argv.slice(1),
  strict: false,
  options: {
    kiosk: { type: 'boolean' },
    desk: { type: 'string' },
    bureau: { type: 'string' },
    config: { type: 'string' },
    'store-pin-file': { type: 'string' },
  },
});
const text = (name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};
const [desk, bureauUrl, configFile] = [text('desk'), text('bureau'), text('config')];
const isDesk = desk !== undefined && bureauUrl !== undefined && configFile !== undefined;

await startElectron(
  async (osKeyStore) => {
    if (isDesk) {
      const options = { desk, bureauUrl, configFile, storePinFile: text('store-pin-file'), osKeyStore };
      const { composed } = await openKiosk(options, log);
      process.once('exit', () => void composed.close());
      return composed;
    }
    const demonstration = await openDemonstration(demonstrationHome(join(OUT, '..')), log);
    process.once('exit', () => void demonstration.close());
    return demonstration;
  },
  { out: OUT, kiosk: values['kiosk'] === true, log },
);
